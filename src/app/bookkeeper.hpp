// bookkeeper.hpp - who writes down what was done: denials and use of tokens, the audit logs' heads, segments and cuts, and a warning
// before tokens expire. (C-7, C-8)
//
// One thread of its own, off every event loop, looks after it; what it misses while the store is ill it does the next time.
// Threads: start() and stop() by the owner; the rest any. Lifetime: registry and database outlive it.
#pragma once

#include "app/audit_keys.hpp"
#include "tollgate/audit/audit_keeper.hpp"
#include "tollgate/audit/denial_log.hpp"
#include "tollgate/base/clock.hpp"
#include "tollgate/base/log.hpp"
#include "tollgate/control/activity.hpp"
#include "tollgate/registry/registry.hpp"
#include "tollgate/store/database.hpp"
#include "tollgate/usage/usage_log.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

namespace tollgate {

class bookkeeper {
 public:
    struct options {
        audit_keys keys;
        std::optional<std::chrono::microseconds> retention;  // of the audit logs; unset: for ever
    };
    // Both logs are open then, and say so where they go on under another key. Errors: of the databases.
    static result<std::unique_ptr<bookkeeper>> open(registry& tokens, database& local, const options& o, const clock& time, log_sink& log);
    // The APIs whose tokens are announced before they expire.
    void watch(std::vector<std::string> apis) {
        const std::lock_guard lock(names_);
        apis_ = std::move(apis);
    }
    ~bookkeeper() { stop(); }

    // Done once an hour, too. Before start().
    void each_hour(std::function<void()> also) { each_hour_ = std::move(also); }
    void start();
    // Writes what is left and says the heads a last time.
    void stop();
    // After stop(), and after the databases were opened again, which another process may have written meanwhile.
    result<void> resume();

    [[nodiscard]] usage_log& uses() noexcept { return uses_; }
    [[nodiscard]] denial_log& denials() noexcept { return *denials_; }
    [[nodiscard]] const std::vector<audit_log>& logs() const noexcept { return logs_; }
    // Tokens that end within the next fortnight, as counted last; at most bounds::expiring_counted.
    [[nodiscard]] std::uint64_t tokens_expiring() const noexcept { return expiring_.load(std::memory_order_relaxed); }
    // What the thread does each time, for tests: `hourly` includes what is done once an hour.
    void look_after(bool hourly);

 private:
    bookkeeper(registry& tokens, database& local, const options& o, const clock& time, log_sink& log);
    void run();
    // Opens the databases again that a failed write has left unable to write.
    void write_out();
    void recover();
    // Counts what expires soon, and says each once, a fortnight ahead (C-8).
    void announce_expiries();

    registry& tokens_;
    database& local_;
    options options_;
    const clock& time_;
    log_sink& log_;
    usage_log uses_;
    std::unique_ptr<denial_log> denials_;
    std::vector<audit_log> logs_;
    std::mutex names_;  // of apis_
    std::vector<std::string> apis_;
    std::optional<audit_keeper> keeper_;
    std::atomic<std::uint64_t> expiring_{0};
    std::function<void()> each_hour_;
    std::mutex turn_;  // of look_after()
    std::mutex mutex_;
    std::condition_variable wake_;
    bool ending_ = false, started_ = false;
    std::thread thread_;
};

}  // namespace tollgate
