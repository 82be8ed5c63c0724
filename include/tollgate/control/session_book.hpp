// session_book.hpp - browsers' sessions: who is signed in to the console, or to an API's portal.
//
// A session is a random text in a cookie, of which only the digest is kept. It lives in the database `local`: a node that loses it asks
// for another sign-in. It ends by itself, when nobody used it for a while, with its user's epoch, and by end(). Every use is looked up anew,
// so that an end counts at once.
// Threads: any blocking one. Lifetime: what it refers to outlives it. Rows: src/store/FORMAT.md.
// Bounds: bounds::sessions_per_user; then the oldest ends. Errors: the stores'; not_found.
#pragma once

#include "tollgate/base/clock.hpp"
#include "tollgate/base/error.hpp"
#include "tollgate/base/random.hpp"
#include "tollgate/base/secret.hpp"
#include "tollgate/model/user.hpp"
#include "tollgate/registry/users.hpp"
#include "tollgate/store/database.hpp"

#include <boost/describe.hpp>

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate {

BOOST_DEFINE_ENUM_CLASS(session_use, console, portal)

struct session {
    std::string id;           // `ses_` and 26 letters
    session_use use = session_use::portal;
    std::string user, api;
    std::uint32_t user_epoch = 0;
    std::uint32_t assurance = 1;
    timestamp asserted_at;    // of the assurance
    timestamp created_at, seen_at, ends_at;
    std::string from;         // where it was opened from
    friend bool operator==(const session&, const session&) = default;
};
BOOST_DESCRIBE_STRUCT(session, (), (id, use, user, api, user_epoch, assurance, asserted_at, created_at, seen_at, ends_at, from))

class session_book {
 public:
    // `local`: open_local()'s.
    session_book(database& local, registry& tokens, const clock& time, random_source& random)
        : local_(local), users_(tokens), time_(time), random_(random) {}

    struct opened {
        session record;
        secret text;  // the cookie's
    };
    result<opened> open(session_use use, const user& who, unsigned assurance, timestamp asserted_at, std::string_view from);

    struct live {
        session record;
        user who;
    };
    // The session behind a cookie's text, while it and its user live. Errors: not_found.
    [[nodiscard]] result<live> find(session_use use, std::string_view text);
    // A second factor was given.
    result<void> raise(std::string_view text, unsigned assurance, timestamp asserted_at);

    // Not_found: no such session, or it has ended.
    [[nodiscard]] result<session> show(std::string_view id) const;
    result<void> end(std::string_view id);
    // Those behind `cursor` in order of their ids that `wanted` keeps, `limit` at most; the answer's second is the next cursor.
    [[nodiscard]] result<std::pair<std::vector<session>, std::string>> list(
        std::string_view cursor, std::size_t limit, const std::function<bool(const session&)>& wanted) const;

 private:
    [[nodiscard]] result<session> read(std::string_view key) const;
    [[nodiscard]] bool has_ended(const session& s) const;
    result<void> write(std::string_view text_digest, const session& s, bool sync);
    result<void> erase(std::string_view id);
    result<void> make_room(std::string_view user_id);

    database& local_;
    std::mutex writing_;  // so that nothing is written over an end
    user_directory users_;
    const clock& time_;
    random_source& random_;
};

}  // namespace tollgate
