#include "tollgate/base/priority_boost.hpp"
#include "tollgate/net/loop.hpp"

#include <boost/test/unit_test.hpp>

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

using namespace tollgate;

namespace {

// How often this thread has offered its processor: sched_yield() below stands in front of the system's.
thread_local int yields = 0;

// Turns of a loop that always has something to do.
struct turns : ready_node {
    turns(loop& l, int n) : ready_node([](ready_node& node) { static_cast<turns&>(node).one(); }), on(l), left(n) { on.soon(*this); }
    void one() {
        if (--left == 0) on.finish();
        else on.soon(*this);
    }
    loop& on;
    int left;
};

int yields_in(loop& on, int n) {
    const int before = yields;
    const turns all(on, n);
    on.run();
    on.restart();
    return yields - before;
}

}  // namespace

extern "C" int sched_yield() noexcept {
    ++yields;
    return static_cast<int>(::syscall(SYS_sched_yield));
}

BOOST_AUTO_TEST_SUITE(loop_yields)

// A change's committer, woken by the disk, may stand behind a loop that never pauses. One that takes long costs a loop no more than a short one.
BOOST_AUTO_TEST_CASE(a_busy_loop_offers_the_processor_to_whoever_commits) {
    loop on;
    BOOST_TEST(yields_in(on, 100) == 0);
    for (int commits = 0; commits < 2; ++commits) {
        const priority_boost commit;
        BOOST_TEST(yields_in(on, 100) == 3);
        BOOST_TEST(yields_in(on, 100) == 0);
    }
    BOOST_TEST(yields_in(on, 100) == 0);
}

BOOST_AUTO_TEST_SUITE_END()
