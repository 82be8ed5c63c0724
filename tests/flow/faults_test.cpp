// What a machine runs out of: descriptors, disk, and somebody who reads the log. Requests go on, and so does what takes away.
#include "support/site.hpp"

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

BOOST_AUTO_TEST_SUITE(faults)

namespace {

using namespace tollgate;
using namespace tollgate::test;
using tollgate::test::socket;  // not the system call

std::size_t descriptors_of(pid_t pid) {
    const std::filesystem::directory_iterator all("/proc/" + std::to_string(pid) + "/fd");
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

// A file system of its own, in memory, that everything which asks for a temporary directory gets. Needs the right to mount.
class small_disk {
 public:
    explicit small_disk(const std::string& size) {
        mounted_ = ::mount("tollgate-test", at_.path.c_str(), "tmpfs", 0, ("size=" + size).c_str()) == 0;
        if (mounted_) ::setenv("TMPDIR", at_.path.c_str(), 1);
    }
    ~small_disk() {
        if (!mounted_) return;
        ::unsetenv("TMPDIR");
        ::umount2(at_.path.c_str(), MNT_DETACH);
    }
    small_disk(const small_disk&) = delete;
    explicit operator bool() const { return mounted_; }
    [[nodiscard]] std::uint64_t free_bytes() const {
        struct statvfs s{};
        ::statvfs(at_.path.c_str(), &s);
        return s.f_bavail * s.f_frsize;
    }
    // Takes all but `left` bytes; more each time.
    void fill(std::uint64_t left) const {
        const int fd = ::open(at_.file("filler").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        const std::string block(1 << 16, 'x');
        while (free_bytes() > left && ::write(fd, block.data(), std::min<std::uint64_t>(block.size(), free_bytes() - left)) > 0) {}
        ::close(fd);
    }
    void empty() const { ::unlink(at_.file("filler").c_str()); }

 private:
    directory at_;
    bool mounted_ = false;
};

}  // namespace

BOOST_AUTO_TEST_CASE(fault_descriptors_run_out) {
    upstream up;
    site s(any_host_api, {}, up);
    const auto token = s.create(R"({"api":"acme","name":"Test"})");
    auto served = socket::connect(s.port);
    reader in(served);
    const auto ask = [&] {
        served.send(request_text("GET", "acme.test", "/", token));
        return in.response().status();
    };
    BOOST_TEST(ask() == 200u);
    const rlimit few{descriptors_of(s.running->pid()) + 8, descriptors_of(s.running->pid()) + 8};
    BOOST_TEST_REQUIRE(::prlimit(s.running->pid(), RLIMIT_NOFILE, &few, nullptr) == 0);
    std::vector<socket> idle;
    for (int i = 0; i < 20; ++i) idle.push_back(socket::connect(s.port));  // more than there are descriptors
    // Both threads turn callers away, and neither takes the other's means to. A descriptor or two may come free meanwhile.
    std::size_t kept = 0;
    for (int i = 0; i < 20 && kept < 4; ++i) {
        auto beyond = socket::connect(s.port);
        if (beyond.stays_silent(std::chrono::seconds(5))) {
            ++kept;
            idle.push_back(std::move(beyond));
        } else {
            BOOST_TEST(beyond.receive_all().empty());
        }
    }
    BOOST_TEST(kept < 4u);
    BOOST_TEST(ask() == 200u);  // who is served stays so
    idle.clear();
    BOOST_TEST(eventually([&] { return s.ask("GET", "acme.test", "/", token).status() == 200; }));
    BOOST_TEST(has(s.by_socket("GET", "/metrics").body, "tollgate_connections_refused_total{reason=\"descriptors\"}"));
    BOOST_TEST(!has(s.by_socket("GET", "/metrics").body, "tollgate_connections_refused_total{reason=\"descriptors\"} 0\n"));
}

// Callers are told apart by a PROXY header: those of this machine are not counted.
BOOST_AUTO_TEST_CASE(row_W_13_connections_of_one_address) {
    upstream up;
    front f(&up, {.threads = 2, .more = "trusted_proxies: [ 127.0.0.1 ]\nlimits: { connections_per_address: 3 }\n", .proxy_protocol = true});
    const auto call = [&](std::string_view from) {
        auto s = f.connect();
        const auto family = from.find(':') == std::string_view::npos ? "TCP4" : "TCP6",
                   to = from.find(':') == std::string_view::npos ? "192.0.2.9" : "2001:db8::9";
        s.send(fmt::format("PROXY {} {} {} 4000 443\r\n", family, from, to) + f.head("GET / HTTP/1.1"));
        return s;
    };
    const auto status = [](socket& s) {
        reader in(s);
        return in.response().status();
    };
    std::vector<socket> held;
    for (int i = 0; i < 3; ++i) {
        held.push_back(call("192.0.2.1"));
        BOOST_TEST(status(held.back()) == 200u);
    }
    auto beyond = call("192.0.2.1");
    BOOST_TEST(status(beyond) == 0u);
    BOOST_TEST(!beyond.timed_out());
    BOOST_TEST(figure(f.g, "tollgate_connections_refused_total{reason=\"address\"}") == 1);
    auto other = call("192.0.2.2");
    BOOST_TEST(status(other) == 200u);
    held.pop_back();
    BOOST_TEST(eventually([&] {
        auto again = call("192.0.2.1");
        return status(again) == 200u;
    }));
    std::vector<socket> six;  // one /64
    for (const auto* from : {"2001:db8:0:1::1", "2001:db8:0:1::2", "2001:db8:0:1:8000::3"}) {
        six.push_back(call(from));
        BOOST_TEST(status(six.back()) == 200u);
    }
    auto neighbour = call("2001:db8:0:1::4"), stranger = call("2001:db8:0:2::1");
    BOOST_TEST(status(neighbour) == 0u);
    BOOST_TEST(status(stranger) == 200u);
}

BOOST_AUTO_TEST_CASE(fault_disk_full_under_store_and_logs) {
    const small_disk disk("400m");
    if (!disk) {
        BOOST_TEST_MESSAGE("skipped: a file system of its own can be mounted by root only");
        BOOST_TEST(::geteuid() != 0);
        return;
    }
    upstream up;
    {
        front f(&up, {.threads = 1});
        const auto ballast = f.g.dir.file("store/ballast");
        const auto create = [&] {
            std::vector<field_problem> problems;
            return f.g.tokens().create(f.g.of("acme"), named("More"), {"test", "unix"}, problems);
        };
        const auto ask = [&](std::string_view token) { return f.g.ask("GET", "acme.test", "/", token).status(); };
        const auto first = f.g.create_record("acme"), second = f.g.create_record("acme"), third = f.g.create_record("acme");
        BOOST_TEST(ask(first.text.reveal()) == 200u);
        BOOST_TEST_REQUIRE(std::filesystem::exists(ballast));
        const auto revoke = [&](const created_token& which) { return f.g.tokens().revoke(which.record.id, {"test", "unix"}).has_value(); };

        disk.fill(10 << 20);  // under the watermark: a twentieth of the disk
        const auto refused = create();
        BOOST_TEST_REQUIRE(!refused.has_value());
        BOOST_TEST((refused.error().kind == errc::unavailable));
        BOOST_TEST(has(refused.error().what, "nearly full"));
        BOOST_TEST(revoke(first));
        BOOST_TEST(ask(first.text.reveal()) == 401u);
        BOOST_TEST(ask(second.text.reveal()) == 200u);
        BOOST_TEST(std::filesystem::exists(ballast));

        disk.fill(0);
        BOOST_TEST(revoke(second));  // the ballast makes room for it
        BOOST_TEST(!std::filesystem::exists(ballast));
        BOOST_TEST(ask(second.text.reveal()) == 401u);
        BOOST_TEST(ask(third.text.reveal()) == 200u);
        disk.fill(0);  // under the log, too
        const auto body = repeated("x", 64);
        for (int i = 0; i < 200; ++i) BOOST_REQUIRE(f.g.ask("GET", "acme.test", "/" + body, third.text.reveal()).status() == 200u);
        BOOST_TEST(f.g.tokens().is_open());

        disk.empty();
        BOOST_TEST(eventually([&] { return create().has_value(); }));  // by itself
        BOOST_TEST(eventually([&] { return create().has_value() && std::filesystem::exists(ballast); }));
        BOOST_TEST(ask(first.text.reveal()) == 401u);
        BOOST_TEST(ask(third.text.reveal()) == 200u);
    }
}

BOOST_AUTO_TEST_CASE(fault_log_pipe_closed) {
    upstream up;
    site s(any_host_api, {}, up, {}, "stdout");
    const auto token = s.create(R"({"api":"acme","name":"Test"})");
    BOOST_TEST(s.ask("GET", "acme.test", "/", token).status() == 200u);
    s.running->stop_reading();
    for (int i = 0; i < 50; ++i) BOOST_TEST(s.ask("GET", "acme.test", "/", token).status() == 200u);
    BOOST_TEST(eventually([&] {
        s.ask("GET", "acme.test", "/", token);
        return !has(s.by_socket("GET", "/metrics").body, "tollgate_access_log_dropped_buffers_total 0\n");
    }));
    s.stop();
}

BOOST_AUTO_TEST_SUITE_END()
