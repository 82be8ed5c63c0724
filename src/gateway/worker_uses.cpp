// What a thread has counted of tokens' use and denials, on its way to those who write it down.
#include "tollgate/gateway/worker.hpp"
#include "tollgate/net/spawn.hpp"

namespace tollgate {
namespace {

constexpr std::chrono::seconds kUsesEvery{10}, kDenialsEvery{1};

}  // namespace

// Where the pool is full it is taken with the next hand-over.
void worker::write_soon() {
    const auto write = [uses = plane_->uses, denials = plane_->denials] {
        if (uses != nullptr) uses->add_up();
        if (denials != nullptr) denials->write_pending();
    };
    static_cast<void>(plane_->blocking.run(write));
}

void worker::hand_over_uses() {
    if (plane_->uses != nullptr) plane_->uses->hand_over(uses_.take());
}

void worker::make_room_for_uses() {
    hand_over_uses();
    write_soon();
}

void worker::hand_over_denials(bool all) {
    if (plane_->denials == nullptr) return;
    plane_->denials->count_dropped(denials_.take_lost());
    plane_->denials->hand_over(denials_.take(plane_->time.now(), all));
}

void worker::hand_over_what_is_due() {
    const auto now = plane_->time.ticks();
    bool any = false;
    if (now >= uses_due_) {
        uses_due_ = now + kUsesEvery;
        any = any || !uses_.empty();
        hand_over_uses();
    }
    if (now >= denials_due_) {
        denials_due_ = now + kDenialsEvery;
        any = any || !denials_.empty() || denials_.has_counts();
        hand_over_denials(false);
    }
    if (any) write_soon();
}

void worker::collect(std::function<void()> done) {
    post_to(io_, [this, done = std::move(done)] {
        hand_over_uses();
        hand_over_denials(false);
        done();
    });
}

}  // namespace tollgate
