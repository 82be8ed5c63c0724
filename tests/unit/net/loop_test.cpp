#include "tollgate/net/loop.hpp"

#include "tollgate/net/async_descriptor.hpp"
#include "tollgate/net/event.hpp"
#include "tollgate/net/spawn.hpp"

#include <boost/asio/error.hpp>
#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <future>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <vector>

using namespace tollgate;

namespace {

// Two ends of a connection: ours on the loop, theirs in the test's hands.
struct connection_pair {
    explicit connection_pair(loop& on) {
        int fds[2];
        BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) == 0);
        ours = std::make_unique<async_descriptor>(on, fds[0]);
        theirs = fds[1];
    }
    ~connection_pair() { hang_up(); }
    connection_pair(const connection_pair&) = delete;
    connection_pair& operator=(const connection_pair&) = delete;
    void send(std::string_view text) const {
        BOOST_REQUIRE(::send(theirs, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size()));
    }
    void hang_up() {
        if (theirs >= 0) ::close(std::exchange(theirs, -1));
    }
    std::unique_ptr<async_descriptor> ours;
    int theirs = -1;
};

struct heard {
    std::vector<std::string> texts;
    std::vector<error_code> ends;
};

task<> read_until_error(async_descriptor& from, heard& out) {
    std::array<char, 16> part;
    for (;;) {
        const auto [ec, n] = co_await from.read_some(part.data(), part.size());
        if (ec) {
            out.ends.push_back(ec);
            co_return;
        }
        out.texts.emplace_back(part.data(), n);
    }
}

task<> finish_after(loop& on, async_descriptor& from, heard& out) {
    co_await read_until_error(from, out);
    on.finish();
}

task<> read_then_close(async_descriptor& from, async_descriptor& other, int& order) {
    char byte;
    co_await from.read_some(&byte, 1);
    ++order;
    other.close();
}

// A piece of a body. Writes a byte to `then`, if any: somebody else has something to say meanwhile.
task<> read_a_piece(async_descriptor& from, std::vector<std::string>& order, const connection_pair* then, loop& on, std::size_t all) {
    char byte;
    co_await from.read_some(&byte, 1, true);
    order.emplace_back("piece");
    if (then != nullptr) then->send("x");
    if (order.size() == all) on.finish();
}

