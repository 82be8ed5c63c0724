// load - the load generator of the benchmark: cheap enough to saturate a proxy on one core from another core that the origin shares.
//
//   load --connect 127.0.0.1:8080 [--seconds 3 | --requests N] [--warmup 0.3] [--connections 64] [--rate R]
//        [--host NAME] [--method GET] [--target /path]... [--tokens FILE] [--header 'Name: value']... [--body N]
//        [--expect-status 200] [--expect-body N] [--histogram 1] [--watch PID]...
//
// Closed loop (no --rate): each connection sends its next request when the answer is complete. Open loop (--rate, requests a
// second in all): requests are due at fixed times, whatever the server does, and latency counts from the time a request was
// due, so that a stall is charged to every request that it held up (no coordinated omission).
// --watch: CPU time of these processes between the end of the warm-up and the end, as `cpu_us` a request.
// Targets and tokens (one a line) are rotated; every request is rendered before the clock starts.
// Prints one JSON object. Exit 1 when an answer was not the expected one. Lengths by Content-Length or chunked.
#include "cpu_time.hpp"
#include "histogram.hpp"
#include "message_reader.hpp"
#include "options.hpp"
#include "sockets.hpp"

#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

namespace tollgate {
namespace {

std::uint64_t monotonic_ns() noexcept {
    timespec t{};
    ::clock_gettime(CLOCK_MONOTONIC, &t);
    return static_cast<std::uint64_t>(t.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(t.tv_nsec);
}

struct plan {
    endpoint to;
    std::size_t connections = 64;
    std::uint64_t warmup_ns = 0;
    std::uint64_t measure_ns = 0;        // 0: until `requests`
    std::uint64_t requests = 0;          // 0: until `measure_ns`
    std::uint64_t interval_ns = 0;       // between two requests; 0: closed loop
    unsigned expect_status = 200;
    std::int64_t expect_body = -1;       // bytes; -1: any
    std::vector<std::string> rendered;   // the requests, in turn
    std::vector<std::string> watched;    // pids
};

struct tally {
    std::uint64_t wrong_status = 0, wrong_body = 0, broken = 0, cut_off = 0, reconnects = 0;  // warm-up included
    std::uint64_t answers = 0, bytes = 0, watched_ns = 0;                                     // of the measured time
    std::uint64_t all_answers = 0;
    std::array<std::uint64_t, 600> by_status{};
    histogram latency;
};

struct connection {
    int fd = -1;
    message_reader answers;
    std::string_view unsent;
    std::uint64_t since = 0;             // when the request was sent (closed loop) or due (open loop)
    bool waiting = false;                // for an answer
};

class generator {
 public:
    explicit generator(const plan& p) : plan_(p), epoll_(::epoll_create1(EPOLL_CLOEXEC)), connections_(p.connections) {}

    const tally& run() {
        for (auto& c : connections_) open(c);
        start_ = monotonic_ns();
        due_ = start_;
        for (auto& c : connections_) next_request(c, start_);
        std::array<epoll_event, 256> events;
        while (!finished()) {
            const int n = wait(events);
            for (int i = 0; i < n; ++i) on_event(events[static_cast<std::size_t>(i)]);
            if (plan_.interval_ns != 0) send_due();
            if (!measuring_ && monotonic_ns() >= start_ + plan_.warmup_ns) begin_measuring();
        }
        end_ = monotonic_ns();
        tally_.watched_ns = cpu_time_ns(plan_.watched) - tally_.watched_ns;
        if (plan_.interval_ns != 0) account_unanswered();
        return tally_;
    }

    [[nodiscard]] double measured_seconds() const { return static_cast<double>(end_ - measure_from_) / 1e9; }
    [[nodiscard]] double total_seconds() const { return static_cast<double>(end_ - start_) / 1e9; }

 private:
    void begin_measuring() {
        tally_.watched_ns = cpu_time_ns(plan_.watched);
        measure_from_ = monotonic_ns();
        measuring_ = true;
    }

    bool finished() {
        if (!measuring_) return false;
        if (plan_.requests != 0) return tally_.answers >= plan_.requests;
        return monotonic_ns() >= measure_from_ + plan_.measure_ns;
    }

    int wait(std::array<epoll_event, 256>& events) {
        timespec limit{0, 100'000'000};
        if (plan_.interval_ns != 0 && !idle_.empty()) {
            const auto now = monotonic_ns();
            limit.tv_nsec = static_cast<long>(due_ > now ? std::min<std::uint64_t>(due_ - now, 100'000'000) : 0);
        }
        return ::epoll_pwait2(epoll_, events.data(), static_cast<int>(events.size()), &limit, nullptr);
    }

    void open(connection& c) {
        c.fd = start_connect(plan_.to);
        c.answers = {};
        c.unsent = {};
        c.waiting = false;
        watch(epoll_, c.fd, &c);
    }

    void reopen(connection& c) {
        ::close(c.fd);
        if (c.waiting) ++tally_.cut_off;
        ++tally_.reconnects;
        const bool idle = !c.waiting;
        open(c);
        if (plan_.interval_ns == 0 || !idle) next_request(c, monotonic_ns());  // an idle one of the open loop is listed already
    }

    void on_event(const epoll_event& event) {
        auto& c = *static_cast<connection*>(event.data.ptr);
        if ((event.events & EPOLLOUT) != 0 && !c.unsent.empty() && !flush(c)) return reopen(c);
        if ((event.events & (EPOLLIN | EPOLLERR | EPOLLHUP)) == 0) return;
        if (!read_answers(c, (event.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0)) reopen(c);
    }

    // False: the connection has ended.
    bool read_answers(connection& c, bool ending) {
        while (true) {
            std::size_t n = 0;
            const auto got = receive_some(c.fd, buffer_.data(), buffer_.size(), n);
            if (got != io::moved) return got == io::would_block;
            if (measuring_) tally_.bytes += n;
            std::string_view bytes(buffer_.data(), n);
            while (!bytes.empty()) {
                const auto read = c.answers.feed(bytes);
                if (read == message_reader::outcome::broken || (read == message_reader::outcome::complete && !c.waiting)) {
                    ++tally_.broken;
                    return false;
                }
                if (read == message_reader::outcome::complete && !on_answer(c)) return false;
            }
            if (n < buffer_.size() && !ending) return true;
        }
    }

    bool on_answer(connection& c) {
        const auto now = monotonic_ns();
        ++tally_.all_answers;
        c.waiting = false;
        check(c);
        if (measuring_) {
            ++tally_.answers;
            tally_.latency.record(now - c.since);
        }
        const bool closes = c.answers.closes();
        if (!closes || plan_.interval_ns != 0) next_request_or_idle(c, now, closes);
        return !closes;
    }

    void check(const connection& c) {
        const auto status = c.answers.status();
        ++tally_.by_status[std::min<std::size_t>(status, tally_.by_status.size() - 1)];
        if (status != plan_.expect_status) ++tally_.wrong_status;
        else if (plan_.expect_body >= 0 && c.answers.body_bytes() != static_cast<std::uint64_t>(plan_.expect_body)) ++tally_.wrong_body;
    }

    // Open loop: what was due and has no answer yet counts with the time that it has waited so far.
    void account_unanswered() {
        for (const auto& c : connections_)
            if (c.waiting) tally_.latency.record(end_ - c.since);
        for (; due_ <= end_; due_ += plan_.interval_ns) tally_.latency.record(end_ - due_);
    }

    void next_request_or_idle(connection& c, std::uint64_t now, bool closes) {
        if (plan_.interval_ns == 0) return next_request(c, now);
        if (closes) c.waiting = false;
        idle_.push_back(&c);
    }

    // Closed loop: sends at once. Open loop: the connection becomes free for the next request that is due.
    void next_request(connection& c, std::uint64_t now) {
        if (plan_.interval_ns != 0) return idle_.push_back(&c);
        send_request(c, now);
    }

    void send_due() {
        const auto now = monotonic_ns();
        while (due_ <= now && !idle_.empty()) {
            auto& c = *idle_.front();
            idle_.pop_front();
            send_request(c, due_);
            due_ += plan_.interval_ns;
        }
    }

    void send_request(connection& c, std::uint64_t since) {
        c.unsent = plan_.rendered[turn_];
        turn_ = turn_ + 1 == plan_.rendered.size() ? 0 : turn_ + 1;
        c.since = since;
        c.waiting = true;
        flush(c);  // a failure shows as an event
    }

    bool flush(connection& c) {
        std::size_t n = 0;
        const auto put = send_some(c.fd, c.unsent, n);
        c.unsent.remove_prefix(n);
        return put != io::closed;
    }

    const plan& plan_;
    int epoll_;
    std::vector<connection> connections_;
    std::deque<connection*> idle_;       // open loop: free, longest free first
    std::vector<char> buffer_ = std::vector<char>(256 * 1024);
    std::size_t turn_ = 0;
    std::uint64_t start_ = 0, measure_from_ = 0, end_ = 0, due_ = 0;
    bool measuring_ = false;             // the warm-up is over
    tally tally_;
};

std::vector<std::string> read_lines(const std::string& path) {
    std::vector<std::string> out;
    std::ifstream file(path);
    if (!file) die(path.c_str());
    for (std::string line; std::getline(file, line);)
        if (!line.empty()) out.push_back(line);
    return out;
}

std::vector<std::string> render_requests(const options& given) {
    auto targets = given.all("target");
    if (targets.empty()) targets.emplace_back("/");
    const auto tokens = given.text("tokens", "").empty() ? std::vector<std::string>{""} : read_lines(given.text("tokens", ""));
    const auto body = std::string(given.count("body", 0), 'x');
    std::string rest = "Host: " + given.text("host", "localhost") + "\r\nUser-Agent: load/1\r\nAccept: application/json\r\n";
    for (const auto& header : given.all("header")) rest += header + "\r\n";
    if (!body.empty()) rest += "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
    std::vector<std::string> out;
    const auto count = std::max(tokens.size(), targets.size());
    for (std::size_t i = 0; i < count; ++i) {
        const auto& token = tokens[i % tokens.size()];
        out.push_back(given.text("method", "GET") + " " + targets[i % targets.size()] + " HTTP/1.1\r\n" + rest +
            (token.empty() ? "" : "Authorization: Bearer " + token + "\r\n") + "\r\n" + body);
    }
    return out;
}

plan read_plan(const options& given) {
    plan p;
    p.to = parse_endpoint(given.text("connect", ""));
    p.connections = given.count("connections", 64);
    p.warmup_ns = static_cast<std::uint64_t>(given.number("warmup", 0.3) * 1e9);
    p.requests = given.count("requests", 0);
    p.measure_ns = static_cast<std::uint64_t>(given.number("seconds", 3) * 1e9);
    const double rate = given.number("rate", 0);
    p.interval_ns = rate > 0 ? static_cast<std::uint64_t>(1e9 / rate) : 0;
    p.expect_status = static_cast<unsigned>(given.count("expect-status", 200));
    p.expect_body = static_cast<std::int64_t>(given.number("expect-body", -1));
    p.rendered = render_requests(given);
    p.watched = given.all("watch");
    return p;
}

void print_report(const tally& t, const generator& g, bool with_histogram) {
    const auto us = [&](double q) { return static_cast<double>(t.latency.quantile(q)) / 1e3; };
    std::printf("{\"requests\":%lu,\"all_requests\":%lu,\"seconds\":%.6f,\"total_seconds\":%.6f,", t.answers, t.all_answers, g.measured_seconds(),
        g.total_seconds());
    std::printf("\"cpu_us\":%.4f,\"cpu_seconds\":%.6f,",
        static_cast<double>(t.watched_ns) / 1e3 / static_cast<double>(std::max<std::uint64_t>(t.answers, 1)),
        static_cast<double>(t.watched_ns) / 1e9);
    std::printf("\"rps\":%.1f,\"bytes\":%lu,", static_cast<double>(t.answers) / g.measured_seconds(), t.bytes);
    std::printf("\"latency_us\":{\"p50\":%.2f,\"p90\":%.2f,\"p99\":%.2f,\"p999\":%.2f,\"max\":%.2f},", us(0.5), us(0.9), us(0.99), us(0.999),
        static_cast<double>(t.latency.max()) / 1e3);
    std::printf("\"errors\":{\"status\":%lu,\"body\":%lu,\"broken\":%lu,\"cut_off\":%lu},\"reconnects\":%lu,", t.wrong_status, t.wrong_body, t.broken,
        t.cut_off, t.reconnects);
    std::printf("\"statuses\":{");
    const char* comma = "";
    for (std::size_t s = 0; s < t.by_status.size(); ++s) {
        if (t.by_status[s] == 0) continue;
        std::printf("%s\"%zu\":%lu", comma, s, t.by_status[s]);
        comma = ",";
    }
    std::printf("},\"histogram_us\":[");
    comma = "";
    if (with_histogram)
        t.latency.each([&](std::uint64_t edge, std::uint64_t count) {
            std::printf("%s[%.3f,%lu]", comma, static_cast<double>(edge) / 1e3, count);
            comma = ",";
        });
    std::printf("]}\n");
}

}  // namespace
}  // namespace tollgate

int main(int argc, char** argv) {
    using namespace tollgate;
    const options given(argc, argv,
        {"connect", "connections", "seconds", "requests", "warmup", "rate", "host", "method", "target", "tokens", "header", "body", "expect-status",
            "expect-body", "histogram", "watch"});
    ::prctl(PR_SET_TIMERSLACK, 1UL);  // the open loop's due times are met to the microsecond
    const auto p = read_plan(given);
    const auto g = std::make_unique<generator>(p);
    const auto& t = g->run();
    print_report(t, *g, given.count("histogram", 0) != 0);
    return t.wrong_status + t.wrong_body + t.broken + t.cut_off == 0 ? 0 : 1;
}
