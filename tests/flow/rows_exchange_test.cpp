// A key is exchanged for access tokens that are not stored: row PA-5, and what follows from it.
#include "clocked.hpp"
#include "oauth.hpp"
#include "support/wire.hpp"
#include "tollgate/control/oauth.hpp"
#include "tollgate/registry/authorizations.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <filesystem>
#include <thread>

using namespace tollgate;
using namespace tollgate::test;
using tollgate::test::socket;

BOOST_AUTO_TEST_SUITE(exchange)

namespace {

const std::string kHost = "partner.test", kToken = "/oauth/token";
const parameters kGrant{{"grant_type", "client_credentials"}};

message exchange(gateway& g, const created_token& key, parameters more = {}) {
    more.insert(more.begin(), kGrant.begin(), kGrant.end());
    return post_form(g, kHost, kToken, more, basic(key.record.id, key.text.reveal()));
}

std::string access_of(gateway& g, const created_token& key, parameters more = {}) { return granted(exchange(g, key, std::move(more))); }

const demanded kRefused{403, "", kProblem, R"({"type":"about:blank","title":"Client authentication failed","status":403,
    "reason":"oauth_client_refused","error":"invalid_client"})"};

// What an upstream was told last.
std::string told(const upstream& up, std::string_view field) { return up.requests().back().field(field); }

