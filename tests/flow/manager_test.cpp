// The real binary under a service manager, which here is the test: what it is told on a real notify socket, the sockets that it hands over, and
// a watchdog that is not answered for an event loop that stands still.
#include "support/site.hpp"

#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <charconv>
#include <cstring>
#include <filesystem>

namespace tollgate::test {
namespace {

constexpr const char* one_api = "  - { name: acme, hosts: [ \"*\" ], unlisted: forward, upstream: { servers: [ \"http://@UP@\" ] } }\n";

class notify_socket {
 public:
    explicit notify_socket(std::string path) : path_(std::move(path)), fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un at{};
        at.sun_family = AF_UNIX;
        path_.copy(at.sun_path, sizeof at.sun_path - 1);
        BOOST_TEST_REQUIRE(::bind(fd_.descriptor(), reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0);
    }
    [[nodiscard]] std::string variable() const { return "NOTIFY_SOCKET=" + path_; }
    // The next that it is told; empty where nothing comes.
    std::string next() { return fd_.receive(4096); }
    // Throws away what has been told by now.
    void drain() {
        while (!fd_.receive(4096, std::chrono::milliseconds(0)).empty()) continue;
    }
    // The first that has `what` in it, and what came before it.
    std::string until(std::string_view what, std::vector<std::string>* before = nullptr) {
        for (;;) {
            auto text = next();
            if (text.empty() || has(text, what)) return text;
            if (before != nullptr) before->push_back(std::move(text));
        }
    }

 private:
    std::string path_;
    socket fd_;
};

struct managed {
    explicit managed(std::vector<std::string> environment = {}) {
        environment.push_back(notified.variable());
        at = std::make_unique<site>(one_api, std::map<std::string, std::string>{}, up, std::move(environment));
    }
    // Writes what `edit` makes of the configuration.
    void rewrite(std::string_view from, std::string_view to) const {
        auto text = read_file(at->config_file());
        const auto at_byte = text.find(from);
        BOOST_TEST_REQUIRE(at_byte != std::string::npos);
        text.replace(at_byte, from.size(), to);
        at->dir.write("tollgate.yaml", text);
    }
    upstream up;
    directory where;
    notify_socket notified{where.file("notify")};
    std::unique_ptr<site> at;
};

// A thread of `pid` that waits for events.
pid_t an_event_loop(pid_t pid, std::string_view name) {
    for (const auto& entry : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task")) {
        const auto text = read_file(entry.path().string() + "/syscall");
        int call = -1;
        std::from_chars(text.data(), text.data() + text.size(), call);
        if (call != SYS_epoll_wait && call != SYS_epoll_pwait && call != SYS_epoll_pwait2) continue;
        if (!read_file(entry.path().string() + "/comm").starts_with(name)) continue;
        return static_cast<pid_t>(std::stol(entry.path().filename().string()));
    }
    return -1;
}

int listener(const std::string& address, std::uint16_t& port) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    BOOST_TEST_REQUIRE(address == "127.0.0.1");
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    socklen_t size = sizeof at;
    BOOST_TEST_REQUIRE((::bind(fd, reinterpret_cast<sockaddr*>(&at), size) == 0 && ::listen(fd, 64) == 0));
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&at), &size);
    port = ntohs(at.sin_port);
    return fd;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(manager)

BOOST_AUTO_TEST_CASE(it_is_told_of_start_and_end) {
    managed m;
    const auto first = m.notified.next();
    BOOST_TEST(has(first, "READY=1"), first);
    BOOST_TEST(has(first, "STATUS=Serving 1 API, 0 routes"), first);
    m.at->stop();
    BOOST_TEST(has(m.notified.next(), "STOPPING=1"));
}

