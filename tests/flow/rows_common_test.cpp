// What all systems demand of secrets, headers, revocation, identity and browsers, row by row, through the socket.
#include "flow/rows.hpp"

#include "tollgate/codec/text.hpp"
#include "tollgate/crypto/sha256.hpp"

#include <deque>
#include <filesystem>
#include <map>
#include <set>

namespace tollgate::test {

BOOST_TEST_GLOBAL_FIXTURE(world);

namespace {

const place kPartner{"partner", "partner.test", "", ""};

struct shipped_place {
    std::string api, host, path, environment;
    std::vector<std::string> scopes;
};
const std::vector<shipped_place> kPlaces{{"payrequest", "payrequest.test", "/api/v1/invoices", "", {"billing.read"}},
    {"paymenter", "paymenter.test", "/api/v1/admin/users", "", {"users.view"}}, {"client-portal", "client-portal.test", "/api/v1/services", "", {}},
    {"paylera", "live.paylera.test", "/v1/customers", "live", {"customers:read"}}, {"partner", "partner.test", "/invoices", "", {"invoices:read"}}};

create_token wish_for(const shipped_place& p, const std::string& name) { return in_environment(named(name, p.scopes), p.environment); }

// All bytes of all files below `directory`.
std::string bytes_below(const std::string& directory) {
    std::string out;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory))
        if (entry.is_regular_file()) out += read_file(entry.path().string()) + "\n";
    return out;
}

// What is looked for: all random, so that no compression of tables hides it behind a beginning that many share.
std::string tail(const std::string& text) { return text.substr(text.size() - 20); }

std::string page(const gateway& g, const std::string& path) {
    auto s = socket::connect(g.management_port());
    s.send(request_text("GET", "localhost", path));
    reader in(s);
    return in.response().body;
}

