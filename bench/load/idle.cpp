// idle - holds keep-alive connections that do nothing, each after one request.
//
//   idle --connect 127.0.0.1:8080 --connections 19000 [--host NAME] [--target /path] [--header 'Name: value']...
//
// Prints {"held":N} when all are open and idle, and waits for the end of its standard input. Then it asks once more on each and
// prints {"alive":M}: how many of them were still good. Exit 1 when one is not. One thread, blocking.
#include "message_reader.hpp"
#include "options.hpp"
#include "sockets.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <string>
#include <vector>

namespace tollgate {
namespace {

void make_blocking(int fd) { ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) & ~O_NONBLOCK); }

void allow_descriptors() {
    rlimit most{};
    ::getrlimit(RLIMIT_NOFILE, &most);
    most.rlim_cur = most.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &most);
}

bool ask(int fd, std::string_view request) {
    for (std::size_t n = 0; !request.empty(); request.remove_prefix(n))
        if (send_some(fd, request, n) != io::moved) return false;
    message_reader answer;
    std::array<char, 16384> part;
    for (;;) {
        std::size_t n = 0;
        if (receive_some(fd, part.data(), part.size(), n) != io::moved) return false;
        std::string_view bytes(part.data(), n);
        const auto read = answer.feed(bytes);
        if (read != message_reader::outcome::more) return read == message_reader::outcome::complete && !answer.closes();
    }
}

std::string render(const options& given) {
    std::string out = "GET " + given.text("target", "/") + " HTTP/1.1\r\nHost: " + given.text("host", "localhost") + "\r\n";
    for (const auto& header : given.all("header")) out += header + "\r\n";
    return out + "\r\n";
}

}  // namespace
}  // namespace tollgate

int main(int argc, char** argv) {
    using namespace tollgate;
    const options given(argc, argv, {"connect", "connections", "host", "target", "header"});
    allow_descriptors();
    const auto to = parse_endpoint(given.text("connect", ""));
    const auto request = render(given);
    std::vector<int> held;
    for (std::size_t i = given.count("connections", 1000); i > 0; --i) {
        const int fd = start_connect(to);
        make_blocking(fd);
        if (!ask(fd, request)) die("a connection was not answered");
        held.push_back(fd);
    }
    std::printf("{\"held\":%zu}\n", held.size());
    std::fflush(stdout);
    while (std::getchar() != EOF) {}
    std::size_t alive = 0;
    for (const int fd : held) alive += ask(fd, request) ? 1 : 0;
    std::printf("{\"alive\":%zu}\n", alive);
    return alive == held.size() ? 0 : 1;
}
