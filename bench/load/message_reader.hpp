// message_reader.hpp - finds where one HTTP/1.1 message ends: the cheapest reading that is still right for well-formed peers.
//
// Not a guard and not a parser: it believes what it reads (the servers under test are ours to configure). It knows Content-Length
// and chunked; a message that ends with the connection, and an answer to HEAD, are not for it.
// Threads: one. Bounds: a head that comes in pieces is held up to 64 KiB; bodies are counted, not kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tollgate {

class message_reader {
 public:
    enum class outcome : std::uint8_t { more, complete, broken };

    // Takes bytes from the front of `bytes`, at most up to the end of one message. After `complete` the next call begins the
    // next message.
    outcome feed(std::string_view& bytes);

    // Of the message that is being read, or was just completed.
    [[nodiscard]] unsigned status() const noexcept { return status_; }  // of an answer; 0 for a request
    [[nodiscard]] std::uint64_t body_bytes() const noexcept { return body_bytes_; }
    [[nodiscard]] bool closes() const noexcept { return closes_; }      // `Connection: close`
    [[nodiscard]] bool idle() const noexcept { return at_ == part::head && held_.empty(); }

 private:
    enum class part : std::uint8_t { head, body, chunk_size, chunk_data, chunk_end, trailer };

    outcome read_head(std::string_view& bytes);
    std::size_t scan_head(std::string_view bytes);  // size of the head, or 0: not all of it is here
    void note_field(std::string_view line);
    outcome read_chunked(std::string_view& bytes);
    outcome take_body(std::string_view& bytes, part then);
    bool take_line(std::string_view& bytes);        // into held_; false: not all of it is here

    std::string held_;             // a head or a chunk line, as far as it has come
    std::uint64_t left_ = 0;       // of the body or the chunk
    std::uint64_t body_bytes_ = 0;
    unsigned status_ = 0;
    part at_ = part::head;
    bool chunked_ = false;
    bool closes_ = false;
};

}  // namespace tollgate
