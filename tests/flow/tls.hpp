// tls.hpp - what the tests of TLS share: a gateway whose listener speaks TLS, an authority, callers.
#pragma once

#include "support/certificates.hpp"
#include "support/tls.hpp"
#include "support/wire.hpp"

#include <fmt/format.h>
#include <boost/test/unit_test.hpp>

#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace tollgate::test {

inline constexpr const char* one_certificate = "{ certificates: [ { certificate: acme.pem, key: acme.key } ] }";

// A message read from a TLS connection's bytes.
inline unsigned status_of(std::string_view answer) {
    return answer.size() > 12 ? static_cast<unsigned>(std::strtoul(std::string(answer.substr(9, 3)).c_str(), nullptr, 10)) : 0;
}

struct tls_front {
    explicit tls_front(const upstream& up, gateway_options options = {}, std::string apis = any_host_api)
        : g(apis, {}, &up, with_files(std::move(options))), token(g.create("acme")) {}

    [[nodiscard]] tls_caller call(tls_wishes wishes = {}) const {
        if (wishes.authorities.empty()) wishes.authorities = ca().certificate();
        if (wishes.server_name.empty()) wishes.server_name = "acme.test";
        return tls_caller(g.listener_port(), wishes);
    }
    // "GET /x HTTP/1.1" -> a whole head, with Host, the token and `fields`.
    [[nodiscard]] std::string head(std::string_view line, std::string_view fields = {}) const {
        return std::string(line) + "\r\nHost: acme.test\r\nAuthorization: Bearer " + token + "\r\n" + std::string(fields) + "\r\n";
    }
    // One request that ends its connection.
    [[nodiscard]] std::string ask(std::string_view line = "GET / HTTP/1.1", tls_wishes wishes = {}) const {
        auto c = call(std::move(wishes));
        if (!c.is_open()) return "no handshake: " + c.error();
        c.send(head(line, "Connection: close\r\n"));
        return c.receive_all();
    }

    result<void> reload() {
        problem_list problems;
        return g.running->reload(problems);
    }

    static const authority& ca() {
        static const authority made;
        return made;
    }
    static const pem_pair& pair() {
        static const pem_pair made = ca().sign({.names = {"acme.test"}});
        return made;
    }
    static gateway_options with_files(gateway_options o) {
        o.secure = false;
        if (o.tls.empty()) o.tls = one_certificate;
        o.files.emplace("acme.pem", pair().certificate);
        o.files.emplace("acme.key", pair().key);
        o.files.emplace("ca.pem", ca().certificate());
        return o;
    }

    gateway g;
    std::string token;
};

}  // namespace tollgate::test
