// digest_filter.hpp - which digests may be there: a Bloom filter whose bits of one key share a cache line.
//
// A no is certain; about one in a hundred other keys looks as if it were there while no more than `expected` have been added.
// Threads: any; who has added a key and then told somebody about it is believed by them.
// Bounds: 12 bits for each of `expected`; never grows (known_digests.hpp makes a larger one).
#pragma once

#include "tollgate/base/huge_pages.hpp"
#include "tollgate/model/digest.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace tollgate {

class digest_filter {
 public:
    explicit digest_filter(std::size_t expected) : lines_(expected * bits_a_key / line_bits + 1) {}

    void add(const digest& key) noexcept {
        auto& words = lines_[line_of(key)].words;
        each_bit(key, [&](std::size_t bit) {
            words[bit / 64].fetch_or(1ull << bit % 64, std::memory_order_release);
            return true;
        });
    }
    [[nodiscard]] bool maybe(const digest& key) const noexcept {
        const auto& words = lines_[line_of(key)].words;
        return each_bit(key, [&](std::size_t bit) { return (words[bit / 64].load(std::memory_order_acquire) >> bit % 64 & 1) != 0; });
    }

 private:
    static constexpr std::size_t bits_a_key = 12, line_bits = 512, bits_set = 6;
    struct alignas(line_bits / 8) line {
        std::atomic<std::uint64_t> words[line_bits / 64]{};
    };

    // A digest's bytes are random already: eight of them choose the line, eight others the bits in it.
    static std::uint64_t word_of(const digest& key, std::size_t at) noexcept {
        std::uint64_t word;
        std::memcpy(&word, key.bytes.data() + at, sizeof word);
        return word;
    }
    [[nodiscard]] std::size_t line_of(const digest& key) const noexcept {
        return static_cast<std::size_t>(static_cast<unsigned __int128>(word_of(key, 8)) * lines_.size() >> 64);
    }
    template <class F>
    static bool each_bit(const digest& key, F&& holds) noexcept {
        auto bits = word_of(key, 16);
        for (std::size_t i = 0; i < bits_set; ++i, bits >>= 9)
            if (!holds(bits % line_bits)) return false;
        return true;
    }

    std::vector<line, huge_pages<line>> lines_;
};

}  // namespace tollgate
