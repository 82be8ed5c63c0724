#include "app/watchdog.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tollgate {
namespace {

constexpr int looks_a_deadline = 3;               // so that one that comes late is not the end
constexpr std::chrono::milliseconds briefest{250};  // several turns of a loop's wheel

}  // namespace

watchdog::watchdog(const server& gateway, const service_manager& manager, log_sink& log) : gateway_(gateway), manager_(manager), log_(log) {
    const auto within = manager.watchdog();
    if (within) thread_ = std::thread([this, each = *within / looks_a_deadline] { run(std::max<std::chrono::microseconds>(each, briefest)); });
}

void watchdog::stop() {
    if (!thread_.joinable()) return;
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    wake_.notify_all();
    thread_.join();
}

void watchdog::run(std::chrono::microseconds interval) {
    auto before = gateway_.beats();
    bool said = false;
    for (;;) {
        {
            std::unique_lock lock(mutex_);
            if (wake_.wait_for(lock, interval, [this] { return ending_; })) return;
        }
        const auto now = gateway_.beats();
        const auto [stuck, unused] = std::ranges::mismatch(now, before, std::ranges::not_equal_to());
        const bool all = stuck == now.end();
        if (all) {
            manager_.alive();
        } else if (!said) {
            const auto which = std::to_string(stuck - now.begin());
            log_.error("an event loop does not turn, and is not answered for", {{"loop", which}});
            manager_.status(fmt::format("Event loop {} does not turn", which));
        }
        said = !all;
        before = now;
    }
}

}  // namespace tollgate
