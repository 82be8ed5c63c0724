// span_exporter.hpp - spans from the threads that serve, in batches, to a collector: by a thread of its own that no request waits for.
//
// A batch goes when it is full or its first span has waited for `longest_wait`. A collector that cannot take it now is asked again after a pause
// (rules/retry_pause.hpp); meanwhile spans wait, and beyond the bound they are dropped and counted. How a batch is sent is the caller's.
// Threads: push() from any, a short lock and no I/O; aim(), stop() the owner's; figures any.
// Bounds: bounds::spans_waiting records beside the batch under way, bounds::spans_batch a batch.
#pragma once

#include "tollgate/base/bounds.hpp"
#include "tollgate/base/clock.hpp"
#include "tollgate/base/log.hpp"
#include "tollgate/base/random.hpp"
#include "tollgate/rules/retry_pause.hpp"
#include "tollgate/telemetry/otlp.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace tollgate {

// Where spans go. `send` blocks; it ends soon once `hurry` is set.
struct span_target {
    span_resource who;
    std::function<export_outcome(const std::string& body, const std::atomic<bool>& hurry)> send;
};

class span_exporter {
 public:
    struct times {
        std::chrono::milliseconds longest_wait{5'000};
        retry_pause::rules retries{};
    };
    // `log` and `random` outlive it.
    span_exporter(log_sink& log, random_source& random, times by);
    span_exporter(log_sink& log, random_source& random) : span_exporter(log, random, times{}) {}
    ~span_exporter();
    span_exporter(const span_exporter&) = delete;
    span_exporter& operator=(const span_exporter&) = delete;

    // From the next batch on. The thread begins with the first.
    void aim(std::shared_ptr<const span_target> to);
    // Takes them, and leaves `spans` empty.
    void push(std::vector<trace_span>& spans);
    // What waits is sent, once each, as long as that takes no longer than `within`; the rest is dropped. Nothing is sent afterwards.
    void stop(std::chrono::milliseconds within);

    // In Prometheus' text form.
    [[nodiscard]] std::string metrics() const;

 private:
    enum class loss : std::uint8_t { queue, refused, unreachable };
    void run();
    void deliver(const std::vector<trace_span>& batch, const span_target& to, std::unique_lock<std::mutex>& lock);
    void lose(loss why, std::uint64_t spans) noexcept { lost_[static_cast<std::size_t>(why)].fetch_add(spans, std::memory_order_relaxed); }
    void say(const export_outcome& how);

    log_sink& log_;
    random_source& random_;
    const times by_;
    std::atomic<std::uint64_t> exported_{0}, failures_{0};
    std::array<std::atomic<std::uint64_t>, 3> lost_{};
    std::atomic<bool> hurry_{false};
    std::mutex mutex_;
    std::condition_variable wake_;
    std::vector<trace_span> waiting_;
    std::shared_ptr<const span_target> to_;
    bool ending_ = false, ended_ = false;
    bool failing_ = false;  // of the exporter's thread: it has been said
    std::thread thread_;
};

}  // namespace tollgate
