#include "tollgate/rules/refresh_family.hpp"

#include <boost/test/unit_test.hpp>

using namespace tollgate;

BOOST_AUTO_TEST_SUITE(refresh_family)

namespace {

using said = presented_refresh;
constexpr timestamp kNow{1'800'000'000'000'000};
constexpr timestamp at(std::int64_t seconds) { return {kNow.us + seconds * 1'000'000}; }

struct family {
    explicit family(std::chrono::seconds repeat) {
        rules.refresh_life = std::chrono::seconds(1000);
        rules.refresh_repeat = repeat;
        make_refresh(record, 0, said::alive, kNow, rules);
    }
    // Presents, and does what follows.
    said present(std::uint32_t generation, timestamp now = kNow) {
        const auto what = judge_refresh(record, generation, now);
        if (what == said::spent) end_family(record, now);
        if (what == said::alive || what == said::repeat) make_refresh(record, generation, what, now, rules);
        return what;
    }
    oauth_rules rules;
    authorization record;
};

}  // namespace

BOOST_AUTO_TEST_CASE(one_generation_after_the_other) {
    family f(std::chrono::seconds(0));
    for (std::uint32_t n = 1; n < 5; ++n) BOOST_TEST((f.present(n) == said::alive), n);
    BOOST_TEST(f.record.generation == 5u);
    for (const std::uint32_t never : {0u, 6u}) BOOST_TEST((f.present(never) == said::over), never);
    BOOST_TEST((f.record.state == token_state::active));
}

BOOST_AUTO_TEST_CASE(a_spent_one_ends_the_family) {
    family f(std::chrono::seconds(0));
    f.present(1);
    const auto epoch = f.record.epoch;
    BOOST_TEST((f.present(1) == said::spent));
    BOOST_TEST((f.record.state == token_state::revoked && f.record.epoch == epoch + 1));
    BOOST_TEST((f.present(2) == said::over));
}

BOOST_AUTO_TEST_CASE(each_lives_as_long_as_the_contract_says) {
    family f(std::chrono::seconds(0));
    BOOST_TEST((f.present(1, at(999)) == said::alive));
    BOOST_TEST((f.present(2, at(1998)) == said::alive));
    BOOST_TEST((f.present(3, at(2998)) == said::over));
    BOOST_TEST((f.present(2, at(2998)) == said::spent));  // reuse counts however late
}

BOOST_AUTO_TEST_CASE(a_lost_answer_is_repeated_once_while_its_successor_is_unused) {
    family f(std::chrono::seconds(30));
    f.present(1);
    BOOST_TEST((f.present(1, at(29)) == said::repeat));
    BOOST_TEST(f.record.generation == 3u);
    BOOST_TEST((f.present(3, at(30)) == said::alive));  // the fresh successor
    family late(std::chrono::seconds(30));
    late.present(1);
    BOOST_TEST((late.present(1, at(30)) == said::spent));
    family twice(std::chrono::seconds(30));
    twice.present(1);
    twice.present(1, at(1));
    BOOST_TEST((twice.present(1, at(2)) == said::spent));
    family replaced(std::chrono::seconds(30));
    replaced.present(1);
    replaced.present(1, at(1));
    BOOST_TEST((replaced.present(2, at(2)) == said::spent));  // the successor that the fresh one took the place of
    family used(std::chrono::seconds(30));
    used.present(1);
    used.present(2, at(1));
    BOOST_TEST((used.present(1, at(2)) == said::spent));
}

BOOST_AUTO_TEST_SUITE_END()
