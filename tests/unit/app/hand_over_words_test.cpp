// What one process says to the next, word by word.
#include "app/hand_over_words.hpp"

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <string>

using namespace tollgate;

namespace {

descriptor_channel::message message_of(std::string text, std::string_view file) {
    descriptor_channel::message m;
    m.text = std::move(text);
    if (!file.empty()) m.descriptors.push_back(*memory_file(file));
    return m;
}

struct said {
    explicit said(std::string text, std::string_view file = {}) : message(message_of(std::move(text), file)), word(read_word(message)) {}
    descriptor_channel::message message;
    hand_over_word word;
};

bool is_understood(const said& s) { return !std::holds_alternative<std::monostate>(s.word); }

const std::string key(64, 'a'), fingerprint(64, 'b');

}  // namespace

BOOST_AUTO_TEST_SUITE(hand_over_words)

BOOST_AUTO_TEST_CASE(each_word_is_read) {
    BOOST_TEST(std::get<said_hello>(said("hello 7").word).protocol == 7);
    BOOST_TEST(std::holds_alternative<said_prepare>(said("prepare").word));
    BOOST_TEST(std::holds_alternative<said_yours>(said("yours").word));
    const auto claim = std::get<said_claim>(said("claim " + key + " " + fingerprint).word);
    BOOST_TEST(claim.key.bytes[0] == 0xaa);
    BOOST_TEST(claim.fingerprint.bytes[31] == 0xbb);
    BOOST_TEST(std::get<said_ended>(said("ended " + key).word).key.bytes[31] == 0xaa);
    BOOST_TEST(*std::get<said_write>(said("write", "rows").word).operations == "rows");
    {
        said s("listener 3 1 /run/a socket", "x");
        const auto& set = std::get<listening_set>(s.word);
        BOOST_TEST(set.number == 3u);
        BOOST_TEST(set.own_file);
        BOOST_TEST(set.name == "/run/a socket");
        BOOST_TEST_REQUIRE(set.descriptors.size() == 1u);
        BOOST_TEST(s.message.descriptors.empty());
        ::close(set.descriptors.front());
    }
    const said s("connection 2 kept 192.0.2.1", "x");
    BOOST_TEST(std::get<passed_connection>(s.word).client == "192.0.2.1");
}

BOOST_AUTO_TEST_CASE(what_is_none_is_left_alone) {
    for (const char* text : {"hello", "hello x", "hello 1 ", "Prepare", "prepare ", "yours?", "claim", "ended", "listener 1 0 a", "write",
             "connection 1 kept 192.0.2.1", "nothing"})
        BOOST_TEST(!is_understood(said(text)), text);
    for (const auto& text : {"claim " + key, "claim " + key + " " + fingerprint + " x", "ended " + key + " x", "ended " + key.substr(1),
             std::string("listener x 0 a"), std::string("listener 1 0 "), std::string("connection 1 other 192.0.2.1")}) {
        const said s(text, "x");
        BOOST_TEST(!is_understood(s), text);
    }
    const said large("write", std::string(32 << 20, 'x'));
    BOOST_TEST(std::get<said_write>(large.word).operations.has_error());
}

BOOST_AUTO_TEST_SUITE_END()
