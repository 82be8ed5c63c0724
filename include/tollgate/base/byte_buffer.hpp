// byte_buffer.hpp - text that is written anew for each message into memory that stays: heads, log lines.
//
// Beside std::string: short pieces are copied in place, without a call and without a terminator, which is half of the work of a head.
// Not for text that is kept. Threads: a value. Bounds: grows to what was once needed, and keeps it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

namespace tollgate {

class byte_buffer {
 public:
    byte_buffer() = default;
    explicit byte_buffer(std::size_t capacity) { reserve(capacity); }
    byte_buffer(byte_buffer&& other) noexcept
        : bytes_(std::move(other.bytes_)), size_(std::exchange(other.size_, 0)), capacity_(std::exchange(other.capacity_, 0)) {}
    byte_buffer& operator=(byte_buffer&& other) noexcept {
        bytes_ = std::move(other.bytes_);
        size_ = std::exchange(other.size_, 0);
        capacity_ = std::exchange(other.capacity_, 0);
        return *this;
    }

    [[nodiscard]] std::string_view view() const noexcept { return {bytes_.get(), size_}; }
    [[nodiscard]] char* data() noexcept { return bytes_.get(); }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    void clear() noexcept { size_ = 0; }
    void reserve(std::size_t capacity) {
        if (capacity > capacity_) grow(capacity);
    }

    void put(std::string_view text) {
        copy(room(text.size()), text.data(), text.size());
        size_ += text.size();
    }
    template <std::size_t N>
    void put(const char (&literal)[N]) {
        std::memcpy(room(N - 1), literal, N - 1);
        size_ += N - 1;
    }
    void put(char c) {
        *room(1) = c;
        ++size_;
    }
    // In decimal.
    void put_number(std::uint64_t n) {
        char digits[20];
        char* first = digits + sizeof digits;
        do *--first = static_cast<char>('0' + n % 10);
        while ((n /= 10) != 0);
        put({first, static_cast<std::size_t>(digits + sizeof digits - first)});
    }
    // Name, colon, value, end of line.
    void put_field(std::string_view name, std::string_view value) {
        char* at = room(name.size() + value.size() + 4);
        at = copy(at, name.data(), name.size());
        std::memcpy(at, ": ", 2);
        at = copy(at + 2, value.data(), value.size());
        std::memcpy(at, "\r\n", 2);
        size_ += name.size() + value.size() + 4;
    }

 private:
    char* room(std::size_t n) {
        if (capacity_ - size_ < n) [[unlikely]]
            grow(size_ + n);
        return bytes_.get() + size_;
    }
    void grow(std::size_t needed) {
        const std::size_t capacity = std::max(needed, 2 * capacity_);
        auto next = std::make_unique_for_overwrite<char[]>(capacity);
        if (size_ != 0) std::memcpy(next.get(), bytes_.get(), size_);
        bytes_ = std::move(next);
        capacity_ = capacity;
    }
    // Ends behind what was copied. Two words that overlap cover every length up to twice their own.
    static char* copy(char* to, const char* from, std::size_t n) noexcept {
        const auto pair = [&]<class Word>(Word first) noexcept {
            Word last;
            std::memcpy(&first, from, sizeof first);
            std::memcpy(&last, from + n - sizeof last, sizeof last);
            std::memcpy(to, &first, sizeof first);
            std::memcpy(to + n - sizeof last, &last, sizeof last);
        };
        struct sixteen {
            std::uint64_t words[2];
        };
        if (n > 32) std::memcpy(to, from, n);
        else if (n >= 16) pair(sixteen{});
        else if (n >= 8) pair(std::uint64_t{});
        else if (n >= 4) pair(std::uint32_t{});
        else if (n >= 2) pair(std::uint16_t{});
        else if (n == 1) *to = *from;
        return to + n;
    }

    std::unique_ptr<char[]> bytes_;
    std::size_t size_ = 0, capacity_ = 0;
};

}  // namespace tollgate