task<> read_a_request(async_descriptor& from, std::vector<std::string>& order, loop& on, std::size_t all) {
    char byte;
    co_await from.read_some(&byte, 1);
    order.emplace_back("request");
    if (order.size() == all) on.finish();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(loops)

// Five hundred pieces of bodies are there when a request comes: it waits for a few of them, and all are read in the end.
BOOST_AUTO_TEST_CASE(a_request_waits_for_a_few_of_those_that_step_back) {
    constexpr std::size_t pieces = 500;
    loop on;
    std::vector<std::string> order;
    connection_pair request(on);
    std::vector<std::unique_ptr<connection_pair>> bodies;
    for (std::size_t i = 0; i < pieces; ++i) {
        bodies.push_back(std::make_unique<connection_pair>(on));
        bodies.back()->send("x");
        spawn(on, read_a_piece(*bodies.back()->ours, order, i == 0 ? &request : nullptr, on, pieces + 1));
    }
    spawn(on, read_a_request(*request.ours, order, on, pieces + 1));
    on.run();
    const auto at = std::ranges::find(order, "request") - order.begin();
    BOOST_TEST(order.size() == pieces + 1);
    BOOST_TEST((at > 0 && at < 40), at << " pieces came first");
}

// Nor is a piece put off for as long as requests come.
BOOST_AUTO_TEST_CASE(who_steps_back_has_a_turn) {
    loop on;
    connection_pair body(on), busy(on);
    std::vector<std::string> order;
    const auto answer_for_ever = [](async_descriptor& from, const connection_pair& pair, const std::vector<std::string>& seen, int& turns) -> task<> {
        for (char byte; seen.empty() && turns < 1000; ++turns) {
            co_await from.read_some(&byte, 1);
            pair.send("x");
        }
    };
    int turns = 0;
    busy.send("x");
    spawn(on, answer_for_ever(*busy.ours, busy, order, turns));
    body.send("x");
    spawn(on, read_a_piece(*body.ours, order, nullptr, on, 1));
    on.run();
    BOOST_TEST(turns < 10);
}

// A child has copies of all descriptors until it executes something: closing ours takes nothing out of an epoll set then, and what it reported on
// would be gone.
BOOST_AUTO_TEST_CASE(what_is_closed_is_not_reported_on_though_a_child_has_it_still) {
    struct : loop {
        [[nodiscard]] std::ptrdiff_t watched() const {
            std::ifstream facts("/proc/self/fdinfo/" + std::to_string(epoll_));
            const std::vector<std::string> words{std::istream_iterator<std::string>(facts), {}};
            return std::ranges::count(words, "tfd:");
        }
    } on;
    const auto before = on.watched();
    connection_pair pair(on);
    BOOST_TEST(on.watched() == before + 1);
    const int of_the_child = ::fcntl(pair.ours->native(), F_DUPFD_CLOEXEC, 0);
    pair.ours.reset();
    BOOST_TEST(on.watched() == before);
    ::close(of_the_child);
}

BOOST_AUTO_TEST_CASE(bytes_are_read_as_they_come_and_then_the_end) {
    loop on;
    connection_pair pair(on);
    heard out;
    pair.send("seventeen letters");  // more than one buffer
    pair.hang_up();
    spawn(on, finish_after(on, *pair.ours, out));
    on.run();
    BOOST_TEST(out.texts == (std::vector<std::string>{"seventeen letter", "s"}), boost::test_tools::per_element());
    BOOST_REQUIRE(out.ends.size() == 1u);
    BOOST_TEST(out.ends[0] == asio::error::eof);
}

BOOST_AUTO_TEST_CASE(what_comes_later_wakes_the_loop) {
    loop on;
    connection_pair pair(on);
    heard out;
    spawn(on, finish_after(on, *pair.ours, out));
    std::thread other([&] {
        for (int i = 0; i < 100; ++i) pair.send("x");
        post_to(on, [&] { pair.ours->cancel(); });
    });
    on.run();
    other.join();
    std::string all;
    for (const auto& t : out.texts) all += t;
    BOOST_TEST(all.size() <= 100u);
    BOOST_REQUIRE(out.ends.size() == 1u);
    BOOST_TEST(out.ends[0] == asio::error::operation_aborted);
}

// Two descriptors of one batch, and the first that is served closes the other: the other hears of it, and nothing is touched that is gone.
BOOST_AUTO_TEST_CASE(a_descriptor_may_be_closed_by_another_of_the_same_batch) {
    loop on;
    connection_pair first(on), second(on);
    int order = 0;
    first.send("x");
    second.send("x");
    spawn(on, read_then_close(*first.ours, *second.ours, order));
    spawn(on, read_then_close(*second.ours, *first.ours, order));
    on.finish();
    on.run();
    BOOST_TEST(order == 2);
    BOOST_TEST(!first.ours->is_open());
    BOOST_TEST(!second.ours->is_open());
}

namespace {

task<> read_then_write(async_descriptor& on, std::string& order, int& postponed) {
    char byte;
    co_await on.read_some(&byte, 1);
    order += 'r';
    if (on.others_wait()) {
        ++postponed;
        co_await on.end_of_batch();
    }
    order += 'w';
}

}  // namespace

// Peers that sleep are woken once for what a batch has for them, not once for each.
BOOST_AUTO_TEST_CASE(what_a_batch_writes_is_written_when_all_of_it_is_read) {
    loop on;
    std::array<std::unique_ptr<connection_pair>, 3> pairs;
    std::string order;
    int postponed = 0;
    for (auto& p : pairs) {
        p = std::make_unique<connection_pair>(on);
        p->send("x");
        spawn(on, read_then_write(*p->ours, order, postponed));
    }
    on.finish();
    on.run();
    BOOST_TEST(order == "rrrwww");
    BOOST_TEST(postponed == 2);  // the last one has nobody to wait for
}

namespace {

struct quiet_report {
    bool before = false, after = true;
};

task<> look_before_and_after(loop& on, async_descriptor& idle, async_descriptor& trigger, quiet_report& out) {
    char byte;
    co_await trigger.read_some(&byte, 1);
    out.before = idle.quiet();
    co_await trigger.read_some(&byte, 1);
    out.after = idle.quiet();
    on.finish();
}

}  // namespace

// W-6: bytes that an idle upstream sent before a request came are seen before that request is served, without a system call a look.
BOOST_AUTO_TEST_CASE(a_batch_is_noted_before_it_is_acted_on) {
    loop on;
    connection_pair trigger(on), idle(on);  // the trigger is ready first
    quiet_report out;
    spawn(on, look_before_and_after(on, *idle.ours, *trigger.ours, out));
    trigger.send("1");
    std::thread other([&] {
        idle.send("unasked");  // before what makes anyone look
        trigger.send("2");
    });
    other.join();
    on.run();
    BOOST_TEST(!out.after);
}

namespace {

task<> write_all(loop& on, async_descriptor& to, std::size_t bytes, std::size_t& waits) {
    std::vector<char> block(64 * 1024, 'x');
    while (bytes > 0) {
        const auto n = ::send(to.native(), block.data(), std::min(block.size(), bytes), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n > 0) {
            bytes -= static_cast<std::size_t>(n);
            continue;
        }
        ++waits;
        const auto [ec, none] = co_await to.wait_writable();
        if (ec) break;
    }
    on.finish();
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_blocked_writer_waits_and_goes_on) {
    loop on;
    connection_pair pair(on);
    constexpr std::size_t total = 8 << 20;
    std::size_t waits = 0, got = 0;
    spawn(on, write_all(on, *pair.ours, total, waits));
    std::thread reader([&] {
        ::fcntl(pair.theirs, F_SETFL, 0);
        std::vector<char> part(100'000);
        while (got < total) {
            const auto n = ::recv(pair.theirs, part.data(), part.size(), 0);
            if (n <= 0) return;
            got += static_cast<std::size_t>(n);
        }
    });
    on.run();
    reader.join();
    BOOST_TEST(got == total);
    BOOST_TEST(waits > 0u);
    BOOST_TEST(waits < total / 1024);  // it waits, it does not spin
}

namespace {

task<> wait_for(event& e, int& woken) {
    co_await e.wait();
    ++woken;
}

}  // namespace

BOOST_AUTO_TEST_CASE(an_event_wakes_whoever_waits_whenever_it_is_set) {
    loop on;
    event early(on), late(on);
    int woken = 0;
    early.set();
    spawn(on, wait_for(early, woken));
    spawn(on, wait_for(late, woken));
    post_to(on, [&] {
        late.set();
        on.finish();
    });
    on.run();
    BOOST_TEST(woken == 2);
}

BOOST_AUTO_TEST_CASE(periods_are_counted_until_they_are_ended) {
    loop on;
    int ticks = 0;
    on.each(std::chrono::milliseconds(1), [&] {
        if (++ticks < 3) return;
        on.end_periods();
        on.finish();
    });
    on.run();
    BOOST_TEST(ticks == 3);
}

namespace {

struct noted_end {
    bool& ended;
    ~noted_end() { ended = true; }
};

task<> wait_for_ever(loop& on, int fd, bool& ended, std::promise<void>& begun) {
    const noted_end here{ended};
    async_descriptor d(on, fd);
    char byte;
    begun.set_value();
    co_await d.read_some(&byte, 1);
}

}  // namespace

// Stopped with coroutines that still wait: they end with the loop, and close what is theirs.
BOOST_AUTO_TEST_CASE(a_loop_ends_those_who_wait_for_it) {
    bool ended = false;
    int fds[2];
    BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) == 0);
    {
        loop on;
        std::promise<void> begun;
        spawn(on, wait_for_ever(on, fds[0], ended, begun));
        std::thread other([&] {
            begun.get_future().wait();
            on.stop();
        });
        on.run();
        other.join();
    }
    BOOST_TEST(ended);
    char byte;
    BOOST_TEST(::recv(fds[1], &byte, 1, 0) == 0);  // closed
    ::close(fds[1]);
}

BOOST_AUTO_TEST_SUITE_END()
