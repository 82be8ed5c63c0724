#include "registry/grant_profiles.hpp"

#include <boost/test/unit_test.hpp>

using namespace tollgate;

namespace {

grant some_grant(std::uint32_t owner, scope_number scope) {
    grant g;
    g.id.bytes[0] = static_cast<std::uint8_t>(owner);
    g.scopes.add(scope);
    g.expires_at = timestamp{1'000};
    g.superseded_at = timestamp{2'000};
    g.api = atom{1};
    g.kind = atom{2};
    g.audience = atom{3};
    g.environment = atom{4};
    g.tenant = atom{5};
    g.owner = atom{owner};
    g.version = atom{6};
    g.epoch = 7;
    g.generation = 8;
    g.state = token_state::active;
    g.full_access = true;
    g.second_factor = true;
    g.asserted_at = timestamp{3'000};
    g.restricted_addresses = true;
    return g;
}

grant restored(const grant_profiles& from, const kept_grant& g) {
    grant out;
    from.restore(g, out);
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(grant_profiles_test)

BOOST_AUTO_TEST_CASE(a_grant_comes_back_as_it_was) {
    grant_profiles profiles;
    const auto first = some_grant(1, 10), second = some_grant(2, 511);
    const auto a = profiles.keep(first), b = profiles.keep(second), c = profiles.keep(grant{});
    BOOST_TEST((restored(profiles, a) == first));
    BOOST_TEST((restored(profiles, b) == second));
    BOOST_TEST((restored(profiles, c) == grant{}));
}

BOOST_AUTO_TEST_CASE(what_is_common_is_kept_once_and_goes_with_the_last_that_names_it) {
    grant_profiles profiles;
    const auto a = profiles.keep(some_grant(1, 10)), b = profiles.keep(some_grant(2, 10));
    BOOST_TEST(profiles.size() == 1U);
    profiles.release(a);
    BOOST_TEST(profiles.size() == 1U);
    BOOST_TEST((restored(profiles, b) == some_grant(2, 10)));
    profiles.release(b);
    BOOST_TEST(profiles.size() == 0U);
    const auto c = profiles.keep(some_grant(3, 11));  // in the place that became free
    BOOST_TEST((restored(profiles, c) == some_grant(3, 11)));
}

// bench/RESULTS.md tells the figure: digest, links and this are what an entry takes, besides its slot.
BOOST_AUTO_TEST_CASE(an_entry_is_small) { BOOST_TEST(sizeof(kept_grant) <= 64U); }

BOOST_AUTO_TEST_SUITE_END()
