// A repeat of a POST gets what the first was answered (PL-6): what makes it a repeat, what is kept, for how long, and what is never kept.
#include "support/shop.hpp"
#include "tollgate/codec/json.hpp"

#include <fmt/format.h>
#include <boost/test/unit_test.hpp>

#include <filesystem>

namespace {

using namespace tollgate::test;
using tollgate::test::socket;  // not the system call
namespace json = tollgate::json;

std::string reason(const message& m) {
    const auto at = m.body.find("\"reason\":\"");
    return at == std::string::npos ? m.body : m.body.substr(at + 10, m.body.find('"', at + 10) - at - 10);
}

void check_refused(const message& m, unsigned status, std::string_view why) {
    BOOST_TEST_CONTEXT(m.raw_head << m.body) {
        BOOST_TEST(m.status() == status);
        BOOST_TEST(reason(m) == why);
    }
}

// The same bytes, but for the gateway's own fields.
void check_replayed(const message& first, const message& again) {
    BOOST_TEST_CONTEXT("first " << first.raw_head << first.body << "\nagain " << again.raw_head << again.body) {
        BOOST_TEST(again.complete);
        BOOST_TEST(stable_head(again) == stable_head(first));
        BOOST_TEST(again.body == first.body);
        BOOST_TEST(again.field("X-Request-Id") != first.field("X-Request-Id"));
        BOOST_TEST(again.count("X-Request-Id") == 1u);
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(row_PL_6)

BOOST_AUTO_TEST_CASE(byte_for_byte_errors_too) {
    shop s;
    const auto by = s.token();
    std::size_t orders = 0;
    for (const std::string how : {"", "error", "broken", "nothing", "chunked", "until-close", "binary"}) {
        const auto query = how.empty() ? how : "?how=" + how;
        const auto first = s.order(by, "k-" + how, query);
        BOOST_TEST(s.seen.orders() == ++orders, how);
        BOOST_TEST(first.count("Set-Cookie") == (how == "nothing" ? 2u : 2u), how);
        BOOST_TEST(first.field("X-Request-Id") != "the-upstreams-own", how);
        for (int i = 0; i < 2; ++i) check_replayed(first, s.order(by, "k-" + how, query));
        BOOST_TEST(s.seen.orders() == orders, how);
    }
    BOOST_TEST(s.order(by, "k-error", "?how=error").start_line == "HTTP/1.1 402 Pay First");
}

BOOST_AUTO_TEST_CASE(bare_and_quoted_keys_are_the_same) {
    shop s;
    const auto by = s.token();
    const auto first = s.order(by, "abc");
    check_replayed(first, s.order(by, "\"abc\""));
    BOOST_TEST(s.seen.orders() == 1u);
}

BOOST_AUTO_TEST_CASE(another_request_with_the_same_key_is_refused) {
    shop s;
    const auto by = s.token();
    s.order(by, "k");
    check_refused(s.order(by, "k", "", "bodY"), 422, "idempotency_mismatch");
    check_refused(s.order(by, "k", "", "body", "Content-Type: text/plain\r\n"), 422, "idempotency_mismatch");
    check_refused(s.order(by, "k", "", ""), 422, "idempotency_mismatch");
    BOOST_TEST(s.seen.orders() == 1u);
}

// Whatever else differs makes it another key; and tenants never see each other's (PL-12).
BOOST_AUTO_TEST_CASE(a_key_belongs_to_tenant_environment_method_and_target) {
    shop s;
    const auto one = s.token("acme"), two = s.token("acme"), other = s.token("globex"), alone = s.token(), alone_too = s.token(),
               sandbox = s.token("acme", "test");
    const auto first = s.order(one, "k");
    check_replayed(first, s.order(two, "k"));
    BOOST_TEST(s.seen.orders() == 1u);
    std::size_t orders = 1;
    const auto goes_through = [&](const message& m, const char* note) {
        BOOST_TEST(m.status() == 201u, note << ": " << m.raw_head);
        BOOST_TEST(s.seen.orders() == ++orders, note);
    };
    const std::string_view key = "Idempotency-Key: k\r\n";
    goes_through(s.order(other, "k"), "another tenant");
    goes_through(s.order(alone, "k"), "no tenant");
    goes_through(s.order(alone_too, "k"), "no tenant, another token");
    goes_through(s.g.ask("POST", "test.shop.test", "/orders", sandbox, key, "body"), "another environment");
    goes_through(s.g.ask("PUT", "shop.test", "/orders", one, key, "body"), "another method");
    goes_through(s.order(one, "k", "?a=1"), "another query");
    goes_through(s.order(one, "K"), "another key");
    goes_through(s.g.ask("POST", "shop.test", "/notes", one, key, "body"), "a route that knows nothing of keys");
    goes_through(s.g.ask("POST", "shop.test", "/notes", one, key, "body"), "nor the second time");
    goes_through(s.g.ask("PUT", "shop.test", "/orders", one, {}, "body"), "no key, where none is demanded");
    goes_through(s.g.ask("PUT", "shop.test", "/orders", one, {}, "body"), "nor the second time");
}

BOOST_AUTO_TEST_CASE(while_the_first_is_running) {
    shop s;
    gate may_answer;
    s.seen.hold = &may_answer;
    const auto by = s.token();
    auto c = socket::connect(s.g.port());
    c.send(request_text("POST", "shop.test", "/orders?how=hold", by, "Idempotency-Key: k\r\n", "body"));
    BOOST_TEST_REQUIRE(eventually([&] { return s.seen.orders() == 1; }));
    check_refused(s.order(by, "k", "?how=hold"), 409, "idempotency_in_progress");
    check_refused(s.order(by, "k", "?how=hold", "other"), 422, "idempotency_mismatch");
    may_answer.open();
    reader in(c);
    const auto first = in.response();
    BOOST_TEST(first.status() == 201u);
    check_replayed(first, s.order(by, "k", "?how=hold"));
    BOOST_TEST(s.seen.orders() == 1u);
}

BOOST_AUTO_TEST_CASE(keys_that_are_none) {
    shop s;
    const auto by = s.token();
    check_refused(s.order(by, std::string(256, 'k')), 400, "idempotency_invalid");
    check_refused(s.order(by, ""), 400, "idempotency_invalid");
    check_refused(s.order(by, "a", "", "body", "Idempotency-Key: b\r\n"), 400, "idempotency_invalid");
    BOOST_TEST(s.seen.orders() == 0u);
    BOOST_TEST(s.order(by, std::string(255, 'k')).status() == 201u);
}

BOOST_AUTO_TEST_CASE(it_survives_a_restart) {
    shop s;
    const auto by = s.token("acme");
    const auto first = s.order(by, "k");
    s.restart();
    check_replayed(first, s.order(by, "k"));
    check_refused(s.order(by, "k", "", "other"), 422, "idempotency_mismatch");
    BOOST_TEST(s.seen.orders() == 1u);
}

BOOST_AUTO_TEST_CASE(for_24_hours_from_first_use) {
    tollgate::manual_clock time({1'700'000'000'000'000});
    shop s({.time = &time});
    const auto by = s.token();
    const auto first = s.order(by, "k");
    time.advance(std::chrono::hours(24) - std::chrono::microseconds(1));
    check_replayed(first, s.order(by, "k"));
    time.advance(std::chrono::microseconds(1));
    BOOST_TEST(s.order(by, "k", "", "another body").status() == 201u);
    BOOST_TEST(s.seen.orders() == 2u);
}

BOOST_AUTO_TEST_CASE(our_own_refusals_are_never_kept) {
    shop s;
    const auto looker = s.token("acme", "live", {"look"}), buyer = s.token("acme");
    BOOST_TEST(s.order(looker, "k").status() == 403u);
    BOOST_TEST(s.order("junk", "k").status() == 401u);
    s.g.running->local().close();
    BOOST_TEST(s.order(buyer, "k").status() == 503u);
    BOOST_TEST(s.seen.orders() == 0u);
    BOOST_TEST(s.g.running->local().reopen().has_value());
    BOOST_TEST(s.order(buyer, "k").status() == 201u);
}

// Nothing was sent: the key is as good as new, however often.
BOOST_AUTO_TEST_CASE(an_upstream_that_was_not_reached_leaves_the_key_free) {
    const auto nowhere = fmt::format(
        "- {{ name: shop, hosts: {{ shop.test: live }}, contract: shop.yaml, openapi: shop.api.yaml,\n"
        "    upstream: {{ servers: [ \"http://127.0.0.1:{}\" ] }} }}\n",
        closed_port());
    gateway g(nowhere, {{"shop.yaml", shop_contract}, {"shop.api.yaml", shop_document}}, nullptr);
    auto wish = named("Shopper", {"buy"});
    wish.environment = "live";
    const auto by = g.create("shop", wish);
    for (int i = 0; i < 3; ++i)
        check_refused(g.ask("POST", "shop.test", "/orders", by, "Idempotency-Key: k\r\n", "body"), 502, "upstream_unavailable");
}

// What an answer of ours must not hold twice: the secret. (C-1)
BOOST_AUTO_TEST_CASE(a_token_is_created_once_and_shown_once) {
    shop s;
    const auto create = [&](std::string_view body) {
        auto c = socket::connect_unix(s.g.socket_path());
        c.send(request_text("POST", "localhost", "/v1/admin/api-tokens", {}, "Content-Type: application/json\r\nIdempotency-Key: k\r\n", body));
        reader in(c);
        return in.response();
    };
    const std::string wish = R"({"api":"shop","name":"Once","environment":"live","scopes":["buy"]})";
    const auto first = create(wish), again = create(wish);
    BOOST_TEST_REQUIRE(first.status() == 201u, first.body);
    BOOST_TEST_REQUIRE(again.status() == 201u, again.body);
    BOOST_TEST(first.count("Idempotent-Replayed") == 0u);
    BOOST_TEST(again.field("Idempotent-Replayed") == "true");
    BOOST_TEST(again.field("Location") == first.field("Location"));
    BOOST_TEST(again.field("ETag") == first.field("ETag"));
    auto shown = json::parse(first.body).as_object(), repeated = json::parse(again.body).as_object();
    BOOST_TEST(shown.contains("token"));
    const std::string text(shown["token"].as_string());
    shown.erase("token");
    BOOST_TEST(repeated == shown);
    BOOST_TEST(create(R"({"api":"shop","name":"Twice","environment":"live","scopes":["buy"]})").status() == 422u);
    const auto listed = s.g.tokens().list({});
    BOOST_TEST_REQUIRE(listed.has_value());
    BOOST_TEST(listed->tokens.size() == 1u);
    BOOST_TEST(s.order(text, "k").status() == 201u, "the text that was shown works");
    BOOST_TEST(!s.g.access_log().empty());  // and everything is on disk now
    for (const auto& file : std::filesystem::recursive_directory_iterator(s.g.dir.path))
        if (file.is_regular_file()) BOOST_TEST(read_file(file.path().string()).find(text) == std::string::npos, file.path());
}

// The same on an API's own front door, in that API's words.
BOOST_AUTO_TEST_CASE(paylera_creates_once_and_says_so) {
    upstream up;
    gateway g(shipped_apis(), shipped_files(), &up);
    auto wish = named("Admin", {"*"});
    wish.kind = "admin";
    wish.environment = "live";
    wish.tenant = "acme";
    const auto admin = g.create("paylera", wish);
    const auto create = [&](std::string_view body) {
        return g.ask("POST", "live.paylera.test", "/v1/admin/api-tokens", admin, "Content-Type: application/json\r\nIdempotency-Key: k\r\n", body);
    };
    const auto first = create(R"({"name":"Once","scopes":["customers:read"]})"), again = create(R"({"name":"Once","scopes":["customers:read"]})");
    BOOST_TEST_REQUIRE(first.status() == 201u, first.body);
    BOOST_TEST(again.status() == 201u, again.body);
    BOOST_TEST(again.field("Idempotent-Replayed") == "true");
    BOOST_TEST(!json::parse(again.body).as_object().contains("token"));
    BOOST_TEST(json::parse(again.body).at("id") == json::parse(first.body).at("id"));
    const auto other = create(R"({"name":"Twice","scopes":["customers:read"]})");
    BOOST_TEST(other.status() == 422u);
    BOOST_TEST(other.field("Content-Type") == "application/problem+json");
    const auto words = json::parse(other.body);
    BOOST_TEST(words.at("problem") == "idempotency.body_mismatch");
    BOOST_TEST(words.at("type") == "https://errors.paylera.io/idempotency/body-mismatch");
    BOOST_TEST(up.saw_nothing());
}

// Bodies lie sealed in the store: the node's files hold none in clear.
BOOST_AUTO_TEST_CASE(bodies_are_sealed_at_rest) {
    shop s;
    const std::string marker = "a-body-that-nobody-may-read";
    const auto first = s.order(s.token(), "k", "", marker);
    BOOST_TEST(first.body.find(marker) != std::string::npos);
    BOOST_TEST(!s.g.access_log().empty());
    for (const auto& file : std::filesystem::recursive_directory_iterator(s.g.dir.file("store")))
        if (file.is_regular_file()) BOOST_TEST(read_file(file.path().string()).find(marker) == std::string::npos, file.path());
}

BOOST_AUTO_TEST_SUITE_END()
