// pools.hpp - what the tests of upstream pools share: servers with one answer, and a gateway with one pool.
#pragma once

#include "support/wire.hpp"

#include <fmt/format.h>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::test {

inline constexpr std::string_view ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

// Keep-alive; records each request and answers it with `answer`, or resets the connection where that is empty.
inline upstream::script says(std::string answer) {
    return [answer = std::move(answer)](upstream::connection& c) {
        for (;;) {
            auto m = c.in.request();
            if (!m.complete) return;
            c.of.record(std::move(m));
            if (answer.empty()) return c.peer.reset();
            c.peer.send(answer);
        }
    };
}

// `pool`: the keys of the pool.
struct place {
    explicit place(const std::string& pool, gateway_options options = {.threads = 1})
        : g(fmt::format("- {{ name: acme, hosts: [ \"*\" ], unlisted: forward, upstream: {{ {} }} }}\n", pool), {}, nullptr, options),
          token(g.create("acme")) {}
    message ask(std::string_view method = "GET", std::string_view fields = {}, std::string_view body = {}) {
        return g.ask(method, "acme.test", "/", token, fields, body);
    }
    double state(const upstream& of, std::string_view state) {
        return figure(
            g, fmt::format("tollgate_upstream_server_state{{pool=\"acme\",server=\"{0}\",address=\"{0}\",state=\"{1}\"}}", of.address(), state));
    }
    double pool(std::string_view name, std::string_view more = {}) {
        return figure(g, fmt::format("tollgate_upstream_pool_{}{{pool=\"acme\"{}}}", name, more));
    }
    gateway g;
    std::string token;
};

inline std::string servers(const upstream& a, const upstream& b) {
    return fmt::format("servers: [ \"http://{}\", \"http://{}\" ]", a.address(), b.address());
}

}  // namespace tollgate::test
