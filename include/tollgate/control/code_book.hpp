// code_book.hpp - authorization codes that were given out and not yet redeemed (RFC 6749 section 4.1.2). In memory alone.
//
// A code works once, for bounds::code_time. A restart forgets all: who held one signs in again. What is asked for with a code that was
// redeemed already is told apart from junk, so that what it was redeemed for can be ended.
// Threads: any. Bounds: bounds::codes at once; beyond, the oldest goes.
#pragma once

#include "tollgate/base/clock.hpp"
#include "tollgate/base/random.hpp"
#include "tollgate/base/secret.hpp"
#include "tollgate/model/digest.hpp"

#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tollgate {

// What one user allowed one client, once.
struct code_grant {
    std::string api, client, user;    // names and ids
    std::uint32_t client_epoch = 0, user_epoch = 0;  // as they were
    std::string redirect_uri;         // as it came; the token request must repeat it
    std::vector<std::string> scopes;
    std::string code_challenge;       // S256 (RFC 7636); empty: a confidential client that sent none
    std::string resource;             // RFC 8707; empty: none was named
    std::string environment;          // of the host where it was asked for
    unsigned assurance = 1;
    timestamp asserted_at;
};

class code_book {
 public:
    code_book(const clock& time, random_source& random) : time_(time), random_(random) {}

    // The code's text: 256 random bits, base64url.
    secret issue(code_grant what);

    struct redeemed {
        std::optional<code_grant> grant;  // nothing: unknown, expired or redeemed before
        std::string authorization;        // redeemed before: what noted() said of it; else empty
    };
    redeemed redeem(std::string_view code);
    // What a redeemed code led to: handed to whoever presents it again.
    void noted(std::string_view code, std::string authorization);

    [[nodiscard]] std::size_t size() const;

 private:
    struct entry {
        code_grant what;
        timestamp ends_at;
        bool spent = false;
        std::string authorization;
    };
    void make_room(timestamp now);

    const clock& time_;
    random_source& random_;
    mutable std::mutex mutex_;
    std::unordered_map<digest, entry> codes_;
    std::deque<digest> order_;  // oldest first
};

}  // namespace tollgate
