#include "tollgate/telemetry/access_log.hpp"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <iterator>

namespace tollgate {
namespace {

void append_field(std::string& out, std::string_view key, std::string_view value) {
    out += ",\"";
    out += key;
    out += "\":\"";
    append_escaped(out, value);
    out += '"';
}

void append_number(std::string& out, std::string_view key, std::uint64_t value) {
    out += ",\"";
    out += key;
    out += "\":";
    const fmt::format_int digits(value);
    out.append(digits.data(), digits.size());
}

}  // namespace

void append_escaped(std::string& out, std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::size_t clean = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7f) continue;
        out.append(text, clean, i - clean);
        clean = i + 1;
        if (c == '"' || c == '\\') {
            out += '\\';
            out += static_cast<char>(c);
        } else {
            out += "\\u00";
            out += digits[c >> 4];
            out += digits[c & 15];
        }
    }
    out.append(text, clean, text.size() - clean);
}

access_log::access_log(int descriptor, bool owned, log_sink& log) : fd_(descriptor), owned_(owned), log_(log) {
    if (on()) writer_ = std::thread([this] { run(); });
}

access_log::~access_log() {
    if (!on()) return;
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    wake_.notify_one();
    writer_.join();
    if (owned_) ::close(fd_);
}

void access_log::submit(std::string& buffer) {
    std::string next;
    {
        const std::lock_guard lock(mutex_);
        if (waiting_.size() >= pending_buffers) {
            dropped_.fetch_add(1, std::memory_order_relaxed);
            buffer.clear();
            return;
        }
        if (!spare_.empty()) {
            next = std::move(spare_.back());
            spare_.pop_back();
        }
        waiting_.push_back(std::move(buffer));
    }
    wake_.notify_one();
    if (next.capacity() < 2 * buffer_bytes) next.reserve(2 * buffer_bytes);
    buffer = std::move(next);
}

void access_log::run() {
    bool complained = false;
    std::unique_lock lock(mutex_);
    for (;;) {
        wake_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
        if (waiting_.empty()) return;
        auto batch = std::move(waiting_);
        waiting_.clear();
        lock.unlock();
        for (auto& text : batch) {
            for (std::size_t done = 0; done < text.size();) {
                const auto n = ::write(fd_, text.data() + done, text.size() - done);
                if (n < 0 && errno == EINTR) continue;
                if (n <= 0) {
                    if (!complained) log_.error("the access log cannot be written; lines are lost until it can", {{"error", std::strerror(errno)}});
                    complained = true;
                    dropped_.fetch_add(1, std::memory_order_relaxed);
                    break;
                }
                complained = false;
                done += static_cast<std::size_t>(n);
            }
            text.clear();
        }
        lock.lock();
        for (auto& text : batch)
            if (spare_.size() < 16) spare_.push_back(std::move(text));
    }
}

void access_log_buffer::add(const access_entry& e) {
    if (!to_.on()) return;
    const auto second = e.at.us / 1'000'000;
    if (second != second_) {  // the date is written once a second
        second_ = second;
        const std::time_t t = second;
        std::tm parts{};
        ::gmtime_r(&t, &parts);
        std::strftime(date_, sizeof date_, "%Y-%m-%dT%H:%M:%S", &parts);
    }
    fmt::format_to(std::back_inserter(text_), FMT_COMPILE("{{\"time\":\"{}.{:06}Z\""), static_cast<const char*>(date_), e.at.us % 1'000'000);
    append_field(text_, "request_id", e.request_id);
    append_field(text_, "client", e.client);
    append_field(text_, "api", e.api);
    if (!e.environment.empty()) append_field(text_, "environment", e.environment);
    append_field(text_, "method", e.method);
    append_field(text_, "path", e.path);
    append_field(text_, "route", e.route);
    append_number(text_, "status", e.status);
    if (!e.reason.empty()) append_field(text_, "reason", e.reason);
    if (!e.token_id.empty()) append_field(text_, "token", e.token_id);
    if (!e.tenant.empty()) append_field(text_, "tenant", e.tenant);
    append_number(text_, "request_bytes", e.request_bytes);
    append_number(text_, "response_bytes", e.response_bytes);
    append_number(text_, "duration_us", e.duration_us);
    append_number(text_, "upstream_us", e.upstream_us);
    text_ += "}\n";
    if (text_.size() >= access_log::buffer_bytes) flush();
}

void access_log_buffer::flush() {
    if (!text_.empty()) to_.submit(text_);
}

}  // namespace tollgate
