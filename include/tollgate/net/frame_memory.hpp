// frame_memory.hpp - memory of coroutine frames, kept by the thread that was done with it.
//
// Asio keeps as many pieces as it looks through one by one for each frame, of 1,020 bytes at most: with sixty requests under way nearly each of them
// allocated. Here each size has a list, and taking a piece from it is two loads and a store.
// Threads: each has its own; who gives back need not be who took. Bounds: a thread keeps 256 pieces of a size, of up to 2 KiB each.
// Sanitizers are given every frame.
#pragma once

#include <boost/asio/awaitable.hpp>

#include <cstddef>

namespace tollgate {

[[nodiscard]] void* take_frame(std::size_t bytes);
void give_back_frame(void* frame, std::size_t bytes) noexcept;

}  // namespace tollgate

// Where Asio 1.81 gets frames from: every awaitable is declared behind task.hpp, which includes this.
namespace boost::asio::detail {

template <>
inline void* thread_info_base::allocate(awaitable_frame_tag, thread_info_base*, std::size_t size, std::size_t) {
    return tollgate::take_frame(size);
}

template <>
inline void thread_info_base::deallocate(awaitable_frame_tag, thread_info_base*, void* pointer, std::size_t size) {
    tollgate::give_back_frame(pointer, size);
}

}  // namespace boost::asio::detail
