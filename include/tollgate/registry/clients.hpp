// clients.hpp - OAuth clients: commands that change them, queries that find them, and whether a secret is a client's.
//
// In `index` a client stands as a grant of its API (with its scopes, or full access where it may ask for every one) under the digest of
// index_key({"client", id}): users.hpp.
// Threads: any but an event loop's. Lifetime: the registry outlives it. Errors: as users.hpp.
#pragma once

#include "tollgate/base/secret.hpp"
#include "tollgate/model/oauth_client.hpp"
#include "tollgate/registry/registry.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate {

inline constexpr std::string_view grant_types[] = {"authorization_code", "refresh_token", "password", "client_credentials"};

struct create_client {
    std::string name{};
    bool confidential = true;
    std::vector<std::string> redirect_uris{};  // https, or http of a loopback address, or a scheme of the program's own; no fragment
    std::vector<std::string> grants{};  // empty: authorization_code and refresh_token where there are redirect URIs, else client_credentials
    std::vector<std::string> scopes{};  // empty: every scope
    std::string environment{}, tenant{};
    bool registered = false;
};

struct created_client {
    oauth_client record;
    secret text;  // shown once; empty of a public client
};

struct update_client {
    std::optional<std::string> name{};
    std::optional<std::vector<std::string>> redirect_uris{}, grants{}, scopes{};
    std::optional<account_state> state{};  // removed is permanent, and raises the epoch
    bool end_tokens = false;  // raises the epoch and nothing else
};

struct client_query {
    std::string api{};  // empty: any
    std::string cursor{};
    std::size_t limit = 100;  // at most bounds::page_rows
};

struct client_page {
    std::vector<oauth_client> clients;  // oldest first; none that was removed
    std::string next_cursor;  // empty: that was all
};

class client_directory {
 public:
    explicit client_directory(registry& in) noexcept : in_(in) {}

    result<created_client> add(const api& of, const create_client& wish, const caller& who, std::vector<field_problem>& problems);
    // `of`: the client's API. `allowed`: asked with the record as it stands, before every try; empty: yes.
    result<oauth_client> update(const api& of, std::string_view id, const update_client& wish, const char* action, const caller& who,
        std::vector<field_problem>& problems, std::optional<revision> if_revision = std::nullopt,
        const std::function<result<void>(const oauth_client&)>& allowed = {});
    // A new secret; the one before ends at once. Errors: wrong_state (a public client).
    result<created_client> renew_secret(std::string_view id, const caller& who, std::optional<revision> if_revision = std::nullopt);

    [[nodiscard]] result<oauth_client> show(std::string_view id) const;  // removed ones too
    [[nodiscard]] result<client_page> list(const client_query& query) const;
    // The active client of that API behind an id and its secret; of a public one the secret is empty. Errors: refused, whatever is
    // wrong (unknown, another API's, disabled, the secret), in equal time for all that the store knows.
    [[nodiscard]] result<oauth_client> authenticate(std::string_view of_api, std::string_view id, std::string_view secret_text) const;

 private:
    registry& in_;
};

}  // namespace tollgate
