#include "tollgate/app/master_key.hpp"

#include "scratch_directory.hpp"
#include "tollgate/codec/text.hpp"
#include "tollgate/crypto/os_random.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>

#include <cstdlib>

using namespace tollgate;
using tollgate::test::scratch_directory;

BOOST_AUTO_TEST_SUITE(master_key)

namespace {

const std::string digits = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

std::string outcome(const std::string& source) {
    const auto key = read_master_key(source);
    return key ? std::string(key->reveal() == unhex(digits).value() ? "the key" : "another key") : key.error().what;
}

}  // namespace

BOOST_AUTO_TEST_CASE(is_read_from_where_it_is_named) {
    const scratch_directory at;
    const auto file = at.write("master.key", digits + "\n");
    ::setenv("TOLLGATE_TEST_KEY", digits.c_str(), 1);
    ::setenv("CREDENTIALS_DIRECTORY", at.name("").c_str(), 1);
    const struct {
        std::string source, says;
    } rows[] = {
        {"file:" + file, "the key"},
        {"env:TOLLGATE_TEST_KEY", "the key"},
        {"credential:master.key", "the key"},
        {"file:" + at.name("none"), "cannot be read: No such file or directory; put back the one that the store was written with"},
        {"env:TOLLGATE_TEST_NO_KEY", "nothing is there"},
        {"credential:none", "cannot be read"},
        {"file:" + at.write("short.key", digits.substr(2)), "not 64 hexadecimal digits"},
        {"file:" + at.write("long.key", digits + "00"), "not 64 hexadecimal digits"},
        {"file:" + at.write("odd.key", "x" + digits.substr(1)), "not 64 hexadecimal digits"},
        {"file:" + at.write("empty.key", ""), "not 64 hexadecimal digits"},
    };
    for (const auto& r : rows) BOOST_TEST(outcome(r.source).find(r.says) != std::string::npos, r.source << ": " << outcome(r.source));
    ::unsetenv("CREDENTIALS_DIRECTORY");
    BOOST_TEST(outcome("credential:master.key").find("systemd passed no credentials") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_new_one_is_private_and_never_overwrites) {
    const scratch_directory at;
    os_random random;
    const auto path = at.name("new.key");
    BOOST_TEST(make_master_key(path, random).has_value());
    struct stat facts{};
    BOOST_REQUIRE(::stat(path.c_str(), &facts) == 0);
    BOOST_TEST((facts.st_mode & 0777) == 0600u);
    BOOST_TEST(read_master_key("file:" + path).has_value());
    const auto again = make_master_key(path, random);
    BOOST_REQUIRE(!again);
    BOOST_TEST((again.error().kind == errc::exists));
}

BOOST_AUTO_TEST_SUITE_END()
