// people.hpp - what the tests of users share: making them over the management socket, and a browser's half of HTTP.
#pragma once

#include "flow/rows.hpp"
#include "tollgate/crypto/totp.hpp"

#include <cstdio>
#include <map>
#include <string>
#include <string_view>

namespace tollgate::test {

inline constexpr const char* right_password = "correct horse battery";

// The record of a user who was just made.
inline json::object make_user(const gateway& g, json::object wish) {
    if (!wish.contains("password")) wish["password"] = right_password;
    const auto made = manage(g, "POST", "/users", wish);
    if (made.status() != 201) throw std::runtime_error("no user: " + made.body);
    return parsed(made.body).as_object();
}

inline json::object make_client(const gateway& g, const json::object& wish) {
    const auto made = manage(g, "POST", "/clients", wish);
    if (made.status() != 201) throw std::runtime_error("no client: " + made.body);
    return parsed(made.body).as_object();
}

inline std::string unbase32(std::string_view text) {
    std::string out;
    std::uint32_t held = 0;
    unsigned count = 0;
    for (const char c : text) {
        held = held << 5 | static_cast<std::uint32_t>(std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567").find(c));
        if ((count += 5) >= 8) out.push_back(static_cast<char>(held >> (count -= 8) & 0xff));
    }
    return out;
}

// A second factor that counts, as its owner has it.
struct factor {
    std::string secret;
    std::vector<std::string> recovery_codes;
    // `later`: so many steps of time from now.
    [[nodiscard]] std::string code(timestamp now, std::uint64_t later = 0) const { return totp_code(secret, totp_step(now) + later); }
};
inline factor give_factor(const gateway& g, const std::string& user_id) {
    const auto made = parsed(manage(g, "POST", "/users/" + user_id + "/totp", json::object()).body);
    const auto totp = member(made, "totp"), codes = member(totp, "recovery_codes");
    factor f{unbase32(text_at(totp, "secret")), {}};
    for (const auto& code : codes.as_array()) f.recovery_codes.emplace_back(code.as_string());
    const auto confirmed = manage(g, "POST", "/users/" + user_id + "/totp/confirm", {{"code", f.code(g.time.now())}});
    if (confirmed.status() != 200) throw std::runtime_error("not confirmed: " + confirmed.body);
    return f;
}

inline std::string url_escaped(std::string_view text) {
    std::string out;
    for (const unsigned char c : text) {
        char escaped[4];
        std::snprintf(escaped, sizeof escaped, "%%%02X", c);
        if (std::isalnum(c) != 0) out.push_back(static_cast<char>(c));
        else out += escaped;
    }
    return out;
}

inline std::string form_of(const std::vector<std::pair<std::string, std::string>>& fields) {
    std::string out;
    for (const auto& [name, value] : fields) out += (out.empty() ? "" : "&") + name + "=" + url_escaped(value);
    return out;
}

// The value of a hidden field in a page.
inline std::string hidden(const message& page, const std::string& name) {
    const auto mark = "name=\"" + name + "\" value=\"";
    const auto at = page.body.find(mark);
    if (at == std::string::npos) return {};
    const auto from = at + mark.size();
    return page.body.substr(from, page.body.find('"', from) - from);
}

// A parameter of an URI's query, decoded as far as these tests need.
inline std::string parameter(const std::string& uri, const std::string& name) {
    for (auto at = uri.find('?'); at != std::string::npos; at = uri.find('&', at + 1)) {
        if (uri.compare(at + 1, name.size() + 1, name + "=") != 0) continue;
        std::string out;
        for (auto i = at + name.size() + 2; i < uri.size() && uri[i] != '&'; ++i) {
            if (uri[i] != '%') out.push_back(uri[i]);
            else out.push_back(static_cast<char>(std::stoi(uri.substr(i + 1, 2), nullptr, 16))), i += 2;
        }
        return out;
    }
    return {};
}

// Keeps cookies, follows nothing by itself, and sends forms as a browser on the page's own origin does.
class browser {
 public:
    browser(gateway& g, std::string host) : g_(g), host_(std::move(host)) {}
    message get(const std::string& target) { return keep(g_.ask("GET", host_, target, {}, cookies())); }
    message post(const std::string& target, const std::vector<std::pair<std::string, std::string>>& fields, std::string origin = "own") {
        if (origin == "own") origin = "http://" + host_;
        const auto from = origin.empty() ? std::string() : "Origin: " + origin + "\r\n";
        return keep(g_.ask("POST", host_, target, {}, cookies() + from + "Content-Type: application/x-www-form-urlencoded\r\n", form_of(fields)));
    }
    [[nodiscard]] std::string cookies() const {
        std::string out;
        for (const auto& [name, value] : jar_) out += (out.empty() ? "Cookie: " : "; ") + name + "=" + value;
        return out.empty() ? out : out + "\r\n";
    }
    void forget() { jar_.clear(); }

 private:
    message keep(message m) {
        for (const auto& [name, value] : m.fields) {
            if (name != "Set-Cookie") continue;
            const auto equals = value.find('='), end = value.find(';');
            const auto cookie = value.substr(0, equals), text = value.substr(equals + 1, end - equals - 1);
            BOOST_TEST(value.find("; Path=/; Secure; HttpOnly") != std::string::npos, value);
            if (text.empty()) jar_.erase(cookie);
            else jar_[cookie] = text;
        }
        return m;
    }
    gateway& g_;
    std::string host_;
    std::map<std::string, std::string> jar_;
};

}  // namespace tollgate::test
