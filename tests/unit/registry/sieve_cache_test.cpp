#include "registry/sieve_cache.hpp"

#include <boost/test/unit_test.hpp>

#include <list>
#include <map>
#include <random>
#include <vector>

using namespace tollgate;

namespace {

digest key_of(std::uint64_t n) {
    digest d;
    std::memcpy(d.bytes.data(), &n, sizeof n);  // low entropy on purpose
    return d;
}

// SIEVE as the paper tells it, on a list: slow, and easy to believe.
class reference {
 public:
    explicit reference(std::size_t capacity) : capacity_(capacity) {}
    const int* find(std::uint64_t key) {
        const auto it = where_.find(key);
        if (it == where_.end()) return nullptr;
        it->second->visited = true;
        return &it->second->value;
    }
    void put(std::uint64_t key, int value) {
        if (const auto it = where_.find(key); it != where_.end()) {
            it->second->value = value;
            return;
        }
        if (where_.size() == capacity_) evict();
        queue_.push_back({key, value, false});  // newest last
        where_[key] = std::prev(queue_.end());
    }
    bool erase(std::uint64_t key) {
        const auto it = where_.find(key);
        if (it == where_.end()) return false;
        remove(it->second);
        return true;
    }

 private:
    struct entry {
        std::uint64_t key;
        int value;
        bool visited;
    };
    using place = std::list<entry>::iterator;
    void remove(place at) {
        where_.erase(at->key);
        const auto next = queue_.erase(at);
        if (hand_ == at) hand_ = next;
    }
    void evict() {
        if (hand_ == queue_.end()) hand_ = queue_.begin();
        while (hand_->visited) {
            hand_->visited = false;
            if (++hand_ == queue_.end()) hand_ = queue_.begin();
        }
        remove(hand_);
    }
    std::size_t capacity_;
    std::list<entry> queue_;
    place hand_ = queue_.end();
    std::map<std::uint64_t, place> where_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(sieve_cache_test)

BOOST_AUTO_TEST_CASE(what_nobody_asked_for_again_goes_first) {
    sieve_cache<int> cache(3);
    for (int i = 1; i <= 3; ++i) cache.put(key_of(static_cast<std::uint64_t>(i)), i);
    BOOST_TEST(*cache.find(key_of(1)) == 1);
    cache.put(key_of(4), 4);
    BOOST_TEST(cache.size() == 3u);
    BOOST_TEST(cache.find(key_of(2)) == nullptr);
    BOOST_TEST(cache.find(key_of(1)) != nullptr);
    BOOST_TEST(cache.find(key_of(4)) != nullptr);
}

BOOST_AUTO_TEST_CASE(a_peek_leaves_no_mark) {
    sieve_cache<int> cache(2);
    cache.put(key_of(1), 1);
    cache.put(key_of(2), 2);
    BOOST_TEST(cache.peek(key_of(1)) != nullptr);
    cache.put(key_of(3), 3);
    BOOST_TEST(cache.peek(key_of(1)) == nullptr);
}

BOOST_AUTO_TEST_CASE(clearing_forgets_all_and_goes_on) {
    sieve_cache<int> cache(4);
    for (std::uint64_t i = 0; i < 10; ++i) cache.put(key_of(i), 1);
    cache.clear();
    BOOST_TEST(cache.size() == 0u);
    for (std::uint64_t i = 0; i < 10; ++i) BOOST_TEST(cache.peek(key_of(i)) == nullptr);
    BOOST_TEST(!cache.erase(key_of(9)));
    cache.put(key_of(1), 7);
    BOOST_TEST(*cache.find(key_of(1)) == 7);
}

BOOST_AUTO_TEST_CASE(it_does_what_a_simple_one_does) {
    for (const std::size_t capacity : {1, 2, 7, 64}) {
        sieve_cache<int> cache(capacity);
        reference simple(capacity);
        std::mt19937_64 dice(capacity);
        for (int step = 0; step < 50'000; ++step) {
            const auto key = dice() % (capacity * 2 + 1);
            const auto what = dice() % 8;
            if (what < 4) {
                const auto* got = cache.find(key_of(key));
                const auto* expected = simple.find(key);
                BOOST_REQUIRE_MESSAGE((got == nullptr) == (expected == nullptr), "capacity " << capacity << " step " << step);
                if (got) BOOST_REQUIRE(*got == *expected);
            } else if (what < 7) {
                cache.put(key_of(key), step);
                simple.put(key, step);
            } else {
                BOOST_REQUIRE(cache.erase(key_of(key)) == simple.erase(key));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(what_leaves_is_told) {
    struct leaving {
        std::vector<int>* into;
        void operator()(int value) const { into->push_back(value); }
    };
    std::vector<int> left;
    sieve_cache<int, leaving> cache(2, {&left});
    cache.put(key_of(1), 10);
    cache.put(key_of(2), 20);
    BOOST_TEST(left.empty());
    cache.put(key_of(1), 11);
    cache.put(key_of(3), 30);
    cache.erase(key_of(2));
    const std::vector<int> expected{10, 11, 20};  // replaced, evicted, erased
    BOOST_TEST(left == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
