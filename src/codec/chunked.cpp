#include "tollgate/codec/chunked.hpp"

#include "http_bytes.hpp"

#include <algorithm>
#include <bit>

namespace tollgate {
namespace {

constexpr std::size_t kSizeDigits = 16;
constexpr std::uint64_t kTinyChunk = 16;

unsigned digit_value(char c) noexcept { return static_cast<unsigned>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10); }

}  // namespace

chunk_reader::state chunk_reader::step_size(char c) noexcept {
    if (is_byte(c, hex_byte)) {
        if (++digits_ > kSizeDigits) return state::bad;
        left_ = left_ << 4 | digit_value(c);
        return state::size;
    }
    if (digits_ == 0 || left_ >> 63 != 0) return state::bad;
    if (c == '\r') return state::line_lf;
    if (c == ';') return state::ext_name_start;
    return is_blank(c) ? state::ext_before : state::bad;
}

// chunk-ext = *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] )
chunk_reader::state chunk_reader::step_line(char c) noexcept {
    const bool token = is_byte(c, token_byte), blank = is_blank(c);
    switch (state_) {
        case state::size: return step_size(c);
        case state::ext_before: return c == ';' ? state::ext_name_start : blank ? state_ : state::bad;
        case state::ext_name_start: return token ? state::ext_name : blank ? state_ : state::bad;
        case state::ext_name:
            if (token) return state_;
            if (c == '\r') return state::line_lf;
            if (c == '=') return state::ext_value_start;
            return c == ';' ? state::ext_name_start : blank ? state::ext_name_end : state::bad;
        case state::ext_name_end:
            if (c == '=') return state::ext_value_start;
            return c == ';' ? state::ext_name_start : blank ? state_ : state::bad;
        case state::ext_value_start: return c == '"' ? state::ext_quoted : token ? state::ext_value : blank ? state_ : state::bad;
        case state::ext_value:
            if (token) return state_;
            [[fallthrough]];
        case state::ext_value_end:
            if (c == '\r') return state::line_lf;
            return c == ';' ? state::ext_name_start : blank ? state::ext_before : state::bad;
        case state::ext_quoted:
            if (c == '"') return state::ext_value_end;
            return is_byte(c, control_byte) ? state::bad : c == '\\' ? state::ext_escape : state_;
        case state::ext_escape: return is_byte(c, control_byte) ? state::bad : state::ext_quoted;
        default: return state::bad;
    }
}

chunk_reader::state chunk_reader::end_of_line() noexcept {
    line_bytes_ = 0;
    digits_ = 0;
    if (left_ == 0) return state::trailer_start;
    tiny_chunks_ = left_ < kTinyChunk ? tiny_chunks_ + 1 : 0;
    return tiny_chunks_ > bounds::tiny_chunks_in_a_row ? state::bad : state::data;
}

chunk_reader::state chunk_reader::step_trailer(char c) noexcept {
    if (++line_bytes_ > bounds::trailer_bytes) return state::bad;
    switch (state_) {
        case state::trailer_start: return c == '\r' ? state::end_lf : is_byte(c, token_byte) ? state::trailer_name : state::bad;
        case state::trailer_name: return c == ':' ? state::trailer_value : is_byte(c, token_byte) ? state_ : state::bad;
        case state::trailer_value: return c == '\r' ? state::trailer_lf : is_byte(c, control_byte) ? state::bad : state_;
        case state::trailer_lf: return c == '\n' ? state::trailer_start : state::bad;
        case state::end_lf: return c == '\n' ? state::done : state::bad;
        default: return state::bad;
    }
}

chunk_reader::state chunk_reader::step_frame(char c) noexcept {
    if (state_ == state::data_cr) return c == '\r' ? state::data_lf : state::bad;
    if (state_ == state::data_lf) return c == '\n' ? state::size : state::bad;
    if (state_ >= state::trailer_start) return step_trailer(c);
    if (++line_bytes_ > bounds::chunk_line_bytes) return state::bad;
    if (state_ == state::line_lf) return c == '\n' ? end_of_line() : state::bad;
    return step_line(c);
}

chunk_reader::output chunk_reader::feed(std::string_view in) noexcept {
    output out;
    while (state_ != state::done && state_ != state::bad && out.consumed < in.size()) {
        if (state_ == state::data) {
            const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, in.size() - out.consumed));
            out.data = in.substr(out.consumed, size);
            out.consumed += size;
            left_ -= size;
            if (left_ == 0) state_ = state::data_cr;
            out.what = step::data;
            return out;
        }
        state_ = step_frame(in[out.consumed++]);
    }
    out.what = state_ == state::done ? step::done : state_ == state::bad ? step::refused : step::need_more;
    return out;
}

std::size_t write_chunk_line(std::uint64_t size, char* out) noexcept {
    constexpr char digits[] = "0123456789abcdef";
    const auto count = size == 0 ? 1u : (67u - static_cast<unsigned>(std::countl_zero(size))) / 4;
    for (unsigned i = 0; i < count; ++i) out[i] = digits[size >> (4 * (count - 1 - i)) & 15];
    out[count] = '\r';
    out[count + 1] = '\n';
    return count + 2;
}

}  // namespace tollgate
