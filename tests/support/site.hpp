// site.hpp - a store and a configuration that outlive the processes on them: the real binary, ended, killed and started again.
//
// Threads: start(), stop() and kill() by the test; asking from any.
#pragma once

#include "support/wire.hpp"

#include <fmt/format.h>
#include <boost/test/unit_test.hpp>

#include <signal.h>

#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::test {

// A port for a process that is started later, and again: it stays bound here, so that nobody else on the machine is given it meanwhile.
class kept_port {
 public:
    kept_port() : bound_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        const int on = 1;
        for (const int option : {SO_REUSEADDR, SO_REUSEPORT}) ::setsockopt(bound_.descriptor(), SOL_SOCKET, option, &on, sizeof on);
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof at;
        const auto address = reinterpret_cast<sockaddr*>(&at);
        if (::bind(bound_.descriptor(), address, size) != 0 || ::getsockname(bound_.descriptor(), address, &size) != 0)
            throw std::runtime_error("no port is to be had");
        number_ = ntohs(at.sin_port);
    }
    [[nodiscard]] std::uint16_t number() const noexcept { return number_; }

 private:
    socket bound_;
    std::uint16_t number_ = 0;
};

class site {
 public:
    // `apis` and `files` as of `gateway`. `environment`: of the processes. `access_log`: its path.
    site(std::string apis, const std::map<std::string, std::string>& files, const upstream& up, std::vector<std::string> environment = {},
        std::string_view access_log = "off")
        : environment_(std::move(environment)) {
        for (const auto& [name, text] : files) dir.write(name, text);
        dir.write("master.key", std::string(64, 'b'));
        for (auto mark = apis.find("@UP@"); mark != std::string::npos; mark = apis.find("@UP@")) apis.replace(mark, 4, up.address());
        file_ = dir.write("tollgate.yaml",
            fmt::format("listeners: [ {{ address: 127.0.0.1, port: {1}, treat_as_secure: true }} ]\n"
                        "management: {{ socket: \"{0}/t.sock\", listener: {{ address: 127.0.0.1, port: 0 }} }}\n"
                        "store: {{ path: \"{0}/store\", cache: 8MiB }}\naccess_log: {{ path: {3} }}\nthreads: 2\n"
                        "keys: {{ master: \"file:master.key\" }}\napis:\n{2}",
                dir.path, port, apis, access_log));
        start();
    }

    // Until it answers.
    void start() {
        running = std::make_unique<program>(std::vector<std::string>{"serve", "--config", file_}, "", environment_);
        BOOST_TEST_REQUIRE(eventually([&] {
            try {
                return by_socket("GET", "/healthz").status() == 200;
            } catch (const std::runtime_error&) {
                return false;
            }
        }));
    }
    void stop() {
        running->signal(SIGTERM);
        BOOST_TEST(running->wait() == 0);
    }
    void kill() {
        running->signal(SIGKILL);
        BOOST_TEST(running->wait() == -1);
    }

    // As the operator. Throws where nobody listens.
    message by_socket(std::string_view method, std::string_view target, std::string_view body = {}) const {
        auto s = socket::connect_unix(dir.file("t.sock"));
        s.send(request_text(method, "localhost", target, {}, body.empty() ? "" : "Content-Type: application/json\r\n", body));
        reader in(s);
        return in.response();
    }
    // A token's text. `wish`: as JSON.
    std::string create(std::string_view wish) const { return member_of(by_socket("POST", "/v1/admin/api-tokens", wish), "token"); }
    // A text of an answer's JSON, by its first name; for what is written compactly and has no escapes.
    static std::string member_of(const message& answer, std::string_view name) {
        const auto mark = fmt::format("\"{}\":\"", name);
        const auto at = answer.body.find(mark);
        if (at == std::string::npos) return {};
        const auto from = at + mark.size();
        return answer.body.substr(from, answer.body.find('"', from) - from);
    }
    // One request on a connection of its own. Throws where nobody listens.
    message ask(std::string_view method, std::string_view host, std::string_view target, std::string_view token, std::string_view more = {},
        std::string_view body = {}) const {
        auto s = socket::connect(port);
        s.send(request_text(method, host, target, token, more, body));
        reader in(s);
        return in.response();
    }

    [[nodiscard]] const std::string& config_file() const { return file_; }

    directory dir;
    kept_port kept;
    std::uint16_t port = kept.number();
    std::unique_ptr<program> running;

 private:
    std::string file_;
    std::vector<std::string> environment_;
};

}  // namespace tollgate::test
