// relay.hpp - one body from one stream to another, with bounded memory: what has arrived is written before more is read.
#pragma once

#include "body_reader.hpp"
#include "tollgate/net/stream.hpp"

#include <array>
#include <chrono>
#include <string_view>

namespace tollgate {

enum class relay_end : std::uint8_t {
    whole,
    source_gone,       // closed or failed before the end of the body
    source_late,       // its deadline passed
    source_bad,        // framing, or bytes behind the end where none may be
    source_too_large,
    sink_gone,
    sink_late,
};

struct relay_plan {
    std::string_view prefix;           // written before the first slice, in the same call
    bool chunked = false;              // framing on the way out; otherwise the bytes as they are
    bool nothing_behind = false;       // bytes behind the body are source_bad (an upstream's answer, W-6)
    bool steps_back = false;           // reads wait behind others' (net/loop)
    std::chrono::milliseconds read_within{0}, write_within{0};
};

struct relay_result {
    relay_end how = relay_end::whole;
    bool started = false;              // something was handed to the sink
};

// Up to `max` slices of what is buffered of `body`, framed for the way out. Sums of bytes never pass one window.
struct framed_slices {
    static constexpr std::size_t max = 16;
    std::array<iovec, max + 4> parts;
    std::size_t count = 0;
    char chunk_line[20];
    body_reader::step end = body_reader::step::data;  // data: there is more in the buffer
    [[nodiscard]] std::span<iovec> span() noexcept { return {parts.data(), count}; }
};
void frame_buffered(body_reader& body, std::string_view prefix, bool chunked, framed_slices& out) noexcept;

// The decisions of a relay, step by step; it reads and writes nothing itself. Bulky: it lives in a workspace.
class body_relay {
 public:
    enum class step : std::uint8_t {
        write,    // what stands in unwritten() goes to the sink, then wrote()
        read,     // more of the body is needed: into body().from(), then read()
        finished, // see result()
    };
    // Both outlive the relay.
    void begin(body_reader& body, const relay_plan& plan) noexcept;
    step next() noexcept;
    [[nodiscard]] std::span<iovec>& unwritten() noexcept { return unwritten_; }
    void wrote(const error_code& ec, bool late) noexcept;
    void read(const error_code& ec, std::size_t bytes, bool late) noexcept;

    [[nodiscard]] body_reader& body() noexcept { return *body_; }
    [[nodiscard]] const relay_plan& plan() const noexcept { return plan_; }
    [[nodiscard]] const relay_result& result() const noexcept { return result_; }

 private:
    step finish(relay_end how) noexcept;
    body_reader* body_ = nullptr;
    relay_plan plan_;
    relay_result result_;
    framed_slices slices_;
    std::span<iovec> unwritten_;
    bool framed_ = false, finished_ = false;
};

// As much as goes without waiting. True: it is finished.
bool relay_now(body_relay& r, stream& to) noexcept;
// Until the end. Awaitable parameters outlive the call. Cancellation: either stream's deadlines or cancel().
task<> relay_rest(body_relay& r, stream& from, stream& to);

}  // namespace tollgate
