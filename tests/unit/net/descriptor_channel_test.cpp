// Messages with descriptors between two ends: whole, in order, and none left open that nobody took.
#include "tollgate/net/descriptor_channel.hpp"

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <iterator>
#include <thread>

using namespace tollgate;

namespace {

std::ptrdiff_t open_descriptors() {
    const std::filesystem::directory_iterator all("/proc/self/fd");
    return std::distance(begin(all), end(all));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(descriptor_channel_test)

BOOST_AUTO_TEST_CASE(what_is_sent_arrives_whole_and_in_order) {
    auto ends = descriptor_channel::pair();
    BOOST_TEST_REQUIRE(ends.has_value());
    auto& [here, there] = *ends;
    const std::string longest(descriptor_channel::text_bytes, 'x');
    BOOST_TEST(here.send("one").has_value());
    BOOST_TEST(here.send(longest).has_value());
    BOOST_TEST((*there.receive())->text == "one");
    BOOST_TEST((*there.receive())->text == longest);
    const auto nothing = there.receive(std::chrono::milliseconds(0));
    BOOST_TEST_REQUIRE(nothing.has_error());
    BOOST_TEST((nothing.error().kind == errc::unavailable));
    { const descriptor_channel gone = std::move(here); }
    const auto end = there.receive();
    BOOST_TEST_REQUIRE(end.has_value());
    BOOST_TEST(!end->has_value());
    BOOST_TEST(there.send("to nobody").has_error());
}

BOOST_AUTO_TEST_CASE(descriptors_go_along_and_none_is_left) {
    const auto before = open_descriptors();
    {
        auto ends = descriptor_channel::pair();
        BOOST_TEST_REQUIRE(ends.has_value());
        const auto file = memory_file("bytes");
        BOOST_TEST_REQUIRE(file.has_value());
        std::array<int, descriptor_channel::most_descriptors> many;
        many.fill(*file);
        BOOST_TEST(ends->first.send("many", many).has_value());
        ::close(*file);
        auto got = ends->second.receive();
        BOOST_TEST_REQUIRE((got.has_value() && got->has_value()));
        BOOST_TEST((*got)->descriptors.size() == many.size());
        const int taken = (*got)->take();
        BOOST_TEST((::fcntl(taken, F_GETFD) & FD_CLOEXEC) != 0);
        BOOST_TEST(read_memory_file(taken, 100).value() == "bytes");
        BOOST_TEST(read_memory_file(taken, 4).has_error());
        ::close(taken);
    }
    BOOST_TEST(open_descriptors() == before);
}

BOOST_AUTO_TEST_CASE(a_peer_that_reads_late_is_waited_for_and_an_end_wakes_who_listens) {
    auto ends = descriptor_channel::pair();
    BOOST_TEST_REQUIRE(ends.has_value());
    const std::string text(descriptor_channel::text_bytes, 'x');
    constexpr int messages = 200;  // more than a socket holds
    int sent = 0;
    std::thread sender([&] {
        while (sent < messages && ends->first.send(text)) ++sent;
    });
    for (int i = 0; i < messages; ++i) BOOST_TEST((*ends->second.receive())->text.size() == text.size());
    sender.join();
    BOOST_TEST(sent == messages);
    bool ended = false;
    std::thread listener([&] {
        const auto got = ends->second.receive();
        ended = got && !*got;
    });
    ends->second.end();
    listener.join();
    BOOST_TEST(ended);
}

BOOST_AUTO_TEST_CASE(a_peer_that_never_reads_is_given_up) {
    auto ends = descriptor_channel::pair();
    BOOST_TEST_REQUIRE(ends.has_value());
    const std::string text(descriptor_channel::text_bytes, 'x');
    int sent = 0;
    while (ends->first.send(text, {}, std::chrono::milliseconds(0))) ++sent;
    BOOST_TEST(sent > 0);
    const auto late = ends->first.send(text, {}, std::chrono::milliseconds(20));
    BOOST_TEST_REQUIRE(late.has_error());
    BOOST_TEST((late.error().what.find("does not take") != std::string::npos));
    for (int i = 0; i < sent; ++i) BOOST_TEST((*ends->second.receive())->text.size() == text.size());
    BOOST_TEST(ends->first.send(text).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
