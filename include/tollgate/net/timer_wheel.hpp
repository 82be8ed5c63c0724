// timer_wheel.hpp - deadlines by the thousand for the price of a store: one coarse wheel a thread.
//
// arm() writes a number; the node is moved only when its slot comes round. Deadlines are kept to within one tick, never early.
// A deadline that has passed is sticky: its node is called again every tick until disarmed, because a cancel that falls
// between two operations would otherwise be lost.
// Threads: everything of one wheel on its loop's thread. Lifetime: nodes unlink themselves.
#pragma once

#include "tollgate/net/loop.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>

namespace tollgate {

class timer_wheel;

class deadline_node {
 public:
    using callback = void (*)(deadline_node&) noexcept;
    deadline_node(timer_wheel& wheel, callback expired) noexcept : wheel_(&wheel), call_(expired) {}
    deadline_node(const deadline_node&) = delete;
    deadline_node& operator=(const deadline_node&) = delete;
    ~deadline_node() { unlink(); }

    // From now; replaces an earlier deadline and clears expired().
    void arm(std::chrono::milliseconds in) noexcept;
    void disarm() noexcept {
        due_ = never;
        expired_ = false;
    }
    [[nodiscard]] bool expired() const noexcept { return expired_; }

 private:
    friend class timer_wheel;
    static constexpr std::uint64_t never = ~0ull;
    void unlink() noexcept;
    timer_wheel* wheel_;
    callback call_;
    std::uint64_t due_ = never;      // tick
    std::uint64_t slot_tick_ = 0;    // tick at which its slot comes round; valid while linked
    deadline_node* next_ = nullptr;
    deadline_node** link_ = nullptr; // what points here; nullptr: not linked
    bool expired_ = false;
};

class timer_wheel {
 public:
    static constexpr std::chrono::milliseconds tick{50};

    explicit timer_wheel(loop& on) noexcept : loop_(on) {}
    timer_wheel(const timer_wheel&) = delete;
    timer_wheel& operator=(const timer_wheel&) = delete;

    // Starts turning; `each_tick` is called after the nodes of a tick. Until stop().
    void start(std::function<void()> each_tick);
    void stop();
    [[nodiscard]] std::uint64_t now_tick() const noexcept { return now_; }

 private:
    friend class deadline_node;
    static constexpr std::size_t slots = 1024;  // 51 s a turn; longer deadlines go round again
    void link(deadline_node& n) noexcept;
    void turn() noexcept;

    loop& loop_;
    std::uint64_t now_ = 0;
    std::array<deadline_node*, slots> heads_{};
};

}  // namespace tollgate
