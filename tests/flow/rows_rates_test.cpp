// How often a token may call, through the socket: per token, per tenant, per operation, on all threads together.
#include "flow/rows.hpp"

#include <algorithm>
#include <atomic>
#include <thread>

namespace tollgate::test {
namespace {

// The acme API, whose contract is acme.yaml.
std::string acme_api(const std::string& more = "unlisted: forward") {
    return "- { name: acme, hosts: [ acme.test ], contract: acme.yaml, " + more + ", upstream: { servers: [ \"http://@UP@\" ] } }\n";
}

unsigned long number_in(const message& m, std::string_view field) {
    const std::string text(m.field(field));
    BOOST_TEST((m.count(field) == 1 && !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; })),
        field << " in " << m.raw_head);
    return text.empty() ? 0 : std::stoul(text);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(rows_rates)

BOOST_AUTO_TEST_CASE(row_PR_10) {
    constexpr std::int64_t start_s = 1'800'000'000;
    upstream up;
    manual_clock clock({start_s * 1'000'000});
    gateway g(shipped_apis(), shipped_files(), &up, {.time = &clock});
    const std::string host = "payrequest.test", path = "/api/v1/invoices";
    const auto token = g.create("payrequest", named("Busy", {"billing.read"})), other = g.create("payrequest", named("Quiet"));
    conversation talk(g.port());
    const auto ask_with = [&](const std::string& t, const std::string& at) { return talk.ask(request_text("GET", host, at, t)); };
    const auto check_left = [&](const message& m, unsigned status, unsigned long left, std::int64_t full_in_s, const std::string& note) {
        BOOST_TEST_CONTEXT(note << ", answered " << m.raw_head) {
            BOOST_TEST(m.status() == status);
            BOOST_TEST(number_in(m, "X-RateLimit-Limit") == 100u);
            BOOST_TEST(number_in(m, "X-RateLimit-Remaining") == left);
            BOOST_TEST(number_in(m, "X-RateLimit-Reset") == static_cast<unsigned long>(start_s + full_in_s));
            BOOST_TEST(m.count("Retry-After") == (status == 429 ? 1u : 0u));
        }
    };
    check_left(ask_with(token, path), 200, 99, 1, "forwarded");
    check_left(ask_with(token, "/api/v1/nowhere"), 404, 98, 2, "no such route: weighed before that is told");
    check_left(ask_with(token, "/api/v1/customers"), 403, 97, 3, "a scope is lacking");
    for (const auto* stranger : {"", "junk"}) BOOST_TEST(ask_with(stranger, path).count("X-RateLimit-Limit") == 0u, "nobody that is known");
    for (unsigned long left = 97; left-- > 0;)
        check_left(ask_with(token, path), 200, left, 100 - static_cast<std::int64_t>(left), "one after the other");
    const auto forwarded = up.requests().size();
    for (const auto& at : {path, std::string("/api/v1/nowhere"), std::string("/api/v1/customers")}) {
        const auto no = ask_with(token, at);
        check_left(no, 429, 0, 100, "beyond");
        BOOST_TEST(no.field("Retry-After") == "1");
        BOOST_TEST(parsed(no.body) == parsed(R"({"message":"Too many requests."})"));
    }
    BOOST_TEST(up.requests().size() == forwarded);
    check_left(ask_with(other, path), 200, 99, 1, "another token");
    clock.advance(std::chrono::milliseconds(999));
    BOOST_TEST(ask_with(token, path).status() == 429u);
    clock.advance(std::chrono::milliseconds(1));
    check_left(ask_with(token, path), 200, 0, 101, "one is paid back a second later");
    BOOST_TEST(ask_with(token, path).status() == 429u);
    clock.advance(std::chrono::hours(1));
    check_left(ask_with(token, path), 200, 99, 3602, "and all of them after a while");
}

// Whoever asks on whichever thread: together they get the burst, not one more.
BOOST_AUTO_TEST_CASE(row_PR_10_across_threads) {
    upstream up;
    manual_clock still({1'800'000'000'000'000});
    gateway g(acme_api(), {{"acme.yaml", "rate_limit: { sustained: 60/min, burst: 100 }\n"}}, &up, {.threads = 4, .time = &still});
    const auto token = g.create("acme");
    std::atomic<int> good{0}, refused{0}, other{0};
    std::vector<std::thread> callers;
    for (int t = 0; t < 8; ++t)
        callers.emplace_back([&] {
            conversation talk(g.port());
            for (int i = 0; i < 25; ++i) {
                const auto status = talk.ask(request_text("GET", "acme.test", "/x", token)).status();
                ++(status == 200 ? good : status == 429 ? refused : other);
            }
        });
    for (auto& t : callers) t.join();
    BOOST_TEST(good == 100);
    BOOST_TEST(refused == 100);
    BOOST_TEST(other == 0);
}

// Of a tenant together, and of one operation apart.
BOOST_AUTO_TEST_CASE(row_PR_10_per_tenant_and_operation) {
    upstream up;
    manual_clock still({1'800'000'000'000'000});
    const std::string document =
        "openapi: 3.1.0\npaths:\n  /cheap: { get: { responses: { '200': { description: ok } } } }\n"
        "  /dear: { get: { x-rate-limit: { sustained: 1/h, burst: 2 }, responses: { '200': { description: ok } } } }\n";
    gateway g(acme_api("openapi: acme.openapi.yaml"),
        {{"acme.yaml", "rate_limit: { sustained: 1/min, burst: 3, per: tenant }\n"}, {"acme.openapi.yaml", document}}, &up, {.time = &still});
    const auto of_tenant = [&](const std::string& tenant) { return g.create("acme", in_environment(named("T"), "", tenant)); };
    const auto status = [&](const std::string& token, const std::string& path) { return g.ask("GET", "acme.test", path, token).status(); };
    const auto one = of_tenant("t1"), two = of_tenant("t1"), three = of_tenant("t2"), four = of_tenant(""), five = of_tenant("");
    BOOST_TEST((status(one, "/cheap") == 200 && status(two, "/cheap") == 200 && status(one, "/cheap") == 200), "three for both");
    BOOST_TEST((status(one, "/cheap") == 429 && status(two, "/cheap") == 429));
    BOOST_TEST(status(three, "/cheap") == 200u, "another tenant");
    const auto dear = g.ask("GET", "acme.test", "/dear", one);
    BOOST_TEST((dear.status() == 200u && dear.field("X-RateLimit-Limit") == "2"), "a cell of its own: " << dear.raw_head);
    BOOST_TEST(status(two, "/dear") == 200u);
    BOOST_TEST((status(one, "/dear") == 429 && status(two, "/dear") == 429));
    for (int i = 0; i < 3; ++i) BOOST_TEST(status(four, "/cheap") == 200u);
    BOOST_TEST(status(four, "/cheap") == 429u);
    BOOST_TEST(status(five, "/cheap") == 200u, "tokens without a tenant share nothing");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tollgate::test
