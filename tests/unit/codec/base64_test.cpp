#include "tollgate/codec/base64.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <string>
#include <utility>
#include <vector>

using namespace tollgate;

BOOST_AUTO_TEST_SUITE(base64)

BOOST_AUTO_TEST_CASE(published_values) {  // RFC 4648 §10
    const std::pair<std::string, std::string> rows[] = {
        {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};
    for (const auto& [plain, text] : rows) {
        BOOST_TEST(unbase64(text).value() == plain);
        const auto bare = text.substr(0, text.find('='));
        BOOST_TEST(base64url({reinterpret_cast<const std::uint8_t*>(plain.data()), plain.size()}) == bare);
        std::array<std::uint8_t, 8> out{};
        BOOST_TEST(read_base64url(bare, out).value() == plain.size());
        BOOST_TEST(std::string(reinterpret_cast<const char*>(out.data()), plain.size()) == plain);
    }
    BOOST_TEST(base64url(std::vector<std::uint8_t>{0xfb, 0xff}) == "-_8");
    BOOST_TEST(unbase64("+/8=").value() == "\xfb\xff");
}

BOOST_AUTO_TEST_CASE(one_value_has_one_text) {
    std::array<std::uint8_t, 8> out{};
    for (const auto* wrong : {"Zh", "Zg==", "Z", "Zm9v Yg", "+/8", "Zm9vYmFyZm9vYmFy"}) BOOST_TEST(!read_base64url(wrong, out).has_value(), wrong);
    for (const auto* wrong : {"Zg=", "Zh==", "-_8=", "Zg==Zg==", "===="}) BOOST_TEST(!unbase64(wrong).has_value(), wrong);
}

BOOST_AUTO_TEST_SUITE_END()
