// chunked.hpp - chunked transfer coding, read strictly and written anew. (RFC 9112 §7.1; W-1, W-4, W-5, W-13)
//
// A push machine: feed bytes, get slices of body. Chunk extensions and trailers are checked, then dropped: a trailer
// never becomes a header, upstream or in decisions. Sizes are 1 to 16 hexadecimal digits, below 2^63.
// Bounds: chunk_line_bytes, trailer_bytes, tiny_chunks_in_a_row. Pure; no allocation; memory constant.
#pragma once

#include "tollgate/base/bounds.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tollgate {

class chunk_reader {
 public:
    enum class step : std::uint8_t { need_more, data, done, refused };

    struct output {
        step what = step::need_more;
        std::size_t consumed = 0;   // bytes of `in` that are dealt with (framing and data)
        std::string_view data;      // for data: a slice of `in`, not empty
    };
    // Call again with what is left until need_more, done or refused. After done, bytes beyond `consumed` belong to the
    // next message.
    output feed(std::string_view in) noexcept;

    [[nodiscard]] bool finished() const noexcept { return state_ == state::done; }

 private:
    enum class state : std::uint8_t {
        size,
        ext_before,
        ext_name_start,
        ext_name,
        ext_name_end,
        ext_value_start,
        ext_value,
        ext_quoted,
        ext_escape,
        ext_value_end,  // the chunk line
        line_lf,
        data,
        data_cr,
        data_lf,
        trailer_start,
        trailer_name,
        trailer_value,
        trailer_lf,
        end_lf,
        done,
        bad,
    };
    state step_line(char c) noexcept;       // size and extensions
    state step_size(char c) noexcept;
    state end_of_line() noexcept;           // behind the chunk line's LF
    state step_trailer(char c) noexcept;
    state step_frame(char c) noexcept;      // one byte that is not data
    state state_ = state::size;
    std::uint8_t digits_ = 0;
    std::uint64_t left_ = 0;                // of this chunk
    std::size_t line_bytes_ = 0;            // of this chunk line; of all trailers
    std::size_t tiny_chunks_ = 0;
};

// Writes the size line of a chunk of `size` bytes to `out` (at least 18 bytes); answers its length.
std::size_t write_chunk_line(std::uint64_t size, char* out) noexcept;

}  // namespace tollgate
