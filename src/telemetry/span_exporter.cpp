#include "tollgate/telemetry/span_exporter.hpp"

#include "tollgate/base/thread_name.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace tollgate {
namespace {

std::uint64_t count_of(const std::vector<trace_span>& spans) noexcept {
    std::uint64_t n = 0;
    for (const auto& s : spans) n += s.count();
    return n;
}

std::uint64_t any_number(random_source& from) {
    std::array<std::uint8_t, 8> bytes{};
    from.fill(bytes);
    std::uint64_t n = 0;
    for (const auto b : bytes) n = n << 8 | b;
    return n;
}

}  // namespace

span_exporter::span_exporter(log_sink& log, random_source& random, times by) : log_(log), random_(random), by_(by) {}

span_exporter::~span_exporter() { stop(std::chrono::milliseconds(0)); }

void span_exporter::aim(std::shared_ptr<const span_target> to) {
    const std::lock_guard lock(mutex_);
    if (to == nullptr || ended_) return;  // what waits goes where it was to go
    to_ = std::move(to);
    if (thread_.joinable()) return;
    thread_ = std::thread([this] {
        name_this_thread("traces");
        run();
    });
}

void span_exporter::push(std::vector<trace_span>& spans) {
    if (spans.empty()) return;
    {
        const std::lock_guard lock(mutex_);
        const auto room = ended_ ? 0 : bounds::spans_waiting - std::min(bounds::spans_waiting, waiting_.size());
        const auto taken = std::min(room, spans.size());
        std::move(spans.begin(), spans.begin() + static_cast<std::ptrdiff_t>(taken), std::back_inserter(waiting_));
        for (auto i = taken; i < spans.size(); ++i) lose(loss::queue, spans[i].count());
    }
    wake_.notify_all();
    spans.clear();
}

void span_exporter::stop(std::chrono::milliseconds within) {
    {
        std::unique_lock lock(mutex_);
        ending_ = true;
        wake_.notify_all();
        if (thread_.joinable()) wake_.wait_for(lock, within, [this] { return ended_; });
        hurry_ = true;
        wake_.notify_all();
    }
    if (thread_.joinable()) thread_.join();
    const std::lock_guard lock(mutex_);
    ended_ = true;
    lose(loss::unreachable, count_of(waiting_));
    waiting_.clear();
}

void span_exporter::run() {
    std::unique_lock lock(mutex_);
    for (;;) {
        wake_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
        if (!ending_) wake_.wait_for(lock, by_.longest_wait, [this] { return ending_ || waiting_.size() >= bounds::spans_batch; });
        if (waiting_.empty() || hurry_) {
            if (!ending_) continue;
            ended_ = true;
            wake_.notify_all();
            return;
        }
        const auto size = static_cast<std::ptrdiff_t>(std::min(bounds::spans_batch, waiting_.size()));
        std::vector<trace_span> batch(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(waiting_.begin() + size));
        waiting_.erase(waiting_.begin(), waiting_.begin() + size);
        deliver(batch, *std::shared_ptr(to_), lock);
    }
}

// Holds the lock where it waits, and nowhere else.
void span_exporter::deliver(const std::vector<trace_span>& batch, const span_target& to, std::unique_lock<std::mutex>& lock) {
    using kind = export_outcome::kind;
    lock.unlock();
    const auto spans = count_of(batch);
    const auto body = write_spans(to.who, batch);
    retry_pause pauses(by_.retries);
    for (;;) {
        const auto how = to.send(body, hurry_);
        say(how);
        if (how.what == kind::accepted) {
            const auto rejected = std::min(how.rejected, spans);
            exported_ += spans - rejected;
            lose(loss::refused, rejected);
            return lock.lock();
        }
        failures_ += 1;
        const auto pause = how.what == kind::refused ? std::nullopt : pauses.next(how.retry_after, any_number(random_));
        lock.lock();
        const bool last = ending_;
        if (pause && !last) wake_.wait_for(lock, *pause, [this] { return ending_; });
        if (!pause || last || hurry_) return lose(how.what == kind::refused ? loss::refused : loss::unreachable, spans);
        lock.unlock();
    }
}

void span_exporter::say(const export_outcome& how) {
    const bool good = how.what == export_outcome::kind::accepted && how.rejected == 0;
    if (!good && !std::exchange(failing_, true)) log_.warn("spans cannot be exported as they should", {{"why", how.why}});
    if (good && std::exchange(failing_, false)) log_.info("spans are exported again");
}

std::string span_exporter::metrics() const {
    std::string out =
        "# HELP tollgate_spans_exported_total Spans of traced requests that the collector took.\n"
        "# TYPE tollgate_spans_exported_total counter\n";
    out += fmt::format("tollgate_spans_exported_total {}\n", exported_.load());
    out +=
        "# HELP tollgate_spans_dropped_total Spans that were lost, by reason: too many waited, the collector refused them or could not be reached.\n"
        "# TYPE tollgate_spans_dropped_total counter\n";
    constexpr std::array<std::string_view, 3> reasons{"queue", "refused", "unreachable"};
    for (std::size_t i = 0; i < reasons.size(); ++i)
        out += fmt::format("tollgate_spans_dropped_total{{reason=\"{}\"}} {}\n", reasons[i], lost_[i].load());
    out +=
        "# HELP tollgate_span_export_failures_total Tries to send a batch of spans that failed.\n"
        "# TYPE tollgate_span_export_failures_total counter\n";
    return out + fmt::format("tollgate_span_export_failures_total {}\n", failures_.load());
}

}  // namespace tollgate