// `systemctl status` shows it, also of a service that has failed.
BOOST_AUTO_TEST_CASE(it_is_told_why_there_is_no_start) {
    directory where;
    std::uint16_t port = 0;
    const socket taken(listener("127.0.0.1", port));
    notify_socket notified(where.file("notify"));
    const struct {
        std::string more, says;
    } rows[] = {
        {"thread: 2\n", "STATUS=Does not start: " + where.file("tollgate.yaml") + ":"},
        {"keys: { master: \"file:none\" }\n", "STATUS=Does not start: the master key " + where.file("none")},
        {"", fmt::format("STATUS=Does not start: cannot listen on 127.0.0.1:{}", port)},
    };
    for (const auto& r : rows) {
        const auto file = where.write("tollgate.yaml",
            fmt::format("listeners: [ {{ address: 127.0.0.1, port: {1}, treat_as_secure: true }} ]\n"
                        "management: {{ socket: \"{0}/t.sock\", listener: {{ address: 127.0.0.1, port: 0 }} }}\n"
                        "store: {{ path: \"{0}/store\", cache: 8MiB }}\naccess_log: {{ path: off }}\n{2}",
                where.path, port, r.more));
        program p({"serve", "--config", file}, "", {notified.variable()});
        BOOST_TEST(p.wait() == 1);
        const auto told = notified.next();
        BOOST_TEST(told.starts_with(r.says), told);
    }
}

BOOST_AUTO_TEST_CASE(sighup_reloads_and_it_is_told_what_came_of_it) {
    managed m;
    BOOST_TEST(has(m.notified.next(), "READY=1"));
    m.rewrite("hosts: [ \"*\" ]", "hosts: [ one.example ]");
    BOOST_TEST(m.at->ask("GET", "two.example", "/", {}).status() == 401u);
    m.at->running->signal(SIGHUP);
    const auto begins = m.notified.next();
    BOOST_TEST(has(begins, "RELOADING=1"), begins);
    BOOST_TEST(has(begins, "\nMONOTONIC_USEC="), begins);
    const auto ends = m.notified.next();
    BOOST_TEST(has(ends, "READY=1"), ends);
    BOOST_TEST(has(ends, "STATUS=Serving 1 API"), ends);
    BOOST_TEST(m.at->ask("GET", "two.example", "/", {}).status() == 421u);

    m.rewrite("unlisted: forward", "unlisted: perhaps");
    m.at->running->signal(SIGHUP);
    BOOST_TEST(has(m.notified.next(), "RELOADING=1"));
    const auto failed = m.notified.next();
    BOOST_TEST(has(failed, "READY=1"), failed);
    BOOST_TEST(has(failed, "STATUS=Reload failed, and what was in force stays: "), failed);
    BOOST_TEST(has(failed, "tollgate.yaml:"), failed);
    BOOST_TEST(m.at->ask("GET", "one.example", "/", {}).status() == 401u);
    m.at->stop();
    const auto log = m.at->running->errors();
    BOOST_TEST(has(log, "the reload failed, and what was in force stays"), log);
}

// From then on it hears the new process, and nothing of the old one's end.
BOOST_AUTO_TEST_CASE(it_is_told_which_process_serves_after_an_upgrade) {
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    managed m({"WATCHDOG_USEC=900000"});
    BOOST_TEST(has(m.notified.next(), "READY=1"));
    m.at->running->signal(SIGUSR2);
    BOOST_TEST(!m.notified.until("RELOADING=1").empty());
    const auto told = m.notified.until("MAINPID=");
    BOOST_TEST(has(told, "\nREADY=1\nSTATUS=Serving 1 API, 0 routes"), told);
    pid_t next = -1;
    std::from_chars(told.data() + std::strlen("MAINPID="), told.data() + told.size(), next);
    BOOST_TEST_REQUIRE(next > 0);
    BOOST_TEST(m.at->running->wait() == 0);
    m.notified.drain();
    std::vector<std::string> before;
    BOOST_TEST(!m.notified.until("WATCHDOG=1", &before).empty());
    BOOST_TEST(before.empty());
    BOOST_TEST(::kill(next, SIGTERM) == 0);
    BOOST_TEST(!m.notified.until("STOPPING=1").empty());
    BOOST_TEST(eventually([&] { return ::waitpid(next, nullptr, WNOHANG) == next; }));
}

