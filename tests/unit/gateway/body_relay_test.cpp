#include "gateway/relay.hpp"

#include <boost/asio/error.hpp>
#include <boost/test/unit_test.hpp>

#include <string>

using namespace tollgate;

namespace {

// A relay without sockets: what it asks for is given by hand.
struct bench {
    explicit bench(body_kind kind, std::uint64_t length = 0, std::uint64_t limit = 1000) : in(64) {
        head.body = kind;
        head.content_length = length;
        body = body_reader(in, head, limit);
    }
    void begin(relay_plan plan) { relay.begin(body, plan); }
    void arrives(std::string_view bytes) {
        bytes.copy(in.free(), bytes.size());
        relay.read({}, bytes.size(), false);
    }
    // Takes what is to be written; `most` bytes of it.
    std::string take(std::size_t most = 1000) {
        std::string out;
        auto& parts = relay.unwritten();
        while (!parts.empty() && most > 0) {
            auto& p = parts.front();
            const auto n = std::min(most, p.iov_len);
            out.append(static_cast<const char*>(p.iov_base), n);
            p.iov_base = static_cast<char*>(p.iov_base) + n;
            p.iov_len -= n;
            most -= n;
            if (p.iov_len == 0) parts = parts.subspan(1);
        }
        return out;
    }
    inbound in;
    message_head head;
    body_reader body;
    body_relay relay;
};

using step = body_relay::step;

}  // namespace

BOOST_AUTO_TEST_SUITE(body_relays)

BOOST_AUTO_TEST_CASE(a_body_goes_through_in_the_pieces_that_come) {
    bench b(body_kind::length, 10);
    b.begin({.prefix = "head "});
    BOOST_TEST((b.relay.next() == step::write));
    BOOST_TEST(b.take() == "head ");
    BOOST_TEST((b.relay.next() == step::read));
    b.arrives("01234");
    BOOST_TEST((b.relay.next() == step::write));
    BOOST_TEST(b.take(2) == "01");
    BOOST_TEST((b.relay.next() == step::write));  // the rest of what could not be written
    BOOST_TEST(b.take() == "234");
    BOOST_TEST((b.relay.next() == step::read));
    b.arrives("56789");
    BOOST_TEST((b.relay.next() == step::write));
    BOOST_TEST(b.take() == "56789");
    BOOST_TEST((b.relay.next() == step::finished));
    BOOST_TEST((b.relay.result().how == relay_end::whole));
    BOOST_TEST(b.relay.result().started);
}

BOOST_AUTO_TEST_CASE(chunks_are_framed_anew) {
    bench b(body_kind::chunked);
    b.begin({.chunked = true});
    BOOST_TEST((b.relay.next() == step::read));
    b.arrives("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
    BOOST_TEST((b.relay.next() == step::write));
    BOOST_TEST(b.take() == "5\r\nabcde\r\n0\r\n\r\n");
    BOOST_TEST((b.relay.next() == step::finished));
}

BOOST_AUTO_TEST_CASE(ends) {
    struct row {
        const char* what;
        body_kind kind;
        const char* bytes;
        bool eof, late;
        relay_end how;
    };
    const row rows[] = {
        {"closed too early", body_kind::length, "0123", true, false, relay_end::source_gone},
        {"late", body_kind::length, "0123", false, true, relay_end::source_late},
        {"closed where that is the end", body_kind::until_close, "0123", true, false, relay_end::whole},
        {"bytes behind the body", body_kind::length, "01234567xx", false, false, relay_end::source_bad},
        {"bad chunks", body_kind::chunked, "zz\r\n", false, false, relay_end::source_bad},
    };
    for (const auto& r : rows) {
        BOOST_TEST_CONTEXT(r.what) {
            bench b(r.kind, 8);
            b.begin({.nothing_behind = true});
            BOOST_TEST((b.relay.next() == step::read));
            b.arrives(r.bytes);
            auto next = b.relay.next();
            if (next == step::write) {
                b.take();
                next = b.relay.next();
            }
            if (r.eof || r.late) BOOST_TEST((next == step::read));
            if (r.eof) b.relay.read(asio::error::eof, 0, false);
            else if (r.late) b.relay.read(asio::error::operation_aborted, 0, true);
            BOOST_TEST((b.relay.next() == step::finished));
            BOOST_TEST((b.relay.result().how == r.how));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_body_over_its_limit_and_a_sink_that_is_gone) {
    bench large(body_kind::chunked, 0, 4);
    large.begin({});
    BOOST_TEST((large.relay.next() == step::read));
    large.arrives("5\r\nabcde\r\n");
    BOOST_TEST((large.relay.next() == step::finished));
    BOOST_TEST((large.relay.result().how == relay_end::source_too_large));

    for (const bool late : {false, true}) {
        bench b(body_kind::length, 4);
        b.begin({.prefix = "x"});
        BOOST_TEST((b.relay.next() == step::write));
        b.relay.wrote(asio::error::broken_pipe, late);
        BOOST_TEST((b.relay.next() == step::finished));
        BOOST_TEST((b.relay.result().how == (late ? relay_end::sink_late : relay_end::sink_gone)));
    }
}

BOOST_AUTO_TEST_SUITE_END()
