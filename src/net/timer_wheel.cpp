#include "tollgate/net/timer_wheel.hpp"

#include <utility>

namespace tollgate {

void deadline_node::arm(std::chrono::milliseconds in) noexcept {
    const auto ticks = static_cast<std::uint64_t>((in + timer_wheel::tick - std::chrono::milliseconds(1)) / timer_wheel::tick);
    due_ = wheel_->now_ + ticks + 1;  // the current tick is partly over: never early
    expired_ = false;
    if (link_ == nullptr || slot_tick_ > due_) wheel_->link(*this);
}

void deadline_node::unlink() noexcept {
    if (link_ == nullptr) return;
    *link_ = next_;
    if (next_ != nullptr) next_->link_ = link_;
    link_ = nullptr;
    next_ = nullptr;
}

void timer_wheel::link(deadline_node& n) noexcept {
    n.unlink();
    n.slot_tick_ = std::min(n.due_, now_ + slots - 1);
    auto& head = heads_[n.slot_tick_ % slots];
    n.next_ = head;
    n.link_ = &head;
    if (head != nullptr) head->link_ = &n.next_;
    head = &n;
}

void timer_wheel::start(std::function<void()> each_tick) {
    loop_.each(tick, [this, then = std::move(each_tick)] {
        turn();
        if (then) then();
    });
}

void timer_wheel::stop() { loop_.end_periods(); }

void timer_wheel::turn() noexcept {
    ++now_;
    // Detach the slot first: callbacks and relinking may touch it.
    deadline_node* list = std::exchange(heads_[now_ % slots], nullptr);
    if (list != nullptr) list->link_ = &list;
    while (list != nullptr) {
        deadline_node& n = *list;
        n.unlink();
        if (n.due_ == deadline_node::never) continue;
        if (n.due_ > now_) {
            link(n);
            continue;
        }
        n.expired_ = true;
        n.due_ = now_ + 1;  // again next tick, until disarmed or armed anew
        link(n);
        n.call_(n);
    }
}

}  // namespace tollgate
