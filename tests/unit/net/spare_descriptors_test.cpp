// Callers are closed where no descriptor is left, also where another thread is quicker to take the one that was given up.
#include "tollgate/net/spare_descriptors.hpp"

#include "tollgate/net/listening.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <string>
#include <vector>

namespace {

int thefts = 0;           // to come
std::vector<int> stolen;  // what the other thread has

}  // namespace

// In libc's place: another thread is quicker.
extern "C" int accept4(int listener, sockaddr* from, socklen_t* size, int flags) {
    if (thefts > 0) {
        --thefts;
        stolen.push_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    }
    return static_cast<int>(::syscall(SYS_accept4, listener, from, size, flags));
}

using namespace tollgate;

namespace {

// A listener, and a process that has no descriptor left once fill() was called.
struct scarcity {
    scarcity() {
        ::getrlimit(RLIMIT_NOFILE, &before);
        const auto bound = listen_tcp("127.0.0.1", 0, 1);
        BOOST_TEST_REQUIRE(bound.has_value());
        listener = bound->descriptors.front();
        ::fcntl(listener, F_SETFL, O_NONBLOCK);
        port = static_cast<std::uint16_t>(std::stoi(bound->address.substr(bound->address.rfind(':') + 1)));
    }
    ~scarcity() {
        ::setrlimit(RLIMIT_NOFILE, &before);
        for (auto* list : {&callers, &fillers, &stolen})
            for (const int fd : *list) ::close(fd);
        stolen.clear();
        thefts = 0;
        ::close(listener);
    }
    scarcity(const scarcity&) = delete;
    int call() {
        const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        to.sin_port = htons(port);
        BOOST_TEST_REQUIRE(::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0);
        callers.push_back(fd);
        return fd;
    }
    void fill() {
        const rlimit few{static_cast<rlim_t>(::dup(listener)) + 3, before.rlim_max};
        fillers.push_back(static_cast<int>(few.rlim_cur) - 3);
        BOOST_TEST_REQUIRE(::setrlimit(RLIMIT_NOFILE, &few) == 0);
        for (int fd = ::dup(listener); fd >= 0; fd = ::dup(listener)) fillers.push_back(fd);
        BOOST_TEST_REQUIRE(errno == EMFILE);
    }
    [[nodiscard]] bool full() const {
        const int fd = ::dup(listener);
        if (fd >= 0) ::close(fd);
        return fd < 0;
    }
    static bool was_closed(int caller) {
        pollfd p{caller, POLLIN, 0};
        char byte = 0;
        return ::poll(&p, 1, 10'000) == 1 && ::recv(caller, &byte, 1, 0) <= 0;
    }
    static bool waits(int caller) {
        pollfd p{caller, POLLIN, 0};
        return ::poll(&p, 1, 0) == 0;
    }
    rlimit before{};
    int listener = -1;
    std::uint16_t port = 0;
    std::vector<int> callers, fillers;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(spare_descriptors_test)

BOOST_AUTO_TEST_CASE(who_waits_is_closed_and_the_spares_are_there_again) {
    spare_descriptors spares;
    scarcity s;
    for (int i = 0; i < 12; ++i) s.call();
    s.fill();
    BOOST_TEST(spares.turn_away(s.listener, 5) == 5u);
    BOOST_TEST(scarcity::was_closed(s.callers[4]));
    BOOST_TEST(scarcity::waits(s.callers[5]));
    BOOST_TEST(spares.turn_away(s.listener, 64) == 7u);
    for (const int caller : s.callers) BOOST_TEST(scarcity::was_closed(caller));
    BOOST_TEST(s.full());  // nothing was let go
}

BOOST_AUTO_TEST_CASE(nothing_is_risked_for_nobody) {
    spare_descriptors spares;
    scarcity s;
    s.fill();
    thefts = 1;
    BOOST_TEST(spares.turn_away(s.listener, 64) == 0u);
    BOOST_TEST(thefts == 1);
}

BOOST_AUTO_TEST_CASE(another_thread_is_quicker) {
    spare_descriptors spares;
    scarcity s;
    for (int i = 0; i < 3; ++i) s.call();
    s.fill();
    thefts = 3;
    BOOST_TEST(spares.turn_away(s.listener, 64) == 3u);
    BOOST_TEST(stolen.size() == 3u);
    for (const int caller : s.callers) BOOST_TEST(scarcity::was_closed(caller));
}

BOOST_AUTO_TEST_CASE(whoever_accepts_gives_back_what_is_missing) {
    spare_descriptors spares;
    scarcity s;
    for (int i = 0; i < 6; ++i) s.call();
    s.fill();
    thefts = 4;
    BOOST_TEST(spares.turn_away(s.listener, 64) == 0u);  // every one is gone
    for (std::size_t i = 0; i < 4; ++i) {                // and each was taken to accept a caller
        ::close(stolen.back());
        stolen.pop_back();
        const int caller = ::accept4(s.listener, nullptr, nullptr, SOCK_CLOEXEC);
        BOOST_TEST_REQUIRE(caller >= 0);
        BOOST_TEST(spares.take_back(caller));
        BOOST_TEST(scarcity::was_closed(s.callers[i]));
        BOOST_TEST(s.full());
    }
    BOOST_TEST(spares.turn_away(s.listener, 64) == 2u);
}

BOOST_AUTO_TEST_CASE(a_caller_stays_where_descriptors_are_to_be_had) {
    spare_descriptors spares;
    scarcity s;
    s.call();
    s.call();
    s.fill();
    thefts = 1;
    BOOST_TEST(spares.turn_away(s.listener, 1) == 1u);
    for (const int fd : s.fillers) ::close(fd);
    s.fillers.clear();
    const int caller = ::accept4(s.listener, nullptr, nullptr, SOCK_CLOEXEC);
    BOOST_TEST_REQUIRE(caller >= 0);
    BOOST_TEST(!spares.take_back(caller));
    BOOST_TEST(scarcity::waits(s.callers[1]));
    ::close(caller);
}

BOOST_AUTO_TEST_SUITE_END()
