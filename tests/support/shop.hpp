// shop.hpp - what the tests of idempotency share: an API whose POSTs count, and a way to ask twice.
//
// Threads: the upstream's scripts run on threads of their own; the rest is the test's.
#pragma once

#include "support/wire.hpp"
#include "tollgate/app/config.hpp"

#include <atomic>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::test {

inline constexpr const char* shop_contract = R"(
environments: [live, test]
tokens: [ { kind: key, format: "sh_{environment}_{random:40}" } ]
idempotency: { body: 8KiB }
)";

inline constexpr const char* shop_document = R"(
openapi: 3.1.0
info: { title: Shop, version: '1' }
security: [ { token: [ buy ] } ]
paths:
  /orders:
    post: { x-idempotency: required, responses: {} }
    put: { x-idempotency: accepted, responses: {} }
  /notes: { post: { responses: {} } }
components: { securitySchemes: { token: { type: http, scheme: bearer } } }
x-scopes: { buy: Buy, look: Look }
)";

inline constexpr const char* shop_api =
    "- { name: shop, hosts: { shop.test: live, test.shop.test: test }, contract: shop.yaml, openapi: shop.api.yaml,\n"
    "    upstream: { servers: [ \"http://@UP@\" ] } }\n";

// Counts what arrives, and answers as the query's `how` says. A `gate` may hold answers back.
class shop_upstream {
 public:
    [[nodiscard]] std::size_t orders() const { return up.requests().size(); }
    gate* hold = nullptr;  // set before the request that it is for
    std::atomic<bool> answered_held{false};
    upstream up{[this](upstream::connection& c) { serve(c); }};

 private:
    void serve(upstream::connection& c) {
        for (;;) {
            auto m = c.in.request();
            if (!m.complete) return;
            const auto line = m.start_line;
            const auto body = m.body;
            c.of.record(std::move(m));
            const auto how =
                line.find("how=") == std::string::npos ? std::string() : line.substr(line.find("how=") + 4, line.rfind(' ') - line.find("how=") - 4);
            if (how == "close") return;
            if (how == "hold") {
                hold->wait();
                answered_held = true;
            }
            if (!c.peer.send(answer(how, c.of.requests().size(), body))) return;
            if (how == "until-close") return;
        }
    }
    static std::string answer(const std::string& how, std::size_t number, const std::string& body) {
        const auto text = "{\"order\":" + std::to_string(number) + ",\"got\":\"" + body + "\"}";
        const std::string fields = "Content-Type: application/json; order=" + std::to_string(number) + "\r\nDate: Thu, 01 Jan 1970 00:00:0" +
            std::to_string(number % 10) +
            " GMT\r\nSet-Cookie: a=1\r\nX-Odd:   spaced  value \r\nSet-Cookie: b=2\r\n"
            "X-Request-Id: the-upstreams-own\r\n";
        const auto whole = [&](std::string_view status, std::string_view what) {
            return "HTTP/1.1 " + std::string(status) + "\r\n" + fields + "Content-Length: " + std::to_string(what.size()) + "\r\n\r\n" +
                std::string(what);
        };
        const auto chunked = [&](std::string_view what) {
            char size[20];
            std::snprintf(size, sizeof size, "%zx", what.size());
            return "HTTP/1.1 200 OK\r\n" + fields + "Transfer-Encoding: chunked\r\n\r\n" + size + "\r\n" + std::string(what) + "\r\n0\r\n\r\n";
        };
        if (how == "error") return whole("402 Pay First", text);
        if (how == "broken") return whole("500 Oh No", text);
        if (how == "nothing") return "HTTP/1.1 204 No Content\r\n" + fields + "\r\n";
        if (how == "chunked") return chunked(text);
        if (how == "until-close") return "HTTP/1.1 200 OK\r\n" + fields + "Connection: close\r\n\r\n" + text;
        if (how == "binary") return whole("200 OK", std::string("\0\xff\r\n\r\n0\r\n", 9));
        if (how == "large") return whole("200 OK", std::string(20'000, 'l'));
        if (how == "large-chunked") return chunked(std::string(20'000, 'c'));
        if (how == "stream") return "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 7\r\n\r\ndata: 1";
        return whole("201 Created", text);
    }
};

struct shop {
    explicit shop(gateway_options options = {})
        : g(shop_api, {{"shop.yaml", shop_contract}, {"shop.api.yaml", shop_document}}, &seen.up, std::move(options)) {}

    std::string token(std::string tenant = {}, std::string environment = "live", std::vector<std::string> scopes = {"buy"}) {
        auto wish = named("Shopper", std::move(scopes));
        wish.tenant = std::move(tenant);
        wish.environment = std::move(environment);
        return g.create("shop", std::move(wish));
    }
    // A POST with `key` as the header's value.
    message order(
        std::string_view by, std::string_view key, std::string_view query = {}, std::string_view body = "body", std::string_view more = {}) {
        return g.ask(
            "POST", "shop.test", "/orders" + std::string(query), by, "Idempotency-Key: " + std::string(key) + "\r\n" + std::string(more), body);
    }
    // The same process, as if it had been started anew.
    void restart() {
        g.running->drain();
        g.running->wait();
        g.running.reset();
        problem_list problems;
        const auto settings = load_config(g.dir.file("tollgate.yaml"), problems);
        auto started = server::start(*settings, g.time, g.log, problems);
        if (!started) throw std::runtime_error(started.error().what);
        g.running = std::move(*started);
    }

    shop_upstream seen;
    gateway g;
};

// The head without what the gateway writes anew for each answer.
inline std::string stable_head(const message& m) {
    std::string out = m.start_line + "\n";
    for (const auto& [name, value] : m.fields)
        if (name != "X-Request-Id") out += name + ": " + value + "\n";
    return out;
}

}  // namespace tollgate::test
