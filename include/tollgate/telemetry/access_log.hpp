// access_log.hpp - one JSON line a request: who, what, how it was judged, how long it took.
//
// The path is logged without its query, and nothing of Authorization: a secret cannot get here (C-1, T-2).
// A thread formats into its own buffer; full buffers, and every tick what there is, go to one writer thread, which may
// block on a pipe without any request noticing. When it falls behind, whole buffers are dropped and counted.
// Threads: an access_log_buffer belongs to one; access_log::submit() from any.
// Bounds: `pending_buffers` buffers of `buffer_bytes`.
#pragma once

#include "tollgate/base/byte_buffer.hpp"
#include "tollgate/base/clock.hpp"
#include "tollgate/base/log.hpp"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string_view>
#include <thread>
#include <vector>

namespace tollgate {

struct access_entry {
    timestamp at;
    std::string_view request_id;
    std::string_view client;               // an address, or "unix"; where a trusted proxy reports one, that
    std::string_view api, environment;
    std::string_view method, path, route;  // route: the template, empty where none matched
    unsigned status = 0;
    std::string_view reason;               // refusal or abort; empty: forwarded whole
    std::string_view would_refuse;         // what the API would have refused, did it enforce (C-16); empty: nothing
    std::string_view token_id, tenant, actor;
    std::string_view parent;               // of an access token: the id of what it was issued for
    std::uint64_t request_bytes = 0, response_bytes = 0;  // bodies
    std::uint64_t duration_us = 0, upstream_us = 0;
};

class access_log {
 public:
    static constexpr std::size_t buffer_bytes = 64 * 1024, pending_buffers = 128, kept_buffers = 32;
    // `descriptor`: -1 is off. Owned when `owned`.
    access_log(int descriptor, bool owned, log_sink& log);
    ~access_log();
    [[nodiscard]] bool on() const noexcept { return fd_ >= 0; }
    // Writes to the file of `descriptor` from now on, which it takes, instead of the one that it has: one that was moved away is let go. Where on().
    void reopen(int descriptor) noexcept;
    void submit(byte_buffer& buffer);  // takes the text, leaves an empty buffer with capacity
    [[nodiscard]] std::uint64_t dropped_buffers() const noexcept { return dropped_.load(std::memory_order_relaxed); }

 private:
    void run();
    bool write_out(std::string_view text);
    int fd_;
    bool owned_;
    log_sink& log_;
    std::atomic<std::uint64_t> dropped_{0};
    std::mutex mutex_;
    std::condition_variable wake_;
    std::vector<byte_buffer> waiting_, spare_;
    bool ending_ = false;
    std::thread writer_;
};

class access_log_buffer {
 public:
    explicit access_log_buffer(access_log& to) : to_(to) { text_.reserve(to.on() ? 2 * access_log::buffer_bytes : 0); }
    ~access_log_buffer() { flush(); }
    void add(const access_entry& e);
    void flush();

 private:
    access_log& to_;
    byte_buffer text_;
    std::int64_t second_ = -1;
    char date_[32] = {};  // of second_: "2026-04-01T00:00:00"
};

// Appends `text` to `out` as the inside of a JSON string. Of what is no UTF-8 every byte beyond ASCII is escaped, as if it were Latin-1: who reads
// the line as JSON, or a journal, would reject all of it otherwise.
void append_escaped(byte_buffer& out, std::string_view text);

}  // namespace tollgate
