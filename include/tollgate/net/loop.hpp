// loop.hpp - one thread's event loop: Asio's io_context for coroutines, timers of others and what is posted; an epoll set of its own
// for descriptors.
//
// Asio's reactor costs a queued operation, two locks and a pass of the scheduler for each wait, a fifth of a small request. Here a
// descriptor is registered once, edge-triggered, and its waiting operation is resumed straight from the batch that epoll brought.
// Everything runs inside one handler of the io_context.
// A batch is noted whole before any of it is acted on: whether an idle descriptor is quiet is as true as the last wait.
// Bodies step back: where thousands trickle in at once, a new request waits for a few of their bytes and not for all.
// While a change is committed (base/priority_boost.hpp) its first turns offer the processor: as many as a synced write sleeps.
// Threads: run() is the thread. stop(), wake() from any; everything else on the loop's thread, or before it runs.
// Lifetime: outlives its descriptors, except those in coroutines that still wait when it ends: it ends them.
#pragma once

#include <boost/asio/io_context.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>

struct epoll_event;

namespace tollgate {

namespace asio = boost::asio;

class async_descriptor;

// Something that the loop shall run soon: at the end of the batch under way.
class ready_node {
 public:
    using callback = void (*)(ready_node&);
    explicit ready_node(callback run) noexcept : run_(run) {}
    ready_node(const ready_node&) = delete;
    ready_node& operator=(const ready_node&) = delete;
    ~ready_node() { unlink(); }
    [[nodiscard]] bool queued() const noexcept { return next_ != nullptr; }
    void unlink() noexcept {
        if (next_ == nullptr) return;
        next_->previous_ = previous_;
        previous_->next_ = next_;
        next_ = previous_ = nullptr;
    }

 private:
    friend class loop_state;
    ready_node* next_ = nullptr;  // a ring with the list's head; nullptr: not queued
    ready_node* previous_ = nullptr;
    callback run_;
};

// The part of a loop that must outlive the io_context: coroutines that end with it still close their descriptors.
class loop_state {
 public:
    loop_state(const loop_state&) = delete;
    loop_state& operator=(const loop_state&) = delete;

    // Queues `node`, once. It may unlink itself until it is run.
    void soon(ready_node& node) noexcept { queue(ready_, node); }
    // Likewise, behind what others wait for: in each turn of the loop as many of these are run as descriptors were served, or a few.
    void step_back(ready_node& node) noexcept {
        ++stepped_back_;
        queue(behind_, node);
    }
    // Whether descriptors of the batch under way have yet to be served.
    [[nodiscard]] bool more_in_batch() const noexcept { return batch_at_ + 1 < batch_size_; }
    // Descriptors. watch() registers what may be used from now on; forget() before it is closed. unwatch() before that where another
    // descriptor, here or in another process, is of the same socket: closing one of them takes nothing out of an epoll set.
    void watch(async_descriptor& d) noexcept;
    void unwatch(async_descriptor& d) noexcept;
    void forget(async_descriptor& d) noexcept;

 protected:
    loop_state();
    ~loop_state();
    static constexpr std::size_t batch_events = 256;
    static constexpr int few_behind = 16;
    void run_ready();
    void run_behind(int most);
    [[nodiscard]] bool has_ready() const noexcept { return ready_.next_ != &ready_ || behind_.next_ != &behind_; }

    int epoll_ = -1, wake_ = -1, timer_ = -1;
    ready_node ready_{nullptr}, behind_{nullptr};  // heads of the queues
    int stepped_back_ = 0;                       // of the batch under way
    async_descriptor* descriptors_ = nullptr;    // all of them, linked
    epoll_event* batch_ = nullptr;               // under way
    int batch_size_ = 0, batch_at_ = 0;

 private:
    static void queue(ready_node& in, ready_node& node) noexcept;
};

class loop : public loop_state, public asio::io_context {
 public:
    loop();
    ~loop();

    // Serves until finish() and nothing is posted any more, or until stop().
    void run();
    void finish() noexcept { finishing_ = true; }
    // Any thread.
    void stop() noexcept;
    // Any thread: something was posted to the io_context, look at it. post_to() does it.
    void wake() noexcept;
    // The same on the loop's own thread, for the price of a store.
    void look_at_posted() noexcept { posted_.store(true, std::memory_order_release); }
    // `f` about every `period`, as often as periods have passed. Once in a loop's life.
    void each(std::chrono::milliseconds period, std::function<void()> f);
    // No more of them; may be said by `f` itself.
    void end_periods() noexcept;

 private:
    void serve();
    void turn(bool wait);
    void offer_processor(std::uint32_t boost);
    void on_timer();

    static constexpr int offers_for_each = 3;  // boost; a yield may cost this thread a tick's time, where others compute on its processor
    std::uint32_t offered_for_ = 0;
    int offers_ = 0;
    std::function<void()> on_tick_;
    std::atomic<bool> posted_{false};
    bool periods_ended_ = false, finishing_ = false;
};

}  // namespace tollgate
