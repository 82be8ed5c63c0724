// in_threads.hpp - work in pieces that some threads take, one after the other, the calling one among them.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <system_error>
#include <thread>
#include <vector>

namespace tollgate {

// Calls `piece` with each number below `pieces`, in `threads` threads at most, and returns when all are done. Where the system has no more threads,
// those that there are do the rest. `piece` is called by several at once, and does not throw.
template <class Piece>
void in_threads(std::size_t pieces, std::size_t threads, const Piece& piece) {
    std::atomic<std::size_t> next{0};
    const auto some = [&] {
        for (std::size_t i = 0; (i = next.fetch_add(1, std::memory_order_relaxed)) < pieces;) piece(i);
    };
    std::vector<std::jthread> others;  // its end waits for them
    try {
        for (std::size_t i = 1; i < std::min(pieces, threads); ++i) others.emplace_back(some);
    } catch (const std::system_error&) {  // no more
    }
    some();
}

}  // namespace tollgate
