#include "tollgate/crypto/password.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace tollgate;

BOOST_AUTO_TEST_SUITE(password)

namespace {

constexpr password_cost kCheap{8, 1};  // libsodium's least

}  // namespace

BOOST_AUTO_TEST_CASE(a_password_fits_its_own_hash_alone) {
    const auto stored = hash_password("correct horse", kCheap).value();
    BOOST_TEST(stored.starts_with("$argon2id$v=19$m=8,t=1,p=1$"));
    BOOST_TEST(stored.find("horse") == std::string::npos);
    BOOST_TEST(stored != hash_password("correct horse", kCheap).value(), "each has a salt of its own");
    BOOST_TEST(password_fits(stored, "correct horse").value());
    for (const std::string_view other : {"", "correct horse ", "Correct horse", "correct"}) BOOST_TEST(!password_fits(stored, other).value(), other);
    BOOST_TEST(!password_fits("", "").value());
    BOOST_TEST(!password_fits("correct horse", "correct horse").value());
    BOOST_TEST(!password_fits(std::string(500, '$'), "x").value());
}

BOOST_AUTO_TEST_CASE(the_cost_is_what_it_says) {
    const auto usual = hash_password("x").value();
    BOOST_TEST(usual.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    BOOST_TEST(!is_of_other_cost(usual));
    BOOST_TEST(is_of_other_cost(hash_password("x", kCheap).value()));
    BOOST_TEST(is_of_other_cost("junk"));
}

// It is looked at like any other: whoever waits for it cannot tell that there is no account.
BOOST_AUTO_TEST_CASE(what_fits_no_password_has_the_form_and_the_cost_of_one) {
    const auto none = unfitting_password();
    BOOST_TEST(!is_of_other_cost(none));
    BOOST_TEST(none.size() == hash_password("x").value().size());
    BOOST_TEST(!password_fits(none, "").value());
    BOOST_TEST(!password_fits(none, "x").value());
}

BOOST_AUTO_TEST_SUITE_END()
