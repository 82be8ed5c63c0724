// oauth.hpp - what the tests of grants share: forms, Basic credentials, and asking the token endpoint.
#pragma once

#include "rows.hpp"

#include "tollgate/codec/base64.hpp"
#include "tollgate/control/code_book.hpp"
#include "tollgate/control/sign_in.hpp"
#include "tollgate/crypto/sha256.hpp"
#include "tollgate/registry/clients.hpp"
#include "tollgate/registry/users.hpp"

#include <poll.h>

#include <stdexcept>
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

// Passwords are hashed at the lowest priority: on a machine that is busy with other things the answer takes its time.
inline message patient_answer(socket& from) {
    pollfd answered{from.descriptor(), POLLIN, 0};
    ::poll(&answered, 1, 100'000);
    reader in(from);
    return in.response();
}

inline message post(gateway& g, const std::string& host, const std::string& path, const std::string& fields, const std::string& body) {
    auto s = socket::connect(g.port());
    s.send(request_text("POST", host, path, {}, fields, body));
    return patient_answer(s);
}

inline message post_form(gateway& g, const std::string& host, const std::string& path, const parameters& body, const std::string& more = {}) {
    return post(g, host, path, more + "Content-Type: application/x-www-form-urlencoded\r\n", form(body));
}

inline std::string error_of(const message& got) { return text_at(parsed(got.body), "error"); }

// The access token of an answer that must be one. Any thread.
inline std::string granted(const message& got) {
    if (got.status() != 200u || got.field("Cache-Control") != "no-store") throw std::runtime_error("not granted: " + got.raw_head + got.body);
    return text_at(parsed(got.body), "access_token");
}

inline std::string refresh_of(const message& got) { return text_at(parsed(got.body), "refresh_token"); }

// Somebody who signs in, and a program that asks in their name.
inline user make_user(gateway& g, std::string_view api_name, const std::string& email, const std::string& password, const std::string& tenant = {}) {
    create_user wish;
    wish.email = email;
    wish.first_name = "John";
    wish.last_name = "Doe";
    wish.tenant = tenant;
    wish.password = g.running->sign_ins().hash(secret(password)).value();
    std::vector<field_problem> problems;
    auto made = user_directory(g.tokens()).add(g.of(api_name), wish, {"test", "unix"}, problems);
    BOOST_REQUIRE_MESSAGE(made.has_value(), (made ? "" : made.error().what));
    return *made;
}

struct program_of {
    oauth_client record;
    std::string secret_text;
};
inline program_of make_client(gateway& g, std::string_view api_name, create_client wish) {
    if (wish.name.empty()) wish.name = "Program";
    std::vector<field_problem> problems;
    auto made = client_directory(g.tokens()).add(g.of(api_name), wish, {"test", "unix"}, problems);
    BOOST_REQUIRE_MESSAGE(made.has_value(), (made ? "" : made.error().what));
    return {made->record, std::string(made->text.reveal())};
}

// A code as the page gives it out once the user has allowed it.
struct given_code {
    std::string text, verifier, redirect_uri;
};
inline given_code give_code(gateway& g, const oauth_client& client, const user& who, std::vector<std::string> scopes, unsigned assurance = 1,
    const std::string& environment = {}) {
    given_code out{{}, "a-verifier-of-more-than-forty-three-letters-0123456789", client.redirect_uris.empty() ? "" : client.redirect_uris.front()};
    code_grant what;
    what.api = client.api;
    what.client = client.id;
    what.user = who.id;
    what.client_epoch = client.epoch;
    what.user_epoch = who.epoch;
    what.redirect_uri = out.redirect_uri;
    what.scopes = std::move(scopes);
    what.code_challenge = base64url(sha256(out.verifier).bytes);
    what.environment = environment;
    what.assurance = assurance;
    if (assurance > 1) what.asserted_at = g.time.now();
    out.text = std::string(g.running->codes().issue(std::move(what)).reveal());
    return out;
}

inline parameters redeeming(const given_code& code, const oauth_client& client) {
    return {{"grant_type", "authorization_code"}, {"code", code.text}, {"redirect_uri", code.redirect_uri}, {"client_id", client.id},
        {"code_verifier", code.verifier}};
}

}  // namespace tollgate::test
