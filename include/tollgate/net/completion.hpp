// completion.hpp - the place where what waits is kept: one completion handler of any type, without an allocation.
//
// Threads: the loop's. Lifetime: a handler that is neither called nor dropped goes with its place.
#pragma once

#include "tollgate/net/task.hpp"

#include <boost/asio/async_result.hpp>

#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

namespace tollgate {

class completion {
 public:
    completion() = default;
    completion(const completion&) = delete;
    completion& operator=(const completion&) = delete;
    ~completion() { drop(); }

    template <class Handler>
    void emplace(Handler&& h) {
        using type = std::decay_t<Handler>;
        static_assert(sizeof(type) <= sizeof place_ && alignof(type) <= alignof(void*));
        new (place_) type(std::forward<Handler>(h));
        act_ = [](std::byte* at, const error_code* ec, std::size_t n) {
            auto* held = std::launder(reinterpret_cast<type*>(at));
            type taken(std::move(*held));
            held->~type();
            if (ec != nullptr) std::move(taken)(*ec, n);
        };
    }
    [[nodiscard]] bool waits() const noexcept { return act_ != nullptr; }
    // Calls the handler, whose place is free by then. Whatever holds this may be gone afterwards.
    void operator()(const error_code& ec, std::size_t n) { std::exchange(act_, nullptr)(place_, &ec, n); }
    void drop() {
        if (act_ != nullptr) std::exchange(act_, nullptr)(place_, nullptr, 0);
    }

 private:
    void (*act_)(std::byte*, const error_code*, std::size_t) = nullptr;
    alignas(void*) std::byte place_[24];
};

// An asynchronous operation for co_await: keeps who waits in `place`, then calls `begin`. co_await answers what the place is called with.
template <class Begin>
auto wait_in(completion& place, Begin begin) {
    return asio::async_initiate<const no_throw_t&, void(error_code, std::size_t)>(
        [&place, begin](auto&& handler) {
            place.emplace(std::forward<decltype(handler)>(handler));
            begin();
        },
        no_throw);
}

}  // namespace tollgate
