// event.hpp - one coroutine waits until another, on the same loop, says so.
//
// Threads: the loop's. Cancellation: none; whoever promises set() must keep it.
#pragma once

#include "tollgate/net/completion.hpp"
#include "tollgate/net/loop.hpp"

namespace tollgate {

class event : ready_node {
 public:
    explicit event(loop& on) noexcept : ready_node(&run), loop_(on) {}
    void set() noexcept {
        is_set_ = true;
        if (waiting_.waits()) loop_.soon(*this);
    }
    [[nodiscard]] bool is_set() const noexcept { return is_set_; }
    // co_await answers (error_code, 0), the error being none.
    auto wait() {
        return wait_in(waiting_, [this] {
            if (is_set_) loop_.soon(*this);
        });
    }

 private:
    static void run(ready_node& n) { static_cast<event&>(n).waiting_({}, 0); }
    loop& loop_;
    completion waiting_;
    bool is_set_ = false;
};

}  // namespace tollgate