struct shipped_world {
    upstream up;
    gateway g{shipped_apis(), shipped_files(), &up};
    created_token key = g.create_record("partner", named("Quoting tool", {"invoices:read", "customers:read"}));
    message get(const std::string& path, const std::string& token) { return g.ask("GET", kHost, path, token); }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(row_PA_5, shipped_world) {
    const auto got = exchange(g, key);
    const auto body = parsed(got.body);
    const auto token = granted(got);
    BOOST_TEST(member(body, "expires_in").as_int64() == 3600);
    BOOST_TEST(text_at(body, "token_type") == "Bearer");
    BOOST_TEST(text_at(body, "scope") == "invoices:read customers:read");
    BOOST_TEST(member(body, "refresh_token").is_null());
    BOOST_TEST(get("/invoices", token).status() == 200u);
    BOOST_TEST(told(up, "X-Tollgate-Scopes") == "invoices:read customers:read");
    BOOST_TEST(!told(up, "X-Tollgate-Token-Id").empty());
    BOOST_TEST(told(up, "X-Tollgate-Token-Id") != key.record.id);
    BOOST_TEST(told(up, "Authorization").empty());
    BOOST_TEST(get("/invoices", std::string(key.text.reveal())).status() == 200u);  // the key itself works too
    check_answer(
        get("/payments", token), generic(403, lacks("payments:read"), "scope_required", "The token lacks a scope that this route demands"), "scope");
    const auto narrow = access_of(g, key, {{"scope", "invoices:read"}});
    BOOST_TEST(get("/invoices", narrow).status() == 200u);
    BOOST_TEST(get("/customers", narrow).status() == 403u);
    BOOST_TEST(error_of(exchange(g, key, {{"scope", "invoices:read payments:read"}})) == "invalid_scope");
    BOOST_TEST(error_of(exchange(g, key, {{"scope", "nobody:knows"}})) == "invalid_scope");
    BOOST_TEST(g.tokens().revoke(key.record.id, {"test", "unix"}).has_value());
    const auto gone = generic(401, kInvalid, "invalid_token", "The token is not valid");
    check_answer(get("/invoices", token), gone, "its key was revoked");
    check_answer(get("/invoices", narrow), gone, "its key was revoked");
    check_answer(exchange(g, key), kRefused, "a revoked key");
}

BOOST_FIXTURE_TEST_CASE(row_PA_5_credentials, shipped_world) {
    const auto& id = key.record.id;
    const std::string text(key.text.reveal());
    const auto ask = [&](const std::string& header, const parameters& body) { return post_form(g, kHost, kToken, body, header); };
    granted(ask(basic(id, text), kGrant));
    granted(ask(basic(percent_encoded(id), percent_encoded(text)), kGrant));
    granted(ask({}, {{"grant_type", "client_credentials"}, {"client_id", id}, {"client_secret", text}}));
    const json::object as_json{{"grant_type", "client_credentials"}, {"client_id", id}, {"client_secret", text}};
    granted(g.ask("POST", kHost, kToken, {}, "Content-Type: application/json\r\n", json::serialize(as_json)));

    const auto other = g.create_record("partner", named("Other", {"invoices:read"}));
    const auto foreign = g.create_record("paymenter", named("Foreign", {"users.view"}));
    check_answer(ask(basic(id, mistyped(text)), kGrant), kRefused, "mistyped");
    check_answer(ask(basic(id, other.text.reveal()), kGrant), kRefused, "another key's text");
    check_answer(ask(basic(foreign.record.id, foreign.text.reveal()), kGrant), kRefused, "another API's key");
    check_answer(ask(basic(id, ""), kGrant), kRefused, "no text");
    check_answer(ask(basic("", ""), kGrant), kRefused, "nothing");
    check_answer(ask("Authorization: Basic !!!\r\n", kGrant), kRefused, "not base64");
    check_answer(ask({}, kGrant), kRefused, "no credentials");
    auto fenced = named("Fenced", {"invoices:read"});
    fenced.allowed_ips = {"192.0.2.1"};
    const auto elsewhere = g.create_record("partner", fenced);
    check_answer(ask(basic(elsewhere.record.id, elsewhere.text.reveal()), kGrant), kRefused, "from another address");

    BOOST_TEST(error_of(ask(basic(id, text), {{"grant_type", "password"}})) == "unsupported_grant_type");
    BOOST_TEST(error_of(ask(basic(id, text), {})) == "invalid_request");
    BOOST_TEST(error_of(ask(basic(id, text), {{"grant_type", "client_credentials"}, {"client_secret", text}})) == "invalid_request");
    BOOST_TEST(error_of(ask(basic(id, text), {{"grant_type", "client_credentials"}, {"grant_type", "client_credentials"}})) == "invalid_request");
    BOOST_TEST(error_of(ask(basic(id, text), {{"grant_type", "client_credentials"}, {"resource", "http://elsewhere.test/"}})) == "invalid_target");
    granted(ask(basic(id, text), {{"grant_type", "client_credentials"}, {"resource", "https://partner.test/invoices"}}));
    BOOST_TEST(g.ask("GET", kHost, kToken, text).status() == 405u);
}

// C-4, C-5: on connections that are open already, and at once.
BOOST_FIXTURE_TEST_CASE(what_happens_to_the_key_reaches_every_access_token_at_once, shipped_world) {
    std::vector<std::string> tokens;
    for (int i = 0; i < 200; ++i) tokens.push_back(access_of(g, key));
    conversation one(g.port()), two(g.port());
    const auto all = [&](unsigned status, const std::string& path, const char* when) {
        for (std::size_t i = 0; i < tokens.size(); ++i) {
            auto& talk = i % 2 == 0 ? one : two;
            const auto got = talk.ask(request_text("GET", kHost, path, tokens[i]));
            BOOST_TEST_REQUIRE(got.status() == status, when << " " << i << ": " << got.raw_head);
        }
    };
    all(200, "/invoices", "issued");
    const auto change = [&](std::string_view method, const std::string& more, const json::value& body = nullptr) {
        const auto got = manage(g, method, "/api-tokens/" + key.record.id + more, body);
        BOOST_TEST_REQUIRE(got.status() / 100 == 2u, got.body);
    };
    change("PATCH", "", json::object{{"scopes", json::array{"customers:read"}}});
    all(403, "/invoices", "narrowed");
    all(200, "/customers", "narrowed");
    change("PATCH", "", json::object{{"scopes", json::array{"customers:read", "invoices:read"}}});
    all(200, "/invoices", "widened again");
    change("PATCH", "", json::object{{"allowed_ips", json::array{"192.0.2.0/24"}}});
    all(403, "/invoices", "from elsewhere");
    change("PATCH", "", json::object{{"allowed_ips", json::array{}}});
    change("POST", "/disable");
    all(401, "/invoices", "disabled");
    change("POST", "/enable");
    all(200, "/invoices", "enabled");
    change("POST", "/rotate", json::object{{"grace", "0"}});
    all(200, "/invoices", "the key's text was replaced, its id stays");
    change("DELETE", "");
    all(401, "/invoices", "revoked");
}

BOOST_FIXTURE_TEST_CASE(ten_thousand_access_tokens_grow_the_store_by_nothing, shipped_world) {
    const auto bytes = [&] {
        std::uint64_t sum = 0;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(g.dir.file("store")))
            if (entry.is_regular_file()) sum += entry.file_size();
        return sum;
    };
    access_of(g, key);
    const auto revision_of = [&] { return g.tokens().audit_end()->at; };
    const auto before = bytes(), rows = static_cast<std::uint64_t>(revision_of());
    conversation talk(g.port());
    const auto request = request_text(
        "POST", kHost, kToken, {}, basic(key.record.id, key.text.reveal()) + "Content-Type: application/x-www-form-urlencoded\r\n", form(kGrant));
    std::string last;
    for (int i = 0; i < 10'000; ++i) {
        const auto got = talk.ask(request);
        BOOST_TEST_REQUIRE(got.status() == 200u);
        last = text_at(parsed(got.body), "access_token");
    }
    BOOST_TEST(bytes() == before);
    BOOST_TEST(static_cast<std::uint64_t>(revision_of()) == rows);
    BOOST_TEST(get("/invoices", last).status() == 200u);
    BOOST_TEST(figure(g, "tollgate_access_tokens_issued_total{grant=\"client_credentials\"}") == 10'001.0);
    BOOST_TEST(g.log.text().find("an access token was issued") != std::string::npos);
    BOOST_TEST(g.log.text().find(last) == std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(one_is_revoked_alone_and_a_restart_forgets_nothing, shipped_world) {
    const auto gone = access_of(g, key), other = access_of(g, key);
    const auto header = basic(key.record.id, key.text.reveal());
    const auto introspect = [&](const std::string& token) {
        return parsed(post_form(g, kHost, "/oauth/introspect", {{"token", token}}, header).body);
    };
    conversation talk(g.port());
    const auto status = [&](const std::string& token) { return talk.ask(request_text("GET", kHost, "/invoices", token)).status(); };
    BOOST_TEST(status(gone) == 200u);
    BOOST_TEST(member(introspect(gone), "active").as_bool());
    BOOST_TEST(text_at(introspect(gone), "client_id") == key.record.id);
    BOOST_TEST(text_at(introspect(gone), "scope") == "invoices:read customers:read");
    const auto answer = post_form(g, kHost, "/oauth/revoke", {{"token", gone}, {"token_type_hint", "access_token"}}, header);
    BOOST_TEST(answer.status() == 200u);
    BOOST_TEST(parsed(answer.body).is_object());
    BOOST_TEST(status(gone) == 401u);
    BOOST_TEST(status(other) == 200u);
    BOOST_TEST(!member(introspect(gone), "active").as_bool());
    BOOST_TEST(json::serialize(introspect("junk")) == "{\"active\":false}");
    BOOST_TEST(post_form(g, kHost, "/oauth/revoke", {{"token", gone}}, header).status() == 200u);  // twice is as good
    BOOST_TEST(post_form(g, kHost, "/oauth/revoke", {{"token", "junk"}}, header).status() == 200u);
    const auto stranger = g.create_record("partner", named("Stranger", {"invoices:read"}));
    const auto theirs = basic(stranger.record.id, stranger.text.reveal());
    BOOST_TEST(post_form(g, kHost, "/oauth/revoke", {{"token", other}}, theirs).status() == 400u);
    BOOST_TEST(status(other) == 200u);
    g.tokens().close();
    BOOST_TEST_REQUIRE(g.tokens().reopen().has_value());
    BOOST_TEST(status(gone) == 401u);
    BOOST_TEST(status(other) == 200u);
}

BOOST_AUTO_TEST_CASE(an_access_token_ends_by_itself) {
    clocked c;
    const auto key = c.g.create_record("partner", named("Key", {"invoices:read"}));
    const auto token = granted(post_form(c.g, kHost, kToken, kGrant, basic(key.record.id, key.text.reveal())));
    c.time.advance(std::chrono::seconds(3599));
    BOOST_TEST(c.status(kHost, "/invoices", token) == 200u);
    c.time.advance(std::chrono::seconds(1));
    check_answer(c.call(kHost, "/invoices", token), generic(401, kInvalid, "expired_token", "The token has expired"), "an hour");
    auto brief = named("Brief", {"invoices:read"});
    brief.expires_in = "10m";
    const auto ending = c.g.create_record("partner", brief);
    const auto body = parsed(post_form(c.g, kHost, kToken, kGrant, basic(ending.record.id, ending.text.reveal())).body);
    BOOST_TEST(member(body, "expires_in").as_int64() == 600);  // no longer than its key
}

// Keys rotate while tokens are used and issued: no request fails.
BOOST_FIXTURE_TEST_CASE(keys_rotate_without_one_failed_request, shipped_world) {
    authorization_book book(g.tokens());
    std::atomic<bool> over{false};
    std::atomic<std::size_t> asked{0}, failed{0};
    const auto use = [&] {
        conversation talk(g.port());
        std::vector<std::string> tokens{granted(exchange(g, key))};
        while (!over) {
            for (const auto& t : tokens)
                if (talk.ask(request_text("GET", kHost, "/invoices", t)).status() != 200u) ++failed;
            asked += tokens.size();
            const auto next = exchange(g, key);
            if (next.status() != 200u) ++failed;
            else tokens.push_back(text_at(parsed(next.body), "access_token"));
            if (tokens.size() > 40) tokens.erase(tokens.begin());
        }
    };
    std::thread one(use), two(use);
    for (std::uint32_t n = 2; n < 22; ++n) {
        const auto before = asked.load();
        const auto next = book.rotate_keys(std::chrono::hours(1), {"test", "unix"});
        BOOST_TEST_REQUIRE(next.has_value());
        BOOST_TEST(next->id == n);
        BOOST_TEST(eventually([&] { return asked > before + 50; }));
    }
    over = true;
    one.join();
    two.join();
    BOOST_TEST(failed == 0u);
    const auto last = access_of(g, key);
    BOOST_TEST_REQUIRE(book.rotate_keys(std::chrono::seconds(0), {"test", "unix"}).has_value());  // all of them end at once
    BOOST_TEST(get("/invoices", last).status() == 401u);
    BOOST_TEST(get("/invoices", access_of(g, key)).status() == 200u);
}

BOOST_AUTO_TEST_SUITE_END()
