// Connections on their way to another process: in order and whole where it reads, closed where it does not, and nobody waits for it.
#include "tollgate/gateway/passing_lane.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <string>
#include <tuple>
#include <vector>

using namespace tollgate;

namespace {

struct counting_log final : log_sink {
    void write(severity, std::string_view, std::initializer_list<log_field>) noexcept override { ++lines; }
    std::atomic<int> lines{0};
};

// One end is passed, the other is the caller's.
int passed_end(passing_lane& lane, std::size_t number, std::string early = {}) {
    std::array<int, 2> ends{};
    BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
    passed_connection c;
    c.listener = number;
    c.what = passed_connection::kind::kept;
    c.client = "192.0.2.1";
    c.early = std::move(early);
    c.descriptor = ends[1];
    lane.pass(std::move(c));
    return ends[0];
}

}  // namespace

BOOST_AUTO_TEST_SUITE(passing_lane_test)

BOOST_AUTO_TEST_CASE(what_is_passed_arrives_in_order) {
    auto ends = descriptor_channel::pair();
    BOOST_TEST_REQUIRE(ends.has_value());
    counting_log log;
    constexpr std::size_t count = 400;  // more than a channel holds
    std::vector<int> callers;
    {
        passing_lane lane(ends->first, log);
        for (std::size_t i = 0; i < count; ++i) callers.push_back(passed_end(lane, i, i % 2 == 0 ? "GET /" : ""));
        for (std::size_t i = 0; i < count; ++i) {
            auto m = ends->second.receive();
            BOOST_TEST_REQUIRE((m.has_value() && m->has_value()));
            const auto c = read_passed(**m);
            BOOST_TEST_REQUIRE(c.has_value());
            BOOST_TEST(c->listener == i);
            BOOST_TEST(c->early == (i % 2 == 0 ? "GET /" : ""));
            BOOST_TEST(::write(c->descriptor, "x", 1) == 1);
        }
    }
    for (const int fd : callers) {
        char got = 0;
        BOOST_TEST((::read(fd, &got, 1) == 1 && got == 'x'));
        ::close(fd);
    }
    BOOST_TEST(log.lines == 0);
}

// What one connection's bytes travel in cannot be written: that is its own trouble.
BOOST_AUTO_TEST_CASE(one_that_cannot_be_passed_takes_no_other_along) {
    auto ends = descriptor_channel::pair();
    BOOST_TEST_REQUIRE(ends.has_value());
    counting_log log;
    ::signal(SIGXFSZ, SIG_IGN);
    rlimit before{};
    BOOST_REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
    std::array<int, 2> callers{};
    {
        std::array<int, 2> first{}, second{};
        BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, first.data()) == 0);
        BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, second.data()) == 0);
        const rlimit none{0, before.rlim_max};
        BOOST_REQUIRE(::setrlimit(RLIMIT_FSIZE, &none) == 0);
        passing_lane lane(ends->first, log);
        for (const auto& [number, early, pair] : {std::tuple(1U, "GET /", first), std::tuple(2U, "", second)}) {
            passed_connection c;
            c.listener = number;
            c.what = passed_connection::kind::kept;
            c.client = "192.0.2.1";
            c.early = early;
            c.descriptor = pair[1];
            lane.pass(std::move(c));
        }
        callers = {first[0], second[0]};
    }
    BOOST_REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
    auto m = ends->second.receive();
    BOOST_TEST_REQUIRE((m.has_value() && m->has_value()));
    BOOST_TEST(read_passed(**m).value().listener == 2u);
    char got = 0;
    BOOST_TEST(::read(callers[0], &got, 1) == 0);
    for (const int fd : callers) ::close(fd);
}

BOOST_AUTO_TEST_CASE(where_nobody_reads_connections_are_closed_and_their_threads_go_on) {
    auto ends = descriptor_channel::pair();
    BOOST_TEST_REQUIRE(ends.has_value());
    counting_log log;
    std::vector<int> callers;
    {
        passing_lane lane(ends->first, log, std::chrono::milliseconds(20));
        for (std::size_t i = 0; i < 1000; ++i) callers.push_back(passed_end(lane, i));
    }
    { const auto gone = std::move(ends->second); }  // with what it was sent
    for (const int fd : callers) {
        char got = 0;
        BOOST_TEST(::read(fd, &got, 1) == 0);
        ::close(fd);
    }
    BOOST_TEST(log.lines == 2);  // that, and how many
}

BOOST_AUTO_TEST_SUITE_END()
