// How an idempotent exchange may end: too large, without an answer, without a caller, without its token. Never a second POST that
// nobody asked for. (PL-6, C-4, T-4)
#include "support/shop.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using namespace tollgate::test;
using tollgate::caller;
using tollgate::test::socket;  // not the system call

void check_refused(const message& m, unsigned status, std::string_view why) {
    BOOST_TEST(m.status() == status, m.raw_head << m.body);
    BOOST_TEST(m.body.find(std::string("\"reason\":\"").append(why).append("\"")) != std::string::npos, m.body);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(row_PL_6)

// Of the request: nothing is claimed, and nothing goes upstream.
BOOST_AUTO_TEST_CASE(a_request_that_is_too_large_to_hold) {
    shop s;
    const auto by = s.token();
    const std::string large(8 * 1024 + 1, 'x');
    check_refused(s.order(by, "k", "", large), 413, "payload_too_large");
    auto c = socket::connect(s.g.port());
    c.send(request_text("POST", "shop.test", "/orders", by, "Idempotency-Key: k\r\nTransfer-Encoding: chunked\r\n") + "2001\r\n" + large +
        "\r\n0\r\n\r\n");
    reader in(c);
    check_refused(in.response(), 413, "payload_too_large");
    BOOST_TEST(s.seen.orders() == 0u);
    BOOST_TEST(s.order(by, "k", "", large.substr(1)).status() == 201u);
}

BOOST_AUTO_TEST_CASE(a_chunked_request_is_the_same_as_one_with_a_length) {
    shop s;
    const auto by = s.token();
    const auto first = s.order(by, "k");
    auto c = socket::connect(s.g.port());
    c.send(
        request_text("POST", "shop.test", "/orders", by, "Idempotency-Key: k\r\nTransfer-Encoding: chunked\r\n") + "3\r\nbod\r\n1\r\ny\r\n0\r\n\r\n");
    reader in(c);
    BOOST_TEST(in.response().body == first.body);
    c.send(request_text("POST", "shop.test", "/orders", by, "Idempotency-Key: k-2\r\nTransfer-Encoding: chunked\r\n") +
        "3\r\nbod\r\n1\r\ny\r\n0\r\n\r\n");
    BOOST_TEST(in.response().status() == 201u);
    BOOST_TEST(s.seen.up.requests().back().field("Content-Length") == "4");
    BOOST_TEST(s.seen.orders() == 2u);
}

BOOST_AUTO_TEST_CASE(the_caller_is_told_to_go_on) {
    shop s;
    auto c = socket::connect(s.g.port());
    c.send(request_text("POST", "shop.test", "/orders", s.token(), "Idempotency-Key: k\r\nExpect: 100-continue\r\nContent-Length: 4\r\n"));
    reader in(c);
    BOOST_TEST(in.head().status() == 100u);
    c.send("body");
    BOOST_TEST(in.response().status() == 201u);
}

// Of the answer: the first caller gets it whole, and a repeat is told why there is none.
BOOST_AUTO_TEST_CASE(an_answer_that_is_too_large_to_keep) {
    shop s;
    const auto by = s.token();
    std::size_t orders = 0;
    for (const std::string how : {"large", "large-chunked", "stream"}) {
        const auto first = s.order(by, how, "?how=" + how);
        BOOST_TEST(first.status() == 200u, how);
        BOOST_TEST(first.complete, how);
        BOOST_TEST(first.body.size() == (how == "stream" ? 7u : 20'000u), how);
        BOOST_TEST(first.body.find_first_not_of(how == "large" ? "l" : how == "stream" ? "data: 1" : "c") == std::string::npos, how);
        check_refused(s.order(by, how, "?how=" + how), 409, "idempotency_answer_too_large");
        BOOST_TEST(s.seen.orders() == ++orders, how);
    }
    s.restart();
    check_refused(s.order(by, "large", "?how=large"), 409, "idempotency_answer_too_large");
}

// It went upstream, and no answer came: whatever the repeat would do, it is not done.
BOOST_AUTO_TEST_CASE(an_outcome_that_is_not_known) {
    shop s;
    const auto by = s.token();
    check_refused(s.order(by, "k", "?how=close"), 502, "upstream_unavailable");
    check_refused(s.order(by, "k", "?how=close"), 409, "idempotency_unknown_outcome");
    s.restart();
    check_refused(s.order(by, "k", "?how=close"), 409, "idempotency_unknown_outcome");
    BOOST_TEST(s.seen.orders() == 1u);
}

// Who hung up before the answer gets it later: that is what keys are for.
BOOST_AUTO_TEST_CASE(a_caller_who_did_not_wait) {
    shop s;
    gate may_answer;
    s.seen.hold = &may_answer;
    const auto by = s.token();
    {
        auto c = socket::connect(s.g.port());
        c.send(request_text("POST", "shop.test", "/orders?how=hold", by, "Idempotency-Key: k\r\n", "body"));
        BOOST_TEST_REQUIRE(eventually([&] { return s.seen.orders() == 1; }));
        c.reset();
    }
    may_answer.open();
    message again;
    BOOST_TEST(eventually([&] { return (again = s.order(by, "k", "?how=hold")).status() != 409; }));
    BOOST_TEST(again.status() == 201u, again.raw_head << again.body);
    BOOST_TEST(s.seen.orders() == 1u);
}

// Many at once with one key: one of them is forwarded.
BOOST_AUTO_TEST_CASE(of_many_at_once_one_is_the_first) {
    shop s({.threads = 3});
    const auto by = s.token();
    constexpr int rounds = 10, callers = 12;
    for (int round = 0; round < rounds; ++round) {
        std::vector<tollgate::test::socket> open;
        for (int i = 0; i < callers; ++i) open.push_back(socket::connect(s.g.port()));
        for (auto& c : open) c.send(request_text("POST", "shop.test", "/orders", by, "Idempotency-Key: k" + std::to_string(round) + "\r\n", "body"));
        int other = 0;
        for (auto& c : open) {
            reader in(c);
            const auto m = in.response();
            other += m.status() == 201 || m.body.find("idempotency_in_progress") != std::string::npos ? 0 : 1;
        }
        BOOST_TEST(other == 0);
        BOOST_TEST(s.seen.orders() == static_cast<std::size_t>(round) + 1);
    }
}

BOOST_AUTO_TEST_SUITE_END()

// A token that is revoked while its claim waits for the disk: nothing is forwarded, and the key is as good as new. The same for a
// repeat: nothing is replayed to it.
BOOST_AUTO_TEST_CASE(row_T_4_while_a_claim_waits) {
    for (const bool repeat : {false, true}) {
        for (const bool revoke : {true, false}) {
            shop s({.threads = 1});
            const auto wish = [] {
                auto w = named("Shopper", {"buy"});
                w.environment = "live";
                w.tenant = "acme";
                return w;
            };
            const auto mine = s.g.create_record("shop", wish());
            const auto theirs = s.token("acme");
            if (repeat) BOOST_TEST(s.order(theirs, "k").status() == 201u);
            gate entered, may_go;
            std::atomic<bool> armed{true};
            s.g.running->replays().probe = [&](std::string_view point) {
                if (point != (repeat ? "claim:before" : "claim:after") || !armed.exchange(false)) return;
                entered.open();
                may_go.wait();
            };
            auto c = socket::connect(s.g.port());
            c.send(request_text("POST", "shop.test", "/orders", mine.text.reveal(), "Idempotency-Key: k\r\n", "body"));
            BOOST_TEST_REQUIRE(entered.wait());
            if (revoke) BOOST_TEST(s.g.tokens().revoke(mine.record.id, caller{"test", "unix"}).has_value());
            may_go.open();
            reader in(c);
            BOOST_TEST(in.response().status() == (revoke ? 401u : 201u));
            BOOST_TEST(s.seen.orders() == (revoke && !repeat ? 0u : 1u));
            BOOST_TEST(s.order(theirs, "k").status() == 201u);
            BOOST_TEST(s.seen.orders() == 1u);
        }
    }
}
