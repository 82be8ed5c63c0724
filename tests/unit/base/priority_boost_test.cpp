#include "tollgate/base/priority_boost.hpp"
#include "tollgate/base/give_way.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <thread>

using namespace tollgate;

namespace {

int nice_of_this_thread() { return ::getpriority(PRIO_PROCESS, 0); }

// Of this thread, in ns; Linux tells since 6.12, and has 0 before.
std::uint64_t slice() {
    std::array<std::uint64_t, 7> attributes{};  // struct sched_attr: the runtime stands in the fourth eight bytes
    if (::syscall(SYS_sched_getattr, 0, attributes.data(), sizeof(attributes), 0) != 0) return 0;
    return attributes[3];
}

// Whether a thread of this process may go to -15: tried in a thread of its own.
bool permitted() {
    bool may = false;
    std::thread([&] { may = ::setpriority(PRIO_PROCESS, 0, -15) == 0; }).join();
    return may;
}

boost::test_tools::assertion_result if_permitted(boost::unit_test::test_unit_id) { return permitted(); }

// In a process of its own, since what is refused once is not asked for again: whether `holds` answers true there.
template <class F>
bool in_a_child(const F& holds) {
    const auto child = ::fork();
    if (child == 0) ::_exit(holds() ? 0 : 1);
    int status = 1;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(boosting_priority)

BOOST_AUTO_TEST_CASE(lasts_as_long_as_it_lives_and_is_of_this_thread_alone, *boost::unit_test::precondition(if_permitted)) {
    const int others = nice_of_this_thread();
    const auto usual = slice();
    for (const int before : {others, others + 3}) {
        int during = 0, after = 0, meanwhile = 0;
        std::uint64_t slice_during = 0, slice_after = 0;
        std::thread([&] {
            ::setpriority(PRIO_PROCESS, 0, before);
            {
                const priority_boost boost;
                during = nice_of_this_thread();
                slice_during = slice();
                std::thread([&] { meanwhile = ::getpriority(PRIO_PROCESS, static_cast<id_t>(::getpid())); }).join();
            }
            after = nice_of_this_thread();
            slice_after = slice();
        }).join();
        BOOST_TEST(during == -15);
        BOOST_TEST(after == before);
        BOOST_TEST(meanwhile == others);
        BOOST_TEST((usual == 0 || (slice_during == 100'000 && slice_after == usual)));
    }
}

// Whoever makes changes by the thousand is not preferred for all of them. In a child, for the other tests of this second.
BOOST_AUTO_TEST_CASE(there_are_so_many_a_second) {
    BOOST_TEST(in_a_child([] {
        int effective = 0;
        for (int i = 0; i < 10 * priority_boost::most_a_second; ++i) {
            const priority_boost boost;
            effective += priority_boost::newest() != 0;
        }
        return effective >= priority_boost::most_a_second / 2 &&
            effective <= 2 * priority_boost::most_a_second;  // some were made before; two seconds at most
    }));
}

BOOST_AUTO_TEST_CASE(a_thread_that_starts_meanwhile_gives_it_back) {
    const int others = nice_of_this_thread();
    const auto usual = slice();
    int started_with = 0, gave_way_to = 0;
    std::uint64_t slice_then = 1;
    std::thread([&] {
        const priority_boost boost;
        std::thread([&] {
            started_with = nice_of_this_thread();
            give_way manners;
            gave_way_to = nice_of_this_thread();
            slice_then = slice();
        }).join();
    }).join();
    BOOST_TEST(started_with <= others);
    BOOST_TEST(gave_way_to >= 10);
    BOOST_TEST((usual == 0 || slice_then == usual));
}

BOOST_AUTO_TEST_CASE(what_is_not_permitted_is_left) {
    BOOST_TEST(in_a_child([] {
        const rlimit none{0, 0};
        if (::setrlimit(RLIMIT_NICE, &none) != 0) return false;
        if (::geteuid() == 0 && ::setresuid(65534, 65534, 65534) != 0) return true;  // nobody else can be had here (CAP_SETUID)
        if (permitted()) return true;                                              // a capability that others have, too
        const int before = nice_of_this_thread();
        const auto usual = slice();
        for (int turn = 0; turn < 2; ++turn) {
            {
                const priority_boost boost;
                if (nice_of_this_thread() != before || (usual != 0 && slice() != 100'000)) return false;
            }
            if (nice_of_this_thread() != before || slice() != usual) return false;
        }
        return true;
    }));
}

BOOST_AUTO_TEST_CASE(a_limit_of_nice_permits_it_without_privileges) {
    BOOST_TEST(in_a_child([] {
        const rlimit enough{35, 35};  // systemd: LimitNICE=-15
        if (::setrlimit(RLIMIT_NICE, &enough) != 0) return true;  // nobody may raise limits here (CAP_SYS_RESOURCE)
        if (::geteuid() == 0 && ::setresuid(65534, 65534, 65534) != 0) return true;
        const int before = nice_of_this_thread();
        for (int turn = 0; turn < 2; ++turn) {
            {
                const priority_boost boost;
                if (nice_of_this_thread() != -15) return false;
            }
            if (nice_of_this_thread() != before) return false;
        }
        return true;
    }));
}

BOOST_AUTO_TEST_SUITE_END()
