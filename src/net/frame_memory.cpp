#include "tollgate/net/frame_memory.hpp"

#include <array>
#include <cstdint>
#include <new>
#include <utility>

namespace tollgate {

#ifdef TOLLGATE_SANITIZED

void* take_frame(std::size_t bytes) { return ::operator new(bytes); }
void give_back_frame(void* frame, std::size_t) noexcept { ::operator delete(frame); }

#else

namespace {

constexpr std::size_t kStep = 64, kSizes = 32;
constexpr std::uint32_t kKept = 256;  // of a size

struct piece {
    piece* next;
};

struct list {
    piece* first = nullptr;
    std::uint32_t count = 0;
};

// Without a destructor: frames may be given back while a thread's other objects end.
thread_local constinit std::array<list, kSizes> kept{};
thread_local constinit bool ended = false;

struct at_the_end {
    ~at_the_end() {
        ended = true;
        for (auto& l : kept)
            while (l.first != nullptr) ::operator delete(std::exchange(l.first, l.first->next));
    }
};

// Before a thread keeps its first piece of a size.
void free_at_the_end() noexcept {
    thread_local const at_the_end frees;
    static_cast<void>(&frees);
}

constexpr std::size_t size_of(std::size_t bytes) noexcept { return (bytes - 1) / kStep; }

}  // namespace

void* take_frame(std::size_t bytes) {
    const auto size = size_of(bytes);
    if (size >= kSizes) return ::operator new(bytes);
    auto& from = kept[size];
    if (from.first == nullptr) return ::operator new((size + 1) * kStep);
    --from.count;
    return std::exchange(from.first, from.first->next);
}

void give_back_frame(void* frame, std::size_t bytes) noexcept {
    const auto size = size_of(bytes);
    if (size >= kSizes || ended || kept[size].count == kKept) return ::operator delete(frame);
    if (kept[size].first == nullptr) free_at_the_end();
    ++kept[size].count;
    kept[size].first = new (frame) piece{kept[size].first};
}

#endif

}  // namespace tollgate
