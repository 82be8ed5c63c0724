#include "tollgate/base/give_way.hpp"

#include <boost/test/unit_test.hpp>

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <ctime>
#include <thread>

using namespace tollgate;
using namespace std::chrono_literals;

namespace {

std::chrono::nanoseconds used() {
    timespec t{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return std::chrono::seconds(t.tv_sec) + std::chrono::nanoseconds(t.tv_nsec);
}

void work(std::chrono::nanoseconds of_the_processor) {
    const auto began = used();
    while (used() - began < of_the_processor) continue;
}

// As conf/systemd/tollgate.service has it: this thread's setpriority() and sched_setattr() are answered EPERM from now on.
bool forbid_priorities() {
    std::array code{
        sock_filter{BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, nr)},
        sock_filter{BPF_JMP | BPF_JEQ | BPF_K, 1, 0, SYS_setpriority},
        sock_filter{BPF_JMP | BPF_JEQ | BPF_K, 0, 1, SYS_sched_setattr},
        sock_filter{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | EPERM},
        sock_filter{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW},
    };
    const sock_fprog program{code.size(), code.data()};
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(giving_way)

BOOST_AUTO_TEST_CASE(by_priority_of_this_thread_alone) {
    const int before = ::getpriority(PRIO_PROCESS, 0);
    int of_the_thread = 0;
    std::chrono::nanoseconds rest = 1s;
    std::thread([&] {
        give_way manners;
        of_the_thread = ::getpriority(PRIO_PROCESS, 0);
        work(2ms);
        rest = manners.rest();
    }).join();
    BOOST_TEST(of_the_thread >= 10);
    BOOST_TEST(::getpriority(PRIO_PROCESS, 0) == before);
    BOOST_TEST(rest.count() == 0);
}

BOOST_AUTO_TEST_CASE(by_rests_where_priorities_are_forbidden) {
    bool forbidden = false;
    std::chrono::nanoseconds first{}, second{};
    std::thread([&] {
        forbidden = forbid_priorities();
        if (!forbidden) return;
        give_way manners;
        if (::getpriority(PRIO_PROCESS, 0) >= 10) return;  // it gives way already
        work(4ms);
        first = manners.rest();
        work(1ms);
        second = manners.rest();
    }).join();
    if (!forbidden || ::getpriority(PRIO_PROCESS, 0) >= 10) {
        BOOST_TEST_MESSAGE("no filter of system calls, or a low priority already");
        return;
    }
    BOOST_TEST((first >= 12ms));
    BOOST_TEST((second >= 3ms && second < first));
}

BOOST_AUTO_TEST_SUITE_END()
