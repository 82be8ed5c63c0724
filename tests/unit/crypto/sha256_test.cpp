#include "tollgate/crypto/sha256.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <thread>
#include <vector>

using namespace tollgate;

BOOST_AUTO_TEST_SUITE(sha256_of_text)

namespace {

std::string hex_of(const digest& d) {
    constexpr char digits[] = "0123456789abcdef";
    std::string out;
    for (const auto b : d.bytes) out += {digits[b >> 4], digits[b & 15]};
    return out;
}

}  // namespace

BOOST_AUTO_TEST_CASE(published_vectors) {  // FIPS 180-4, NIST's examples
    const std::pair<std::string, const char*> rows[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
        {std::string(1'000'000, 'a'), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
    };
    for (int round = 0; round < 2; ++round)  // the context is used again
        for (const auto& [text, expected] : rows) BOOST_TEST(hex_of(sha256(text)) == expected);
}

BOOST_AUTO_TEST_CASE(every_thread_has_its_own_context) {
    const auto expected = sha256("a secret of some length, longer than nothing");
    std::vector<int> wrong(4);
    std::vector<std::thread> threads;
    for (auto& count : wrong)
        threads.emplace_back([&count, &expected] {
            for (int i = 0; i < 2000; ++i) {
                count += sha256(std::string(static_cast<std::size_t>(i % 200), 'x')) == expected;
                count += sha256("a secret of some length, longer than nothing") != expected;
            }
        });
    for (auto& t : threads) t.join();
    BOOST_TEST(wrong == std::vector<int>(4), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
