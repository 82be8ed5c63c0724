// huge_pages.hpp - an allocator for large tables that are read at random: it asks the kernel for huge pages.
//
// A look-up at random in a table of a hundred megabytes misses the processor's page table cache as well as its data caches; with pages of
// 2 MiB the first of these is gone. The kernel may decline, which costs speed and nothing else. Small pieces come from the heap.
// Threads: any. Errors: std::bad_alloc.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdlib>
#include <new>

namespace tollgate {

template <class T>
struct huge_pages {
    using value_type = T;
    static constexpr std::size_t page_bytes = std::size_t{2} << 20;

    huge_pages() = default;
    template <class U>
    huge_pages(const huge_pages<U>&) noexcept {}

    T* allocate(std::size_t count) {
        const auto bytes = count * sizeof(T);
        if (bytes < page_bytes) return static_cast<T*>(::operator new(bytes, std::align_val_t(alignof(T))));
        const auto whole = (bytes + page_bytes - 1) / page_bytes * page_bytes;
        void* const at = std::aligned_alloc(page_bytes, whole);
        if (at == nullptr) throw std::bad_alloc();
        static_cast<void>(::madvise(at, whole, MADV_HUGEPAGE));
        return static_cast<T*>(at);
    }
    void deallocate(T* at, std::size_t count) noexcept {
        if (count * sizeof(T) < page_bytes) ::operator delete(at, std::align_val_t(alignof(T)));
        else std::free(at);
    }
    friend bool operator==(const huge_pages&, const huge_pages&) noexcept { return true; }
};

}  // namespace tollgate
