// handover.hpp - what the tests of a hand-over share: the real binary, and whatever took over from it; callers that count what they lose.
//
// Threads: load's own; everything else the test's.
#pragma once

#include "support/site.hpp"

#include <boost/test/results_collector.hpp>

#include <sys/prctl.h>
#include <sys/wait.h>

#include <atomic>
#include <charconv>
#include <filesystem>
#include <thread>

namespace tollgate::test {

namespace fs = std::filesystem;

inline constexpr const char* any_acme = "  - { name: acme, hosts: [ \"*\" ], unlisted: forward, upstream: { servers: [ \"http://@UP@\" ] } }\n";

// The real binary by a link, in whose place another program can be put, and whatever took over from it.
struct served {
    explicit served(const upstream& up, std::string apis = any_acme, const std::map<std::string, std::string>& files = {}, std::string tls = {},
        std::string_view drain = "5s") {
        ::prctl(PR_SET_CHILD_SUBREAPER, 1);  // what takes over becomes this process' child when the one before has ended
        for (const auto& [name, text] : files) {
            dir.write(name, text);
            fs::permissions(dir.file(name), fs::perms::owner_read | fs::perms::owner_write);
        }
        dir.write("master.key", std::string(64, 'b'));
        install(program::binary());
        for (auto mark = apis.find("@UP@"); mark != std::string::npos; mark = apis.find("@UP@")) apis.replace(mark, 4, up.address());
        file = dir.write("tollgate.yaml",
            fmt::format("listeners:\n  - {{ address: 127.0.0.1, port: {1}, treat_as_secure: true{3} }}\n"
                        "management: {{ socket: \"{0}/t.sock\", listener: {{ address: 127.0.0.1, port: 0 }} }}\n"
                        "store: {{ path: \"{0}/store\", cache: 8MiB }}\naccess_log: {{ path: off }}\nthreads: 2\n"
                        "timeouts: {{ drain: {4} }}\nkeys: {{ master: \"file:master.key\" }}\napis:\n{2}",
                dir.path, port, apis, tls, drain));
        running = std::make_unique<program>(
            std::vector<std::string>{"serve", "--config", file}, "", std::vector<std::string>{}, std::vector<int>{}, dir.file("tollgate"));
        serving = running->pid();
        BOOST_TEST_REQUIRE(eventually([&] {
            try {
                return by_socket("GET", "/healthz").status() == 200;
            } catch (const std::runtime_error&) {
                return false;
            }
        }));
    }
    ~served() {
        namespace unit = boost::unit_test;
        if (unit::results_collector.results(unit::framework::current_test_case_id()).p_assertions_failed.get() > 0) tell_log();
        if (serving <= 0 || serving == running->pid()) return;
        ::kill(serving, SIGTERM);
        BOOST_TEST(ends(serving));
    }
    // What all of its processes said. Ends them.
    [[nodiscard]] std::string all_said() const {
        for (const pid_t one : {serving, running->pid()})
            if (one > 0) ::kill(one, SIGTERM);
        return running->errors();
    }
    void tell_log() const { BOOST_TEST_MESSAGE("what the gateway said:\n" << all_said()); }
    // What stands at the path that the first process was started by.
    void install(const std::string& path) const {
        fs::remove(dir.file("tollgate"));
        fs::create_symlink(path, dir.file("tollgate"));
    }
    void rewrite(std::string_view from, std::string_view to) const {
        auto text = read_file(file);
        const auto at = text.find(from);
        BOOST_TEST_REQUIRE(at != std::string::npos, text);
        dir.write("tollgate.yaml", text.replace(at, from.size(), to));
    }
    message by_socket(std::string_view method, std::string_view target, std::string_view body = {}) const {
        auto s = socket::connect_unix(dir.file("t.sock"));
        s.send(request_text(method, "localhost", target, {}, body.empty() ? "" : "Content-Type: application/json\r\n", body));
        reader in(s);
        return in.response();
    }
    std::string create() const {
        const auto made = by_socket("POST", "/v1/admin/api-tokens", R"({"api":"acme","name":"Test"})");
        id = site::member_of(made, "id");
        return site::member_of(made, "token");
    }
    message ask(std::string_view token, std::string_view method = "GET", std::string_view more = {}, std::string_view body = {}) const {
        auto s = socket::connect(port);
        s.send(request_text(method, "any", "/", token, more, body));
        reader in(s);
        return in.response();
    }
    // Whether the process ends, which may be this one's child or not.
    static bool ends(pid_t pid) {
        return eventually([&] { return ::waitpid(pid, nullptr, WNOHANG) == pid || ::kill(pid, 0) != 0; });
    }
    // A process starts and opens the store meanwhile, on a machine that may have much to do.
    message upgrade() const {
        auto s = socket::connect_unix(dir.file("t.sock"));
        s.send(request_text("POST", "localhost", "/v1/admin/upgrade", {}, "Content-Type: application/json\r\n", "{}"));
        pollfd answered{s.descriptor(), POLLIN, 0};
        ::poll(&answered, 1, 60'000);
        reader in(s);
        return in.response();
    }
    // Until it has worked, and the process before has ended.
    void upgrade_and_wait() {
        const auto said = upgrade();
        BOOST_TEST_REQUIRE(said.status() == 200u, said.body);
        const pid_t before = std::exchange(serving, process_of(said));
        BOOST_TEST(serving != before);
        BOOST_TEST_REQUIRE(ended(before));
    }
    bool ended(pid_t pid) const { return pid == running->pid() ? running->wait() == 0 : ends(pid); }
    static pid_t process_of(const message& said) {
        const auto at = said.body.find("\"process\":");
        pid_t out = -1;
        if (at != std::string::npos) std::from_chars(said.body.data() + at + 10, said.body.data() + said.body.size(), out);
        return out;
    }

    directory dir;
    std::string file;
    std::unique_ptr<program> running;
    pid_t serving = -1;
    kept_port kept;
    std::uint16_t port = kept.number();
    mutable std::string id;  // of the token that was made last
};

// Callers that keep their connection until they are told not to, and callers that come anew each time.
class load {
 public:
    load(std::uint16_t port, std::string token) : port_(port), token_(std::move(token)) {
        for (int i = 0; i < 8; ++i) threads_.emplace_back([this, keeps = i % 4 != 0] { run(keeps); });
    }
    ~load() { stop(); }
    void stop() {
        stopping_ = true;
        for (auto& t : threads_)
            if (t.joinable()) t.join();
    }
    std::atomic<int> answered{0}, failed{0}, refused{0};
    std::string first_failure;

 private:
    static std::string how_it_ended(const socket& s) {
        if (s.timed_out()) return "no answer in time";
        return s.was_reset() ? "reset" : "closed without an answer";
    }
    void run(bool keeps) {
        while (!stopping_) {
            try {
                auto s = socket::connect(port_);
                reader in(s);
                do {
                    s.send(request_text("GET", "any", "/", token_, keeps ? "" : "Connection: close\r\n"));
                    const auto m = in.response();
                    if (m.complete && m.status() == 200) ++answered;
                    else if (failed++ == 0) first_failure = m.complete ? m.raw_head + m.body : how_it_ended(s);
                    if (!m.complete || m.field("Connection") == "close") break;
                } while (keeps && !stopping_);
            } catch (const std::runtime_error&) {
                ++refused;
            }
        }
    }
    std::uint16_t port_;
    std::string token_;
    std::atomic<bool> stopping_{false};
    std::vector<std::thread> threads_;
};

}  // namespace tollgate::test
