// users.hpp - the users: commands that change them, queries that find them.
//
// Commands build one change each and commit it through the ledger (registry.hpp). What they answer holds the password's
// Argon2id string and the sealed second factor: views leave those out (control/management.hpp).
// In `index` a user stands as a grant without scopes under the digest of index_key("user", id): a thread learns of its end and
// of its epoch as it learns of a token's. Its user name, subject and number stand there too, and so are each one of their kind.
// Threads: any but an event loop's. Lifetime: the registry outlives it.
// Errors: as registry.hpp; exists (the name, subject or number is another user's), not_found, wrong_state (removed).
#pragma once

#include "tollgate/model/digest.hpp"
#include "tollgate/model/user.hpp"
#include "tollgate/registry/registry.hpp"

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate {

// The key in `index` of what is found by a word and texts, such as {"user", id}, {"client", id}, {"parent", id}: the SHA-256 of them
// with a NUL between, which is in no bearer text.
digest index_key(std::initializer_list<std::string_view> parts);

inline constexpr std::string_view operator_roles[] = {"viewer", "operator", "owner"};  // each can do what the one before can

struct create_user {
    std::string user_name{};  // empty: the email
    std::string email{};
    std::string first_name{}, last_name{};
    std::string tenant{};
    std::string subject{};    // empty: the id
    std::string role{};       // demanded of the built-in API's, refused of others
    std::string password{};   // an Argon2id string (crypto/password.hpp); empty: none
    bool email_verified = false;
    std::optional<std::uint64_t> number{};  // unset: the next one
};

// What is to become of a user; what is unset stays as it is.
struct update_user {
    std::optional<std::string> user_name{}, email{}, first_name{}, last_name{}, tenant{}, subject{}, role{};
    std::optional<bool> email_verified{};
    std::optional<std::string> password{};                     // ends what it opened: raises the epoch
    std::optional<std::optional<totp_factor>> totp{};          // set to nothing: taken away; likewise
    std::optional<account_state> state{};                      // removed is permanent, and raises the epoch
    bool sign_out = false;                                     // raises the epoch and nothing else
};

struct user_query {
    std::string api{}, tenant{};  // empty: any
    std::string q{};              // how the user name, email or subject begins; any case
    std::string cursor{};
    std::size_t limit = 100;      // at most bounds::page_rows
};

struct user_page {
    std::vector<user> users;   // oldest first; none that was removed
    std::string next_cursor;   // empty: that was all
};

// Removed ones too. Errors: not_found, and the store's.
result<user> find_user(const registry& in, std::string_view id);

class user_directory {
 public:
    explicit user_directory(registry& in) noexcept : in_(in) {}

    result<user> add(const api& of, const create_user& wish, const caller& who, std::vector<field_problem>& problems);
    // `action`: the audit event's, such as "user.update". `allowed`: asked with the record as it stands, before every try; empty: yes.
    result<user> update(std::string_view id, const update_user& wish, const char* action, const caller& who, std::vector<field_problem>& problems,
        std::optional<revision> if_revision = std::nullopt, const std::function<result<void>(const user&)>& allowed = {});

    // Changes the second factor of a user who has one, and nothing else: `spend` may be called again with a newer record (false: nothing
    // is to be done), so that of two who present one code at once, one wins. Errors: wrong_state (none, or removed), and what `spend` says.
    result<user> spend_factor(std::string_view id, const char* action, const caller& who, const std::function<result<bool>(totp_factor&)>& spend);

    [[nodiscard]] result<user> show(std::string_view id) const;                                   // removed ones too
    [[nodiscard]] result<user> find(std::string_view of_api, std::string_view user_name) const;   // not removed ones
    [[nodiscard]] result<user> find_by_subject(std::string_view of_api, std::string_view subject) const;
    [[nodiscard]] result<user_page> list(const user_query& query) const;

 private:
    [[nodiscard]] result<user> find_by_key(const digest& key) const;
    registry& in_;
};

}  // namespace tollgate
