// moving.hpp - what the tests of moving in and out share: the real binary against a gateway, lines of an import, a way in that breaks off.
#pragma once

#include "flow/rows.hpp"
#include "tollgate/codec/text.hpp"
#include "tollgate/crypto/sha256.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <set>
#include <sstream>
#include <thread>

namespace tollgate::test {

struct ended {
    int code;
    std::string out, err;
};

inline ended tollgate(const std::vector<std::string>& arguments, std::string_view input = {}) {
    program p(arguments, input);
    ended e{};
    e.out = p.output();
    e.err = p.errors();
    e.code = p.wait();
    return e;
}

inline ended tollgate(const gateway& g, std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--socket", g.socket_path()});
    return tollgate(arguments);
}

inline std::string digest_of(std::string_view text) { return hex(sha256(text).bytes); }

inline std::string line(const json::object& o) { return json::serialize(o) + "\n"; }

inline std::vector<json::value> lines_of(const std::string& text) {
    std::vector<json::value> out;
    std::istringstream in(text);
    for (std::string each; std::getline(in, each);) out.push_back(parsed(each));
    return out;
}

// How many tokens of the API there are, page after page.
inline std::size_t count_tokens(gateway& g, const std::string& api_name) {
    std::size_t n = 0;
    token_query query;
    query.api = api_name;
    do {
        const auto page = g.tokens().list(query).value();
        n += page.tokens.size();
        query.cursor = page.next_cursor;
    } while (!query.cursor.empty());
    return n;
}

inline void stop(gateway& g) {
    g.running->drain();
    g.running->wait();
    g.running.reset();
}

// Another gateway over the same configuration, and so the same store.
inline void start(gateway& g) {
    problem_list problems;
    const auto settings = load_config(g.dir.file("tollgate.yaml"), problems);
    BOOST_REQUIRE(settings.has_value());
    auto started = server::start(*settings, g.time, g.log, problems);
    BOOST_REQUIRE_MESSAGE(started, (started ? "" : started.error().what));
    g.running = std::move(*started);
}

// A socket that leads to another one for so many connections, and then is gone.
class short_way {
 public:
    short_way(const std::string& at, const std::string& to, int connections) : listener_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un name{};
        name.sun_family = AF_UNIX;
        at.copy(name.sun_path, sizeof name.sun_path - 1);
        BOOST_REQUIRE(::bind(listener_, reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0);
        BOOST_REQUIRE(::listen(listener_, 8) == 0);
        thread_ = std::thread([this, at, to, connections] {
            for (int i = 0; i < connections; ++i) serve(to);
            ::unlink(at.c_str());
            ::close(listener_);
        });
    }
    ~short_way() { thread_.join(); }

 private:
    // One request with a Content-Length, then the answer to its end.
    void serve(const std::string& to) const {
        socket from(::accept(listener_, nullptr, nullptr));
        auto onward = socket::connect_unix(to);
        std::string all;
        for (std::size_t whole = std::string::npos; all.size() < whole;) {
            const auto part = from.receive();
            if (part.empty()) return;
            all += part;
            const auto end = all.find("\r\n\r\n"), length = all.find("Content-Length: ");
            if (end != std::string::npos && length < end) whole = end + 4 + std::stoul(all.substr(length + 16));
        }
        onward.send(all);
        for (auto part = onward.receive(); !part.empty(); part = onward.receive()) from.send(part);
    }

    int listener_;
    std::thread thread_;
};

}  // namespace tollgate::test
