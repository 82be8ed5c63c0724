// descriptor_channel.hpp - messages between two processes of this machine, with descriptors in them. (unix(7), SCM_RIGHTS)
//
// A message arrives whole or not at all, and in order. What is too long for one goes as a file in memory.
// Threads: send() from any, receive() from one; end() from any. Blocking: a send waits while the peer does not read, its `patience` at most.
// Bounds: `text_bytes` of text and `most_descriptors` a message.
// Errors: io; a peer that has ended is no error of receive().
#pragma once

#include "tollgate/base/error.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate {

class descriptor_channel {
 public:
    static constexpr std::size_t text_bytes = 16 * 1024, most_descriptors = 128;
    static constexpr std::chrono::seconds send_patience{10};

    struct message {
        message() = default;
        message(message&& other) noexcept : text(std::move(other.text)), descriptors(std::exchange(other.descriptors, {})) {}
        message& operator=(message&&) = delete;
        ~message();  // closes those that nobody took
        // The next descriptor, which is the caller's then; -1: there is none.
        int take() noexcept;
        std::string text;
        std::vector<int> descriptors;
    };

    descriptor_channel() = default;
    // Takes one end, as it was inherited.
    explicit descriptor_channel(int descriptor) noexcept;
    ~descriptor_channel();
    descriptor_channel(descriptor_channel&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    descriptor_channel& operator=(descriptor_channel&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    // Both ends, close-on-exec.
    static result<std::pair<descriptor_channel, descriptor_channel>> pair();

    // `text` is not empty. The descriptors stay the caller's, too.
    result<void> send(std::string_view text, std::span<const int> descriptors = {}, std::chrono::milliseconds patience = send_patience) const;
    // Nothing: the peer has ended, or end() was called. Unset `patience`: as long as it takes. Errors: unavailable (nothing came in time).
    [[nodiscard]] result<std::optional<message>> receive(std::optional<std::chrono::milliseconds> patience = std::nullopt) const;
    // Nothing comes or goes any more.
    void end() const noexcept;
    [[nodiscard]] bool is_open() const noexcept { return fd_ >= 0; }
    [[nodiscard]] int native() const noexcept { return fd_; }

 private:
    int fd_ = -1;
};

// The next word of a message's text, which loses it.
std::string_view next_word(std::string_view& text) noexcept;
// A file in memory with these bytes, to be sent; the caller's to close.
result<int> memory_file(std::string_view bytes);
// All of it, from its beginning; does not close it. Errors: io, full (more than `most`).
result<std::string> read_memory_file(int descriptor, std::size_t most);

}  // namespace tollgate
