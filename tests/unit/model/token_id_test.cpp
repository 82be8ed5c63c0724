#include "tollgate/model/token_id.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>
#include <vector>

using namespace tollgate;

BOOST_AUTO_TEST_SUITE(token_ids)

namespace {

// Counts up, so that ids are known in advance. No secret is made of it.
class counting_source final : public random_source {
 public:
    explicit counting_source(std::uint8_t first) : next_(first) {}
    void fill(std::span<std::uint8_t> out) override {
        for (auto& b : out) b = next_++;
    }

 private:
    std::uint8_t next_;
};

}  // namespace

BOOST_AUTO_TEST_CASE(made_of_time_and_randomness) {
    counting_source random(0xf0);
    const auto id = token_id::make({0x0123'4567'89ab * 1000 + 999}, random);
    const std::array<std::uint8_t, 16> expected{0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xf0, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9};
    BOOST_TEST((id.bytes == expected));
    BOOST_TEST(id.text().size() == token_id::text_bytes);
}

BOOST_AUTO_TEST_CASE(texts) {
    const std::pair<std::uint8_t, const char*> rows[] = {{0x00, "tok_00000000000000000000000000"}, {0xff, "tok_7zzzzzzzzzzzzzzzzzzzzzzzzz"}};
    for (const auto& [byte, text] : rows) {
        token_id id;
        id.bytes.fill(byte);
        BOOST_TEST(id.text() == text);
        BOOST_TEST((token_id::parse(text) == id));
    }
    token_id one;
    one.bytes[15] = 33;  // a digit of one and a digit of one: 1 * 32 + 1
    BOOST_TEST(one.text() == "tok_00000000000000000000000011");
}

BOOST_AUTO_TEST_CASE(every_bit_comes_back) {
    for (std::size_t bit = 0; bit < 128; ++bit) {
        token_id id;
        id.bytes[bit / 8] = static_cast<std::uint8_t>(1u << (bit % 8));
        BOOST_TEST((token_id::parse(id.text()) == id), "bit " << bit);
    }
}

BOOST_AUTO_TEST_CASE(texts_sort_as_ids_do) {
    counting_source random(0xfe);
    std::vector<token_id> ids;
    for (const std::int64_t ms : {0LL, 1LL, 31LL, 32LL, 1'000'000LL, 1'775'001'600'000LL, 281'474'976'710'655LL})
        ids.push_back(token_id::make({ms * 1000}, random));
    for (std::size_t i = 1; i < ids.size(); ++i) BOOST_TEST((ids[i - 1] < ids[i] && ids[i - 1].text() < ids[i].text()), i);
}

BOOST_AUTO_TEST_CASE(anything_else_is_nothing) {
    const std::string rows[] = {
        "",
        "tok_",
        "tok_0000000000000000000000000",
        "tok_000000000000000000000000000",
        "tok_80000000000000000000000000",
        "tok_z0000000000000000000000000",
        "TOK_00000000000000000000000000",
        "tok-00000000000000000000000000",
        "tok_0000000000000000000000000A",
        "tok_0000000000000000000000000i",
        "tok_0000000000000000000000000l",
        "tok_0000000000000000000000000o",
        "tok_0000000000000000000000000u",
        "tok_0000000000000000000000000 ",
        "tok_0000000000000000000000000\xff",
        std::string("tok_0000000000000000000000000\0", 30),
        " tok_0000000000000000000000000",
    };
    for (const auto& text : rows) BOOST_TEST(!token_id::parse(text).has_value(), text);
}

BOOST_AUTO_TEST_SUITE_END()
