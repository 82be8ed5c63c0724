// rows.hpp - what the requirement rows share: the shipped APIs behind one gateway, and how an answer is held against what is demanded.
//
// Bodies are compared as JSON values, challenges and media types by their bytes.
#pragma once

#include "support/gateway.hpp"
#include "tollgate/codec/json.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::test {

// One gateway with every shipped API for all cases of a program: BOOST_TEST_GLOBAL_FIXTURE(world).
struct world {
    upstream up;
    gateway g{shipped_apis(), shipped_files(), &up};
    world() { current = this; }
    ~world() { current = nullptr; }
    static inline world* current = nullptr;
};

inline gateway& shipped_gateway() { return world::current->g; }
inline upstream& shipped_upstream() { return world::current->up; }

// An answer as a row words it. `challenge`: the value of WWW-Authenticate; empty: there is none.
struct demanded {
    unsigned status;
    std::string challenge, type, body;
};

inline json::value parsed(std::string_view text) {
    boost::system::error_code error;
    auto value = json::parse(text, error);
    if (error) throw std::runtime_error("not JSON: " + std::string(text));  // tests ask from several threads, which Boost.Test's macros are not for
    return value;
}

// A challenge without what it says of where users sign in (RFC 9728): that is row PR-8's.
inline std::string bare_challenge(const message& got) {
    auto value = got.field("WWW-Authenticate");
    const auto at = value.find("resource_metadata=");
    if (at == std::string::npos) return value;
    value.resize(at);
    while (value.ends_with(' ') || value.ends_with(',')) value.pop_back();
    return value;
}

inline void check_answer(const message& got, const demanded& want, const std::string& note) {
    BOOST_TEST_CONTEXT(note << ", answered " << got.raw_head << got.body) {
        BOOST_TEST(got.complete);
        BOOST_TEST(got.status() == want.status);
        BOOST_TEST(bare_challenge(got) == want.challenge);
        BOOST_TEST(got.count("WWW-Authenticate") == (want.challenge.empty() ? 0u : 1u));
        BOOST_TEST(got.field("Content-Type") == want.type);
        BOOST_TEST(parsed(got.body) == parsed(want.body));
    }
}

// The same connection for one request after the other.
class conversation {
 public:
    explicit conversation(std::uint16_t port) : socket_(socket::connect(port)) {}
    conversation(const conversation&) = delete;
    message ask(const std::string& request) {
        if (!socket_.send(request)) return {};
        return in_.response(request.starts_with("HEAD "));
    }

 private:
    socket socket_;
    reader in_{socket_};
};

// A request over the management socket, as the operator.
inline message manage(const gateway& g, std::string_view method, const std::string& path, const json::value& body = nullptr) {
    auto s = socket::connect_unix(g.socket_path());
    const bool with_body = !body.is_null();
    s.send(request_text(
        method, "localhost", "/v1/admin" + path, {}, with_body ? "Content-Type: application/json\r\n" : "", with_body ? json::serialize(body) : ""));
    reader in(s);
    return in.response();
}

// The value of one series of /metrics, like `tollgate_requests_total{…}`, as it stands there; empty: there is none.
inline std::string metric(const gateway& g, const std::string& series) {
    auto s = socket::connect(g.management_port());
    s.send(request_text("GET", "localhost", "/metrics"));
    reader in(s);
    const auto text = in.response().body, line = "\n" + series + ' ';
    const auto at = text.find(line);
    if (at == std::string::npos) return {};
    const auto from = at + line.size();
    return text.substr(from, text.find('\n', from) - from);
}

inline std::string text_at(const json::value& v, std::string_view member) {
    const auto* found = v.is_object() ? v.get_object().if_contains(member) : nullptr;
    return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
}

inline json::value member(const json::value& v, std::string_view name) {
    const auto* found = v.is_object() ? v.get_object().if_contains(name) : nullptr;
    return found != nullptr ? *found : json::value();
}

inline create_token in_environment(create_token wish, std::string environment, std::string tenant = {}) {
    wish.environment = std::move(environment);
    wish.tenant = std::move(tenant);
    return wish;
}

inline create_token of_kind(create_token wish, std::string kind) {
    wish.kind = std::move(kind);
    return wish;
}

// A token that was over before anybody could use it.
inline std::string expired_token(gateway& g, std::string_view api_name, create_token wish) {
    wish.expires_in = "1ms";
    auto made = g.create_record(api_name, std::move(wish));
    while (g.time.now() <= *made.record.expires_at) std::this_thread::yield();
    return std::string(made.text.reveal());
}

inline std::string revoked_token(gateway& g, std::string_view api_name, create_token wish) {
    auto made = g.create_record(api_name, std::move(wish));
    if (!g.tokens().revoke(made.record.id, {"test", "unix"})) throw std::runtime_error("not revoked");
    return std::string(made.text.reveal());
}

// As good a text as any that was issued, but its last letter.
inline std::string mistyped(std::string token) {
    token.back() = token.back() == 'a' ? 'b' : 'a';
    return token;
}

// Every scope of the API but those that satisfy `scope`.
inline std::vector<std::string> all_but(const api& of, std::string_view scope) {
    const scope_set* by = of.satisfying(scope);
    std::vector<std::string> out;
    for (const auto& [name, number] : of.scope_numbers)
        if (by == nullptr || !by->has(number)) out.push_back(name);
    return out;
}

// "/a/{id}" -> "/a/p1".
inline std::string sample_path(std::string_view pattern) {
    std::string out;
    int n = 0;
    for (std::size_t at = 0; at < pattern.size(); ++at) {
        if (pattern[at] != '{') {
            out += pattern[at];
            continue;
        }
        at = pattern.find('}', at);
        out += "p" + std::to_string(++n);
    }
    return out;
}