// What the upstream was told about the caller.
std::multimap<std::string, std::string> identity(const message& seen) {
    std::multimap<std::string, std::string> out;
    for (const auto& [name, value] : seen.fields) {
        std::string plain;
        for (const char c : name) plain += c == '_' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        if (plain.starts_with("x-tollgate")) out.emplace(name, value);
    }
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(rows_common)

BOOST_AUTO_TEST_CASE(row_C_1) {
    auto& g = shipped_gateway();
    for (const auto& p : kPlaces) {
        json::object wish{{"api", p.api}, {"name", "Shown once"}, {"scopes", json::array(p.scopes.begin(), p.scopes.end())}};
        if (!p.environment.empty()) wish["environment"] = p.environment;
        const auto made = manage(g, "POST", "/api-tokens", wish);
        BOOST_TEST(made.status() == 201u, p.api);
        const auto text = text_at(parsed(made.body), "token");
        BOOST_TEST(g.ask("GET", p.host, p.path, text).status() == 200u, p.api << ": the text that was shown works");
        const auto id = text_at(parsed(made.body), "id");
        for (const auto& later : {manage(g, "GET", "/api-tokens/" + id), manage(g, "GET", "/api-tokens?api=" + p.api),
                 manage(g, "POST", "/api-tokens/verify", json::object{{"token", text}}), manage(g, "GET", "/audit"),
                 manage(g, "DELETE", "/api-tokens/" + id)}) {
            BOOST_TEST(later.status() / 100 == 2u, p.api);
            BOOST_TEST(later.body.find(text) == std::string::npos, p.api << ": " << later.body);
        }
        const auto listed = manage(g, "GET", "/api-tokens?api=" + p.api).body;
        BOOST_TEST(listed.find(id) != std::string::npos);
        BOOST_TEST(listed.find("\"token\"") == std::string::npos);
    }
    const auto nameless = manage(g, "POST", "/api-tokens", json::object{{"api", "client-portal"}});
    BOOST_TEST(nameless.status() == 422u, "a token has a name");
    BOOST_TEST(text_at(member(parsed(nameless.body), "errors").as_array().at(0), "field") == "name");
}

BOOST_AUTO_TEST_CASE(row_C_2) {
    upstream up;
    gateway g(shipped_apis(), shipped_files(), &up);
    std::vector<std::pair<std::string, std::string>> made;  // text and id
    for (const auto& p : kPlaces) {
        const auto t = g.create_record(p.api, wish_for(p, "At rest"));
        made.emplace_back(t.text.reveal(), t.record.id);
        const auto row = parsed(manage(g, "GET", "/api-tokens/" + t.record.id).body);
        const auto hint = text_at(row, "hint"), last = made.back().first.substr(made.back().first.size() - 4);
        const auto ellipsis = hint.find("…");
        BOOST_REQUIRE_MESSAGE(ellipsis != std::string::npos, hint);
        BOOST_TEST(hint.substr(ellipsis) == "…" + last, p.api);
        BOOST_TEST(made.back().first.starts_with(hint.substr(0, ellipsis)), p.api);
        BOOST_TEST(made.back().first.size() - ellipsis >= 4 + 22u, p.api << ": all that is random but four letters stays hidden");
        BOOST_TEST(json::serialize(row).find("digest") == std::string::npos, p.api);
    }
    static_cast<void>(g.access_log());  // ends the gateway, so that everything is written
    const auto store = bytes_below(g.dir.file("store"));
    for (const auto& [text, id] : made) {
        BOOST_TEST(store.find(tail(text)) == std::string::npos, id);
        BOOST_TEST(store.find(tail(id)) != std::string::npos, "the search finds what is there: " << id);
        BOOST_TEST(store.find(tail(hex(sha256(text).bytes))) != std::string::npos, "the digest is what is kept: " << id);
    }
}

BOOST_AUTO_TEST_CASE(row_C_3) {
    auto& g = shipped_gateway();
    const auto good = g.create("partner", named("C-3", {"invoices:read"}));
    struct row {
        std::string fields, reason, challenge;  // no reason: let through
    };
    const std::string no_token = "Bearer";
    const std::vector<row> rows{{"", "missing_token", no_token}, {"Authorization: Basic dXNlcjpwYXNz\r\n", "missing_token", no_token},
        {"Authorization: " + good + "\r\n", "missing_token", no_token}, {"Authorization:\r\n", "missing_token", no_token},
        {"Authorization: Bearer\r\n", "missing_token", no_token}, {"Authorization: Bearer   \r\n", "missing_token", no_token},
        {"Authorization: Bearertoken\r\n", "missing_token", no_token}, {"X-Authorization: Bearer " + good + "\r\n", "missing_token", no_token},
        {"Authorization: Bearer " + good + "\r\nAuthorization: Bearer " + good + "\r\n", "malformed_token", kMalformed},
        {"Authorization: Bearer " + good + "\r\nauthorization: Basic x\r\n", "malformed_token", kMalformed},
        {"Authorization: Bearer " + good + " " + good + "\r\n", "malformed_token", kMalformed},
        {"Authorization: Bearer " + good + ", Basic x\r\n", "malformed_token", kMalformed},
        {"Authorization: Bearer \"" + good + "\"\r\n", "malformed_token", kMalformed}, {"Authorization: Bearer =\r\n", "malformed_token", kMalformed},
        {"Authorization: Bearer t\xc3\xb6ken\r\n", "malformed_token", kMalformed}, {"Authorization: Bearer x\r\n", "invalid_token", kInvalid},
        {"Authorization: Bearer pk_" + std::string(49, 'a') + "\r\n", "invalid_token", kInvalid},
        {"Authorization: Bearer " + std::string(5000, 'a') + "\r\n", "invalid_token", kInvalid},
        {"Authorization: Bearer " + mistyped(good) + "\r\n", "invalid_token", kInvalid},
        {"Authorization: Bearer " + good + "=\r\n", "invalid_token", kInvalid}, {"Authorization: Bearer " + good + "\r\n", "", ""},
        {"authorization: bearer " + good + "\r\n", "", ""}, {"AUTHORIZATION: BEARER   " + good + "  \r\n", "", ""},
        {"Authorization: bEaReR " + good + "\r\n", "", ""}};
    for (const auto& r : rows) {
        const auto got = g.ask("GET", kPartner.host, "/invoices", {}, r.fields);
        BOOST_TEST_CONTEXT(r.fields << " -> " << got.raw_head << got.body) {
            BOOST_TEST(got.status() == (r.reason.empty() ? 200u : 401u));
            BOOST_TEST(bare_challenge(got) == r.challenge);
            if (!r.reason.empty()) BOOST_TEST(text_at(parsed(got.body), "reason") == r.reason);
        }
    }
    const auto lacking = g.ask("POST", kPartner.host, "/invoices", good);
    BOOST_TEST(lacking.status() == 403u);
    BOOST_TEST(lacking.field("WWW-Authenticate") == lacks("invoices:write"));
}

BOOST_AUTO_TEST_CASE(row_C_4) {
    auto& g = shipped_gateway();
    for (const auto& p : kPlaces) {
        const auto token = g.create_record(p.api, wish_for(p, "Revoked"));
        const auto request = request_text("GET", p.host, p.path, std::string(token.text.reveal()));
        std::deque<conversation> open;  // enough that each thread has some
        for (int i = 0; i < 8; ++i) open.emplace_back(g.port());
        for (auto& c : open) BOOST_TEST(c.ask(request).status() == 200u, p.api);
        const auto before = shipped_upstream().requests().size();
        BOOST_TEST(manage(g, "DELETE", "/api-tokens/" + token.record.id).status() == 204u);
        for (auto& c : open) BOOST_TEST(c.ask(request).status() == 401u, p.api << ": the next request on an open connection");
        conversation fresh(g.port());
        for (int i = 0; i < 3; ++i) BOOST_TEST(fresh.ask(request).status() == 401u, p.api << ": a new connection");
        BOOST_TEST(shipped_upstream().requests().size() == before, p.api);
    }
}

BOOST_AUTO_TEST_CASE(row_C_9) {
    auto& g = shipped_gateway();
    auto wish = named("C-9", {"invoices:read", "invoices:write"});
    wish.owner = "team-1";
    wish.tenant = "acme";
    const auto token = g.create_record("partner", wish);
    const std::multimap<std::string, std::string> ours{{"X-Tollgate-Token-Id", token.record.id}, {"X-Tollgate-Subject", "team-1"},
        {"X-Tollgate-Tenant", "acme"}, {"X-Tollgate-Scopes", "invoices:read invoices:write"}};
    const std::string text(token.text.reveal());
    std::string forged;
    for (const std::string name :
        {"X-Tollgate-Subject", "x-tollgate-subject", "X-TOLLGATE-TENANT", "X_Tollgate_Scopes", "x_tollgate-token-id", "X-Tollgate_Actor",
            "X-Tollgate-Environment", "X-Tollgate-Audience", "X-Tollgate-Assertion", "X-Tollgate-Version", "X-Tollgate-Anything", "X-Tollgate-"})
        forged += name + ": forged\r\n";
    const auto check_seen = [&](const message& answer, const std::string& note) {
        BOOST_TEST(answer.status() == 200u, note);
        const auto seen = shipped_upstream().requests().back();
        BOOST_TEST((identity(seen) == ours), note << ", the upstream saw " << seen.raw_head);
        BOOST_TEST(seen.raw_head.find("forged") == std::string::npos, note);
        BOOST_TEST(seen.count("Authorization") == 0u, note);
        BOOST_TEST(seen.field("X-Request-Id").size() == 32u, note);
    };
    check_seen(g.ask("GET", kPartner.host, "/invoices", text, forged), "every form of name");
    check_seen(
        g.ask("GET", kPartner.host, "/invoices", text, forged + "Connection: X-Tollgate-Subject, X-Tollgate-Scopes\r\n"), "named in Connection");
    check_seen(g.ask("GET", kPartner.host, "/invoices", text, "X-Request-Id: forged\r\n"), "a request id of the caller's");
    conversation talk(g.port());
    check_seen(talk.ask(request_text("POST", kPartner.host, "/invoices", text, "Transfer-Encoding: chunked\r\nTrailer: X-Tollgate-Subject\r\n") +
                   "2\r\n{}\r\n0\r\nX-Tollgate-Subject: forged\r\nX-Tollgate-Scopes: forged\r\n\r\n"),
        "trailers");
    BOOST_TEST(shipped_upstream().requests().back().body == "{}");
}

BOOST_AUTO_TEST_CASE(row_C_15) {
    upstream up;
    auto apis = shipped_apis();
    apis.insert(apis.find("  hosts: [ client-portal.test ]"), "  cors: { origins: [ \"https://app.example\" ] }\n");
    gateway g(apis, shipped_files(), &up);
    const std::string host = "client-portal.test", origin = "Origin: https://app.example\r\n";
    const std::string wanted = "Access-Control-Request-Method: GET\r\nAccess-Control-Request-Headers: authorization,accept\r\n";

    const auto preflight = g.ask("OPTIONS", host, "/api/v1/services", {}, origin + wanted);
    BOOST_TEST(preflight.status() == 204u, "answered before authentication");
    BOOST_TEST(preflight.field("Access-Control-Allow-Origin") == "https://app.example");
    BOOST_TEST(preflight.field("Access-Control-Allow-Methods") == "GET");
    BOOST_TEST(preflight.field("Access-Control-Allow-Headers") == "authorization,accept");
    BOOST_TEST(preflight.field("Vary").find("Origin") != std::string::npos);
    const auto stranger = g.ask("OPTIONS", host, "/api/v1/services", {}, "Origin: https://evil.example\r\n" + wanted);
    BOOST_TEST(stranger.count("Access-Control-Allow-Origin") == 0u);
    BOOST_TEST(stranger.count("Access-Control-Allow-Headers") == 0u);
    BOOST_TEST(up.saw_nothing());

    // The portal's example: fetch(…/api/v1/…, { headers: { Authorization, Accept } }) from a page of that origin.
    const auto token = g.create("client-portal");
    const auto fetched = g.ask("GET", host, "/api/v1/services", token, origin + "Accept: application/json\r\n");
    BOOST_TEST(fetched.status() == 200u);
    BOOST_TEST(fetched.field("Access-Control-Allow-Origin") == "https://app.example");
    const auto refused = g.ask("GET", host, "/api/v1/services", {}, origin);
    check_answer(refused, {401, "Bearer", kJson, kUnauthenticated}, "a refusal that the page may read");
    BOOST_TEST(refused.field("Access-Control-Allow-Origin") == "https://app.example");
    BOOST_TEST(g.ask("GET", host, "/api/v1/services", token, "Origin: https://evil.example\r\n").count("Access-Control-Allow-Origin") == 0u);
    BOOST_TEST(g.ask("GET", host, "/api/v1/services", token).count("Access-Control-Allow-Origin") == 0u);
    BOOST_TEST(g.ask("OPTIONS", "partner.test", "/invoices", {}, origin + wanted).status() == 401u, "an API without cors");
    BOOST_TEST(up.requests().size() == 3u);
}

BOOST_AUTO_TEST_CASE(row_T_2) {
    upstream up;
    gateway g(shipped_apis(), shipped_files(), &up);
    std::vector<std::pair<std::string, std::string>> made;  // text and id
    for (const auto& p : kPlaces)
        for (int i = 0; i < 20; ++i) {
            const auto t = g.create_record(p.api, wish_for(p, "Secret"));
            const std::string text(t.text.reveal());
            made.emplace_back(text, t.record.id);
            BOOST_TEST(g.ask("GET", p.host, p.path, text).status() == 200u);
            BOOST_TEST(g.ask("GET", p.host, p.path + "?access_token=" + text).status() == 401u, "never from the query");
            BOOST_TEST(g.ask("GET", p.host, p.path, text, "Authorization: Bearer " + text + "\r\n").status() == 401u);
            BOOST_TEST(g.ask("PATCH", p.host, p.path + "/a/b/c", text).status() == 404u);
            manage(g, "POST", "/api-tokens/verify", json::object{{"token", text}});
            if (i % 2 == 0) BOOST_TEST(manage(g, "DELETE", "/api-tokens/" + t.record.id).status() == 204u);
            if (i % 2 == 0) BOOST_TEST(g.ask("GET", p.host, p.path, text).status() == 401u);
        }
    g.tokens().close();  // writes out what is in memory, and logs
    for (const auto& [text, id] : made) BOOST_TEST(manage(g, "POST", "/api-tokens/verify", json::object{{"token", text}}).status() == 503u);
    BOOST_TEST(g.tokens().reopen().has_value());
    const auto metrics = page(g, "/metrics");
    BOOST_TEST(metrics.find("tollgate_") != std::string::npos);
    const auto lines = g.access_log();
    const auto log = g.log.text(), files = bytes_below(g.dir.path);
    for (const auto& [text, id] : made) {
        BOOST_TEST(metrics.find(tail(text)) == std::string::npos, id);
        BOOST_TEST(log.find(tail(text)) == std::string::npos, id);
        BOOST_TEST(lines.find(tail(text)) == std::string::npos, id);
        BOOST_TEST(lines.find(id) != std::string::npos, "the access log names the token by its id: " << id);
        BOOST_TEST(files.find(tail(text)) == std::string::npos, id);
        BOOST_TEST(files.find(tail(id)) != std::string::npos, "the search finds what is there: " << id);
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tollgate::test