// A process of which one thread stands still looks alive from outside; it must not be said to be.
BOOST_AUTO_TEST_CASE(a_stuck_event_loop_is_not_answered_for) {
    for (const char* name : {"loop ", "pools"}) {
        managed m({"WATCHDOG_USEC=900000"});
        BOOST_TEST(!m.notified.until("WATCHDOG=1").empty(), name);
        pid_t thread = -1;
        BOOST_TEST_REQUIRE(eventually([&] { return (thread = an_event_loop(m.at->running->pid(), name)) != -1; }));
        BOOST_TEST_REQUIRE(::ptrace(PTRACE_SEIZE, thread, nullptr, nullptr) == 0);
        BOOST_TEST_REQUIRE(::ptrace(PTRACE_INTERRUPT, thread, nullptr, nullptr) == 0);
        int status = 0;
        BOOST_TEST_REQUIRE(::waitpid(thread, &status, __WALL) == thread);

        m.notified.drain();
        std::vector<std::string> before;
        const auto said = m.notified.until("does not turn", &before);
        BOOST_TEST(has(said, "STATUS=Event loop "), said);
        BOOST_TEST(before.size() <= 1u, name);  // the look that was on its way
        BOOST_TEST_REQUIRE(::ptrace(PTRACE_DETACH, thread, nullptr, nullptr) == 0);
        BOOST_TEST(has(m.notified.until("WATCHDOG=1"), "WATCHDOG=1"));
    }
}

BOOST_AUTO_TEST_CASE(sockets_that_are_handed_over_are_listened_on) {
    upstream up;
    directory where;
    std::uint16_t port = 0, pages = 0;
    const socket first(listener("127.0.0.1", port)), second(listener("127.0.0.1", pages));
    notify_socket notified(where.file("notify"));
    where.write("master.key", std::string(64, 'b'));
    const auto file = where.write("tollgate.yaml",
        fmt::format("listeners: [ {{ address: 127.0.0.1, port: {1}, treat_as_secure: true }} ]\n"
                    "management: {{ socket: \"{0}/t.sock\", listener: {{ address: 127.0.0.1, port: {2} }} }}\n"
                    "store: {{ path: \"{0}/store\", cache: 8MiB }}\naccess_log: {{ path: off }}\nthreads: 2\n"
                    "apis: [ {{ name: acme, hosts: [ \"*\" ], unlisted: forward, upstream: {{ servers: [ \"http://{3}\" ] }} }} ]\n",
            where.path, port, pages, up.address()));
    // A caller that comes before the gateway waits in the socket's queue, and is answered.
    auto early = socket::connect(port);
    early.send(request_text("GET", "any", "/"));
    const std::vector<int> both{first.descriptor(), second.descriptor()};
    {
        program running({"serve", "--config", file}, "", {notified.variable()}, both);
        BOOST_TEST(has(notified.next(), "READY=1"));
        reader in(early);
        BOOST_TEST(in.response().status() == 401u);
        for (int i = 0; i < 20; ++i) {  // whichever thread takes it
            auto s = socket::connect(i % 2 == 0 ? port : pages);
            s.send(request_text("GET", "any", "/healthz"));
            reader answer(s);
            BOOST_TEST(answer.response().status() == (i % 2 == 0 ? 401u : 200u));
        }
        running.signal(SIGTERM);
        BOOST_TEST(running.wait() == 0);
    }
    // And one that comes between two processes waits for the next.
    auto between = socket::connect(port);
    between.send(request_text("GET", "any", "/"));
    program next({"serve", "--config", file}, "", {notified.variable()}, both);
    reader in(between);
    BOOST_TEST(in.response().status() == 401u);
}

BOOST_AUTO_TEST_CASE(a_socket_that_no_listener_names_is_an_error) {
    directory where;
    std::uint16_t port = 0;
    const socket given(listener("127.0.0.1", port));
    const auto file = where.write("tollgate.yaml",
        fmt::format(
            "listeners: [ {{ address: 127.0.0.1, port: 0 }} ]\nmanagement: {{ socket: \"{0}/t.sock\", listener: {{ address: 127.0.0.1, port: 0 "
            "}} }}\nstore: {{ path: \"{0}/store\", cache: 8MiB }}\naccess_log: {{ path: off }}\n",
            where.path));
    program running({"serve", "--config", file}, "", {}, {given.descriptor()});
    BOOST_TEST(running.wait() == 1);
    const auto said = running.errors();
    BOOST_TEST(has(said, fmt::format("127.0.0.1:{} was handed over, and no listener", port)), said);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tollgate::test
