// Memory of coroutine frames: what was given back is taken again, by its thread and of its size.
#include "tollgate/net/frame_memory.hpp"

#include <boost/test/unit_test.hpp>

#include <cstring>
#include <set>
#include <thread>
#include <vector>

using namespace tollgate;

BOOST_AUTO_TEST_SUITE(frame_memory_test)

// All of it may be written, whatever the size; many at once, also more than a thread keeps.
BOOST_AUTO_TEST_CASE(pieces_do_not_overlap) {
    for (const std::size_t bytes : {1u, 63u, 64u, 65u, 712u, 1020u, 1021u, 2048u, 2049u, 100'000u}) {
        for (int turn = 0; turn < 2; ++turn) {
            std::vector<unsigned char*> all;
            for (int i = 0; i < 300; ++i) {
                all.push_back(static_cast<unsigned char*>(take_frame(bytes)));
                std::memset(all.back(), i & 0xff, bytes);
            }
            for (int i = 0; i < 300; ++i)
                BOOST_REQUIRE((all[static_cast<std::size_t>(i)][0] == (i & 0xff) && all[static_cast<std::size_t>(i)][bytes - 1] == (i & 0xff)));
            for (auto* p : all) give_back_frame(p, bytes);
        }
    }
}

#ifndef TOLLGATE_SANITIZED
BOOST_AUTO_TEST_CASE(what_was_given_back_is_taken_again) {
    std::set<void*> before, again;
    for (int i = 0; i < 100; ++i) before.insert(take_frame(700));
    for (auto* p : before) give_back_frame(p, 700);
    for (int i = 0; i < 100; ++i) again.insert(take_frame(704));  // of the same list
    BOOST_TEST((before == again));
    for (auto* p : again) give_back_frame(p, 704);
}
#endif

BOOST_AUTO_TEST_CASE(another_thread_may_give_back) {
    void* const frame = take_frame(500);
    std::thread([frame] { give_back_frame(frame, 500); }).join();
    void* of_other = nullptr;
    std::thread([&] { of_other = take_frame(500); }).join();
    give_back_frame(of_other, 500);
}

BOOST_AUTO_TEST_SUITE_END()
