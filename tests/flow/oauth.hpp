// oauth.hpp - what the tests of grants share: forms, Basic credentials, and asking the token endpoint.
#pragma once

#include "rows.hpp"

#include "tollgate/codec/base64.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::test {

using parameters = std::vector<std::pair<std::string, std::string>>;

inline std::string percent_encoded(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        char escape[4];
        std::snprintf(escape, sizeof escape, "%%%02X", static_cast<unsigned>(static_cast<unsigned char>(c)));
        out += plain ? std::string(1, c) : std::string(escape);
    }
    return out;
}

inline std::string form(const parameters& from) {
    std::string out;
    for (const auto& [name, value] : from) out += (out.empty() ? "" : "&") + percent_encoded(name) + "=" + percent_encoded(value);
    return out;
}

inline std::string padded_base64(std::string_view text) {
    auto out = base64url({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
    for (char& c : out) c = c == '-' ? '+' : c == '_' ? '/' : c;
    return out + std::string((4 - out.size() % 4) % 4, '=');
}

inline std::string basic(std::string_view id, std::string_view secret_text) {
    return "Authorization: Basic " + padded_base64(std::string(id) + ":" + std::string(secret_text)) + "\r\n";
}

inline message post_form(gateway& g, const std::string& host, const std::string& path, const parameters& body, const std::string& more = {}) {
    return g.ask("POST", host, path, {}, more + "Content-Type: application/x-www-form-urlencoded\r\n", form(body));
}

inline std::string error_of(const message& got) { return text_at(parsed(got.body), "error"); }

// The access token of an answer that must be one.
inline std::string granted(const message& got) {
    BOOST_TEST_REQUIRE(got.status() == 200u, got.body);
    BOOST_TEST(got.field("Cache-Control") == "no-store");
    return text_at(parsed(got.body), "access_token");
}

}  // namespace tollgate::test
