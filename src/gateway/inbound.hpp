// inbound.hpp - the received bytes of one direction of a connection: a lent buffer with a window of what is not used yet.
#pragma once

#include "tollgate/base/check.hpp"

#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>

namespace tollgate {

class inbound {
 public:
    explicit inbound(std::size_t capacity) : bytes_(std::make_unique_for_overwrite<char[]>(capacity)), capacity_(capacity) {}

    [[nodiscard]] std::string_view view() const noexcept { return {bytes_.get() + begin_, end_ - begin_}; }
    [[nodiscard]] bool empty() const noexcept { return begin_ == end_; }
    void consume(std::size_t n) noexcept {
        TOLLGATE_CHECK(n <= end_ - begin_);
        begin_ += n;
    }
    void clear() noexcept { begin_ = end_ = 0; }

    // Where the next bytes go. Without moving what earlier slices point to.
    [[nodiscard]] char* free() noexcept {
        if (begin_ == end_ && begin_ >= kept_) begin_ = end_ = kept_;
        return bytes_.get() + end_;
    }
    [[nodiscard]] std::size_t free_bytes() const noexcept { return capacity_ - end_; }
    void received(std::size_t n) noexcept { end_ += n; }

    // Bytes before here (a head whose slices are still looked at) are not written over by free().
    void keep_consumed() noexcept { kept_ = begin_; }
    // Forgets them and moves what is left to the front. Ends every view.
    void restart() noexcept {
        kept_ = 0;
        if (begin_ == 0) return;
        std::memmove(bytes_.get(), bytes_.get() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }
    [[nodiscard]] std::size_t mark() const noexcept { return begin_; }
    void rewind(std::size_t mark) noexcept { begin_ = mark; }

 private:
    std::unique_ptr<char[]> bytes_;
    std::size_t capacity_, begin_ = 0, end_ = 0, kept_ = 0;
};

}  // namespace tollgate
