#include "tollgate/net/http_client.hpp"

#include "tollgate/codec/chunked.hpp"
#include "tollgate/codec/http_guard.hpp"
#include "tollgate/net/spawn.hpp"
#include "tollgate/net/stream.hpp"
#include "tollgate/net/upstreams.hpp"

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>

namespace tollgate {
namespace {

constexpr std::size_t most_bytes = 64 * 1024;

// What the coroutine works on; it outlives the loop's run.
struct exchange_once {
    exchange_once(const pool_board& board, const http_ask& wish) : to(board), ask(wish), bytes(io, wheel), total(wheel, *this) {}

    struct whole_time : deadline_node {
        whole_time(timer_wheel& w, exchange_once& x) noexcept
            : deadline_node(w, [](deadline_node& n) noexcept { static_cast<whole_time&>(n).of.give_up(); }), of(x) {}
        exchange_once& of;
    };
    void give_up() noexcept {
        late = true;
        bytes.cancel();
    }

    const pool_board& to;
    const http_ask& ask;
    loop io;
    timer_wheel wheel{io};
    stream bytes;
    whole_time total;
    bool late = false, ended = false;
    std::string request, received;
    response_head head;
    result<http_answer> outcome = failure{errc::unavailable, "no server accepts"};
};

std::string text_of(const http_ask& ask, const std::string& host) {
    auto out = fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", ask.method, ask.target, host);
    for (const auto& [name, value] : ask.headers) out += fmt::format("{}: {}\r\n", name, value);
    return out + fmt::format("Content-Length: {}\r\n\r\n", ask.body.size()) + ask.body;
}

// Whether all of the body is there, which then is `out`. `at_end`: nothing more comes.
bool take_body(const exchange_once& x, bool at_end, std::string& out) {
    std::string_view rest = std::string_view(x.received).substr(x.head.head_bytes);
    if (x.head.body == body_kind::none) return true;
    if (x.head.body == body_kind::length && rest.size() < x.head.content_length) return false;
    if (x.head.body == body_kind::until_close && !at_end) return false;
    if (x.head.body != body_kind::chunked) {
        out = x.head.body == body_kind::length ? rest.substr(0, x.head.content_length) : rest;
        return true;
    }
    chunk_reader chunks;
    out.clear();
    for (;;) {
        const auto step = chunks.feed(rest);
        rest.remove_prefix(step.consumed);
        out += step.data;
        if (step.what == chunk_reader::step::done) return true;
        if (step.what != chunk_reader::step::data) return false;
    }
}

task<error_code> connect_any(exchange_once& x, std::string& host) {
    error_code last = asio::error::host_not_found;
    for (const auto& server : x.to.servers) {
        const auto known = resolve_server(server);
        for (const auto& where : known.at) {
            const pool_member member(server, where, 0);
            host = member.server;
            last = co_await reach(x.bytes, x.to, member, std::chrono::seconds(5));
            if (!last || x.late) co_return last;
            x.bytes.close();
        }
    }
    co_return last;
}

task<result<http_answer>> run(exchange_once& x) {
    std::string host;
    const error_code unreached = co_await connect_any(x, host);
    const auto late = [] { return failure{errc::unavailable, "it takes too long"}; };
    if (x.late) co_return late();
    if (unreached) co_return failure{errc::unavailable, fmt::format("it cannot be reached: {}", unreached.message())};
    x.request = text_of(x.ask, host);
    iovec part{x.request.data(), x.request.size()};
    const error_code unsent = co_await x.bytes.write(std::span(&part, 1));
    if (x.late) co_return late();
    if (unsent) co_return failure{errc::io, fmt::format("the connection broke off: {}", unsent.message())};
    std::size_t scanned = 0;
    bool has_head = false;
    http_answer answer;
    for (;;) {
        const auto before = x.received.size();
        if (before >= most_bytes) co_return failure{errc::invalid, "its answer is larger than 64 KiB"};
        x.received.resize(most_bytes);
        const auto [ec, n] = co_await x.bytes.read_some(x.received.data() + before, most_bytes - before);
        x.received.resize(before + (ec ? 0 : n));
        if (x.late) co_return late();
        const bool at_end = is_end_of_stream(ec);
        if (ec && !at_end) co_return failure{errc::io, fmt::format("the connection broke off: {}", ec.message())};
        if (!has_head) {
            head_error why{};
            const auto status = read_response_head(x.received, scanned, {.head_bytes = most_bytes}, false, x.head, why);
            if (status == head_status::refused) co_return failure{errc::invalid, "its answer is not HTTP"};
            has_head = status == head_status::complete;
        }
        if (has_head && take_body(x, at_end, answer.body)) break;
        if (at_end) co_return failure{errc::io, "its answer broke off"};
    }
    answer.status = x.head.status;
    for (const auto& f : x.head) answer.headers.emplace_back(f.name, f.value);
    co_return answer;
}

task<> run_once(exchange_once& x) {
    x.outcome = co_await run(x);
    x.total.disarm();
    x.bytes.close();
    x.ended = true;
    x.wheel.stop();
    x.io.finish();
}

}  // namespace

result<http_answer> http_request(const pool_board& to, const http_ask& ask, std::chrono::milliseconds within, const std::atomic<bool>& hurry) {
    const auto once = std::make_unique<exchange_once>(to, ask);
    once->total.arm(within);
    once->wheel.start([&x = *once, &hurry] {
        if (hurry && !x.ended) x.give_up();
    });
    spawn(once->io, run_once(*once));
    once->io.run();
    return std::move(once->outcome);
}

}  // namespace tollgate
