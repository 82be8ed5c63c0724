#include "tollgate/net/loop.hpp"

#include "tollgate/base/check.hpp"
#include "tollgate/base/priority_boost.hpp"
#include "tollgate/net/async_descriptor.hpp"

#include <boost/asio/post.hpp>

#include <sched.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>

namespace tollgate {

loop_state::loop_state() : epoll_(::epoll_create1(EPOLL_CLOEXEC)), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    TOLLGATE_CHECK(epoll_ >= 0 && wake_ >= 0);
    ready_.next_ = ready_.previous_ = &ready_;
    behind_.next_ = behind_.previous_ = &behind_;
    epoll_event e{EPOLLIN | EPOLLET, {.ptr = &wake_}};  // each write is an edge: nobody has to read
    TOLLGATE_CHECK(::epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &e) == 0);
}

loop_state::~loop_state() {
    if (timer_ >= 0) ::close(timer_);
    ::close(wake_);
    ::close(epoll_);
    ready_.next_ = ready_.previous_ = nullptr;
    behind_.next_ = behind_.previous_ = nullptr;
}

void loop_state::queue(ready_node& in, ready_node& node) noexcept {
    if (node.queued()) return;
    node.next_ = &in;
    node.previous_ = in.previous_;
    in.previous_->next_ = &node;
    in.previous_ = &node;
}

void loop_state::watch(async_descriptor& d) noexcept {
    epoll_event e{EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, {.ptr = &d}};
    TOLLGATE_CHECK(::epoll_ctl(epoll_, EPOLL_CTL_ADD, d.fd_, &e) == 0);
    d.next_ = descriptors_;
    d.link_ = &descriptors_;
    if (descriptors_ != nullptr) descriptors_->link_ = &d.next_;
    descriptors_ = &d;
}

void loop_state::unwatch(async_descriptor& d) noexcept { ::epoll_ctl(epoll_, EPOLL_CTL_DEL, d.fd_, nullptr); }

// Closing takes it out of the epoll set; the batch under way may still name it.
void loop_state::forget(async_descriptor& d) noexcept {
    for (int i = 0; i < batch_size_; ++i)
        if (batch_[i].data.ptr == &d) batch_[i].data.ptr = nullptr;
    if (d.link_ == nullptr) return;  // the loop ended first
    *d.link_ = d.next_;
    if (d.next_ != nullptr) d.next_->link_ = d.link_;
    d.link_ = nullptr;
}

// What is queued meanwhile waits for the next turn: nobody keeps the others from being heard.
void loop_state::run_ready() {
    if (ready_.next_ == &ready_) return;
    ready_node now{nullptr};
    now.next_ = ready_.next_;
    now.previous_ = ready_.previous_;
    now.next_->previous_ = now.previous_->next_ = &now;
    ready_.next_ = ready_.previous_ = &ready_;
    while (now.next_ != &now) {
        ready_node& n = *now.next_;
        n.unlink();
        n.run_(n);
    }
    now.next_ = now.previous_ = nullptr;
}

// As many as were served otherwise: a body that has begun is not put off for ever by requests that come.
void loop_state::run_behind(int most) {
    for (; most > 0 && behind_.next_ != &behind_; --most) {
        ready_node& n = *behind_.next_;
        n.unlink();
        n.run_(n);
    }
}

loop::loop() : asio::io_context(1) {}

loop::~loop() {
    while (descriptors_ != nullptr) {
        async_descriptor& d = *descriptors_;
        descriptors_ = d.next_;
        if (descriptors_ != nullptr) descriptors_->link_ = &descriptors_;
        d.link_ = nullptr;
        d.drop_waiting();
    }
}

void loop::run() {
    asio::post(*this, [this] { serve(); });
    asio::io_context::run();
}

void loop::stop() noexcept {
    asio::io_context::stop();
    wake();
}

void loop::wake() noexcept {
    if (posted_.exchange(true, std::memory_order_acq_rel)) return;
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(wake_, &one, sizeof one);  // full: it is awake already
}

void loop::each(std::chrono::milliseconds period, std::function<void()> f) {
    TOLLGATE_CHECK(timer_ < 0);
    on_tick_ = std::move(f);
    timer_ = ::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    epoll_event e{EPOLLIN, {.ptr = &timer_}};
    const timespec t{period.count() / 1000, period.count() % 1000 * 1'000'000};
    const itimerspec every{t, t};
    TOLLGATE_CHECK(timer_ >= 0 && ::epoll_ctl(epoll_, EPOLL_CTL_ADD, timer_, &e) == 0 && ::timerfd_settime(timer_, 0, &every, nullptr) == 0);
}

void loop::end_periods() noexcept {
    const itimerspec never{};
    if (timer_ >= 0) ::timerfd_settime(timer_, 0, &never, nullptr);
    periods_ended_ = true;
}

void loop::on_timer() {
    std::uint64_t periods = 0;
    if (::read(timer_, &periods, sizeof periods) != sizeof periods) return;
    for (; periods > 0 && !periods_ended_; --periods) on_tick_();
}

// Runs as a handler of the io_context until that has something to do.
void loop::serve() {
    do {
        turn(!has_ready() && !posted_.load(std::memory_order_acquire));
        if (stopped() || (finishing_ && !has_ready())) return;
    } while (!posted_.exchange(false, std::memory_order_acq_rel));
    asio::post(*this, [this] { serve(); });
}

// Its thread may have been woken behind this one.
void loop::offer_processor(std::uint32_t boost) {
    if (boost != offered_for_) {
        offered_for_ = boost;
        offers_ = 0;
    }
    if (++offers_ <= offers_for_each) ::sched_yield();
}

void loop::turn(bool wait) {
    std::array<epoll_event, batch_events> batch;
    if (const auto boost = priority_boost::newest(); boost != 0) offer_processor(boost);
    const int n = ::epoll_wait(epoll_, batch.data(), static_cast<int>(batch.size()), wait ? -1 : 0);
    batch_ = batch.data();
    batch_size_ = std::max(n, 0);
    bool tick = false;
    stepped_back_ = 0;
    for (int i = 0; i < batch_size_; ++i) {
        auto& event = batch[static_cast<std::size_t>(i)];  // packed: its members are copied, never referred to
        void* const who = event.data.ptr;
        if (who == &timer_) tick = true;
        if (who == &timer_ || who == &wake_) event.data.ptr = nullptr;
        else static_cast<async_descriptor*>(who)->note(event.events);
    }
    for (batch_at_ = 0; batch_at_ < batch_size_; ++batch_at_)
        if (void* who = batch[static_cast<std::size_t>(batch_at_)].data.ptr; who != nullptr) static_cast<async_descriptor*>(who)->serve();
    const int behind = std::max(few_behind, batch_size_ - stepped_back_);
    batch_size_ = 0;
    if (tick) on_timer();
    run_ready();
    run_behind(behind);
}

}  // namespace tollgate
