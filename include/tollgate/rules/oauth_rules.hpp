// oauth_rules.hpp - by which grants an API's access tokens are obtained, where, and how long they live: a contract's `oauth:`.
//
// Without that section an API issues none, and has none of these routes. Threads: immutable after load; any.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate {

struct oauth_rules {
    // RFC 6749 §1.3, and refresh_token (§6).
    bool client_credentials = false, password = false, authorization_code = false, refresh_token = false;
    bool keys_are_clients = false;      // client_credentials takes an API token's id and text (PA-5)
    bool clients_are_registered = true; // and OAuth clients

    // Canonical paths on the API's own hosts; empty: there is no such endpoint.
    std::string token, authorize, revoke, introspect, registration;
    std::size_t registered_clients = 0;  // that registration may make; with each that is there it says no

    std::string access_prefix = "at_", refresh_prefix = "rt_";  // of the texts
    std::chrono::seconds access_life{3600}, refresh_life{30 * 86400};
    std::chrono::seconds refresh_repeat{0};  // how long a lost answer to a refresh may be asked for again; 0: not

    std::string kind;                  // that tokens of users and clients are of; one of the contract's
    std::vector<std::string> scopes;   // that users and clients may be given; empty: every one
    std::vector<std::string> defaults; // where none is asked for
    bool words_client_refusal = false; // the contract words oauth_client_refused; else it is RFC 6749's body

    [[nodiscard]] bool enabled() const noexcept { return !token.empty(); }
    // The longest that a token which is signed now may live.
    [[nodiscard]] std::chrono::seconds longest_life() const noexcept {
        return refresh_token && refresh_life > access_life ? refresh_life : access_life;
    }
};

}  // namespace tollgate