// What a document demands of an operation, by hand: method, path as called, scope.
struct guarded {
    std::string method, path, scope;
};

struct place {
    std::string api, host, environment, kind;
};

// Each operation takes exactly its scope: with it the request is forwarded as it was called; with every other scope it
// is refused with `lacking`, without a token with `missing`.
struct refusals_of {
    demanded (*missing)(const guarded&);
    demanded (*lacking)(const guarded&);
};

inline void check_guards(const place& at, const std::vector<guarded>& operations, const refusals_of& refused, std::string_view more_fields = {}) {
    auto& g = shipped_gateway();
    conversation talk(g.port());
    for (const auto& o : operations) {
        const auto note = o.method + " " + o.path + " of " + at.api;
        const auto wish = [&](std::vector<std::string> scopes) {
            return of_kind(in_environment(named("Guard", std::move(scopes)), at.environment), at.kind);
        };
        const auto before = shipped_upstream().requests().size();
        const auto ask = [&](const std::string& token) { return talk.ask(request_text(o.method, at.host, o.path, token, more_fields)); };
        check_answer(ask({}), refused.missing(o), note + " without a token");
        if (!o.scope.empty())
            check_answer(ask(g.create(at.api, wish(all_but(g.of(at.api), o.scope)))), refused.lacking(o), note + " with every other scope");
        BOOST_TEST(shipped_upstream().requests().size() == before, note);
        BOOST_TEST(ask(g.create(at.api, wish(o.scope.empty() ? std::vector<std::string>{} : std::vector{o.scope}))).status() == 200u, note);
        const auto seen = shipped_upstream().requests();
        BOOST_REQUIRE_MESSAGE(seen.size() == before + 1, note);
        BOOST_TEST(seen.back().start_line == o.method + " " + o.path + " HTTP/1.1", note);
    }
}

inline const std::string kJson = "application/json", kProblem = "application/problem+json";
inline const std::string kUnauthenticated = R"({"message":"Unauthenticated."})";
inline const std::string kInvalid = "Bearer error=\"invalid_token\"", kMalformed = "Bearer error=\"invalid_request\"";

inline std::string lacks(const std::string& scope) { return "Bearer error=\"insufficient_scope\", scope=\"" + scope + "\""; }

inline message get(const std::string& host, const std::string& path, const std::string& token = {}, const std::string& more = {}) {
    return shipped_gateway().ask("GET", host, path, token, more);
}

// Scopes of the API as anybody sees them: name -> description.
inline json::value published_catalogue(const std::string& host) {
    const auto got = get(host, "/openapi.json");
    BOOST_TEST(got.status() == 200u);
    return member(parsed(got.body), "x-scopes");
}

inline std::vector<std::string> names_of(const json::value& catalogue) {
    std::vector<std::string> out;
    for (const auto& entry : catalogue.as_object()) out.emplace_back(entry.key());
    return out;
}

// Creation through the management API: status, then the body.
inline std::pair<unsigned, json::value> create(const json::object& wish) {
    const auto got = manage(shipped_gateway(), "POST", "/api-tokens", wish);
    return {got.status(), parsed(got.body)};
}

inline void check_refused_field(const json::object& wish, const std::string& field, const std::string& mentions) {
    const auto [status, body] = create(wish);
    BOOST_TEST_CONTEXT(json::serialize(wish) << " -> " << json::serialize(body)) {
        BOOST_TEST(status == 422u);
        const auto errors = member(body, "errors");
        BOOST_REQUIRE(errors.is_array() && errors.as_array().size() == 1);
        BOOST_TEST(text_at(errors.as_array().front(), "field") == field);
        BOOST_TEST(text_at(errors.as_array().front(), "what").find(mentions) != std::string::npos);
        BOOST_TEST(member(body, "token").is_null());
    }
}

// Every way of not being known, each with its challenge.
struct strangers {
    demanded missing, malformed, invalid;
};

inline void check_strangers(const place& at, const std::string& path, const create_token& wish, const strangers& want, bool can_expire = true) {
    auto& g = shipped_gateway();
    const auto before = shipped_upstream().requests().size();
    const auto good = g.create(at.api, wish);
    check_answer(get(at.host, path), want.missing, at.api + ": no header");
    check_answer(get(at.host, path, {}, "Authorization: Basic dXNlcjpwYXNz\r\n"), want.missing, at.api + ": another scheme");
    check_answer(get(at.host, path, {}, "Authorization: Bearer \r\n"), want.missing, at.api + ": an empty token");
    check_answer(get(at.host, path, good, "Authorization: Bearer " + good + "\r\n"), want.malformed, at.api + ": two headers");
    check_answer(get(at.host, path, "not a token"), want.malformed, at.api + ": blanks inside");
    check_answer(get(at.host, path, "junk"), want.invalid, at.api + ": junk");
    check_answer(get(at.host, path, mistyped(good)), want.invalid, at.api + ": mistyped");
    check_answer(get(at.host, path, revoked_token(g, at.api, wish)), want.invalid, at.api + ": revoked");
    if (can_expire) check_answer(get(at.host, path, expired_token(g, at.api, wish)), want.invalid, at.api + ": expired");
    BOOST_TEST(shipped_upstream().requests().size() == before);
    BOOST_TEST(get(at.host, path, good).status() == 200u);
}

// The wording of an API without words of its own.
inline demanded generic(unsigned status, const std::string& challenge, const std::string& reason, const std::string& title) {
    return {status, challenge, kProblem,
        R"({"type":"about:blank","title":")" + title + R"(","status":)" + std::to_string(status) + R"(,"reason":")" + reason + "\"}"};
}

}  // namespace tollgate::test
