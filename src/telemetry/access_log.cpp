#include "tollgate/telemetry/access_log.hpp"

#include "tollgate/codec/utf8.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>

namespace tollgate {
namespace {

constexpr std::size_t kDateBytes = 19;  // "2026-04-01T00:00:00"
constexpr std::uint64_t kOnes = 0x0101'0101'0101'0101, kHighs = 0x8080'8080'8080'8080;

// Marks bytes of `w` that are zero. What stands behind the first mark may be marked wrongly.
constexpr std::uint64_t zeros(std::uint64_t w) noexcept { return (w - kOnes) & ~w & kHighs; }

// Whether one of eight bytes may need an escape: one beyond ASCII does where the text is no UTF-8.
bool may_need_escape(const char* eight) noexcept {
    std::uint64_t w;
    std::memcpy(&w, eight, sizeof w);
    const auto controls = (w - kOnes * 0x20) & ~w & kHighs;
    return ((w & kHighs) | controls | zeros(w ^ kOnes * '"') | zeros(w ^ kOnes * '\\') | zeros(w ^ kOnes * 0x7f)) != 0;
}

bool needs_escape(char c) noexcept {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == '"' || byte == '\\' || byte == 0x7f;
}

bool is_ascii(char c) noexcept { return static_cast<unsigned char>(c) < 0x80; }

bool is_plain(std::string_view text) noexcept {
    const char* p = text.data();
    const char* const end = p + text.size();
    for (; end - p >= 8; p += 8)
        if (may_need_escape(p)) return false;
    if (p != end && text.size() >= 8) return !may_need_escape(end - 8);  // some of these were looked at before
    for (; p != end; ++p)
        if (needs_escape(*p) || !is_ascii(*p)) return false;
    return true;
}

// `key` with its punctuation: `,"key":"`. `value` holds nothing that JSON escapes: an address, a method, an id.
template <std::size_t N>
void put_field(byte_buffer& out, const char (&key)[N], std::string_view value) {
    out.put(key);
    out.put(value);
    out.put('"');
}

// Any value.
template <std::size_t N>
void append_field(byte_buffer& out, const char (&key)[N], std::string_view value) {
    out.put(key);
    append_escaped(out, value);
    out.put('"');
}

template <std::size_t N>
void append_number(byte_buffer& out, const char (&key)[N], std::uint64_t value) {
    out.put(key);
    out.put_number(value);
}

void append_micros(byte_buffer& out, std::uint64_t micros) {
    char digits[6];
    for (std::size_t i = 6; i-- > 0; micros /= 10) digits[i] = static_cast<char>('0' + micros % 10);
    out.put({digits, sizeof digits});
}

}  // namespace

void append_escaped(byte_buffer& out, std::string_view text) {
    if (is_plain(text)) return out.put(text);
    constexpr std::string_view digits = "0123456789abcdef";
    const bool readable = valid_utf8(text) == text.size();
    for (const char c : text) {
        if (!needs_escape(c) && (readable || is_ascii(c))) {
            out.put(c);
        } else if (c == '"' || c == '\\') {
            out.put('\\');
            out.put(c);
        } else {
            out.put("\\u00");
            out.put(digits[static_cast<unsigned char>(c) >> 4]);
            out.put(digits[static_cast<unsigned char>(c) & 15]);
        }
    }
}

access_log::access_log(int descriptor, bool owned, log_sink& log) : fd_(descriptor), owned_(owned), log_(log) {
    waiting_.reserve(pending_buffers);
    spare_.reserve(kept_buffers);
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

// In one step, so that the writer never finds the descriptor closed.
void access_log::reopen(int descriptor) noexcept {
    if (::dup3(descriptor, fd_, O_CLOEXEC) < 0) log_.warn("the access log could not be opened again");
    ::close(descriptor);
}

void access_log::submit(byte_buffer& buffer) {
    byte_buffer next;
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
    next.reserve(2 * buffer_bytes);
    buffer = std::move(next);
}

bool access_log::write_out(std::string_view text) {
    while (!text.empty()) {
        const auto n = ::write(fd_, text.data(), text.size());
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        text.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
}

void access_log::run() {
    bool complained = false;
    std::vector<byte_buffer> batch;
    std::unique_lock lock(mutex_);
    for (;;) {
        wake_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
        if (waiting_.empty()) return;
        batch.swap(waiting_);
        lock.unlock();
        for (auto& text : batch) {
            const bool written = write_out(text.view());
            if (!written && !complained)
                log_.error("the access log cannot be written; lines are lost until it can", {{"error", std::strerror(errno)}});
            if (!written) dropped_.fetch_add(1, std::memory_order_relaxed);
            complained = !written;
            text.clear();
        }
        lock.lock();
        for (auto& text : batch)
            if (spare_.size() < kept_buffers) spare_.push_back(std::move(text));
        batch.clear();
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
    auto& out = text_;
    out.put("{\"time\":\"");
    out.put({date_, kDateBytes});
    out.put('.');
    append_micros(out, static_cast<std::uint64_t>(e.at.us % 1'000'000));
    out.put("Z\",\"request_id\":\"");
    out.put(e.request_id);
    out.put('"');
    put_field(out, ",\"client\":\"", e.client);
    append_field(out, ",\"api\":\"", e.api);
    if (!e.environment.empty()) append_field(out, ",\"environment\":\"", e.environment);
    put_field(out, ",\"method\":\"", e.method);
    append_field(out, ",\"path\":\"", e.path);
    append_field(out, ",\"route\":\"", e.route);
    append_number(out, ",\"status\":", e.status);
    if (!e.reason.empty()) append_field(out, ",\"reason\":\"", e.reason);
    if (!e.would_refuse.empty()) append_field(out, ",\"would_refuse\":\"", e.would_refuse);
    if (!e.token_id.empty()) put_field(out, ",\"token\":\"", e.token_id);
    if (!e.parent.empty()) put_field(out, ",\"parent\":\"", e.parent);
    if (!e.tenant.empty()) append_field(out, ",\"tenant\":\"", e.tenant);
    if (!e.actor.empty()) append_field(out, ",\"actor\":\"", e.actor);
    append_number(out, ",\"request_bytes\":", e.request_bytes);
    append_number(out, ",\"response_bytes\":", e.response_bytes);
    append_number(out, ",\"duration_us\":", e.duration_us);
    append_number(out, ",\"upstream_us\":", e.upstream_us);
    out.put("}\n");
    if (text_.size() >= access_log::buffer_bytes) flush();
}

void access_log_buffer::flush() {
    if (!text_.empty()) to_.submit(text_);
}

}  // namespace tollgate
