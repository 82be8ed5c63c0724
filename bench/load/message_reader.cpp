#include "message_reader.hpp"

#include <strings.h>
#include <algorithm>
#include <charconv>
#include <cstring>

namespace tollgate {

namespace {

constexpr std::size_t head_max = 64 * 1024;

bool is_field(std::string_view line, std::string_view name) {
    return line.size() > name.size() && line[name.size()] == ':' && ::strncasecmp(line.data(), name.data(), name.size()) == 0;
}

std::string_view value_of(std::string_view line, std::size_t name_size) {
    line.remove_prefix(name_size + 1);
    while (!line.empty() && line.front() == ' ') line.remove_prefix(1);
    return line;
}

unsigned read_status(std::string_view head) {
    if (head.size() < 12 || head.substr(0, 5) != "HTTP/") return 0;
    unsigned status = 0;
    std::from_chars(head.data() + 9, head.data() + 12, status);
    return status;
}

}  // namespace

message_reader::outcome message_reader::feed(std::string_view& bytes) {
    if (at_ == part::head) {
        const auto read = read_head(bytes);
        if (read != outcome::complete) return read;
        at_ = chunked_ ? part::chunk_size : part::body;
    }
    if (at_ == part::body) return take_body(bytes, part::head);
    return read_chunked(bytes);
}

message_reader::outcome message_reader::read_head(std::string_view& bytes) {
    const bool in_pieces = !held_.empty();
    const auto before = held_.size();
    if (in_pieces) held_.append(bytes);
    const std::string_view all = in_pieces ? std::string_view(held_) : bytes;
    const auto size = scan_head(all);
    if (size == 0) {
        if (!in_pieces) held_.assign(bytes);
        bytes = {};
        return held_.size() > head_max ? outcome::broken : outcome::more;
    }
    status_ = read_status(all);
    bytes.remove_prefix(size - before);
    held_.clear();
    return outcome::complete;
}

std::size_t message_reader::scan_head(std::string_view bytes) {
    left_ = body_bytes_ = 0;
    chunked_ = closes_ = false;
    std::size_t at = 0;
    while (at < bytes.size()) {
        const auto* end = static_cast<const char*>(std::memchr(bytes.data() + at, '\n', bytes.size() - at));
        if (end == nullptr) return 0;
        const auto next = static_cast<std::size_t>(end - bytes.data()) + 1;
        if (next - at <= 2) return next;  // the empty line
        note_field(bytes.substr(at, next - at - 2));
        at = next;
    }
    return 0;
}

void message_reader::note_field(std::string_view line) {
    const char first = static_cast<char>(line.front() | 0x20);
    if (first == 'c' && is_field(line, "content-length")) {
        const auto value = value_of(line, 14);
        std::from_chars(value.data(), value.data() + value.size(), left_);
    } else if (first == 't' && is_field(line, "transfer-encoding")) {
        chunked_ = true;
    } else if (first == 'c' && is_field(line, "connection")) {
        closes_ = ::strncasecmp(value_of(line, 10).data(), "close", 5) == 0;
    }
}

message_reader::outcome message_reader::take_body(std::string_view& bytes, part then) {
    const auto n = std::min<std::uint64_t>(left_, bytes.size());
    bytes.remove_prefix(n);
    left_ -= n;
    body_bytes_ += n;
    if (left_ != 0) return outcome::more;
    at_ = then;
    return outcome::complete;
}

bool message_reader::take_line(std::string_view& bytes) {
    const auto end = bytes.find('\n');
    held_.append(bytes.substr(0, end == std::string_view::npos ? end : end + 1));
    bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
    return end != std::string_view::npos;
}

message_reader::outcome message_reader::read_chunked(std::string_view& bytes) {
    while (true) {
        if (at_ == part::chunk_data) {
            if (take_body(bytes, part::chunk_end) != outcome::complete) return outcome::more;
            continue;
        }
        if (!take_line(bytes)) return held_.size() > head_max ? outcome::broken : outcome::more;
        const bool empty = held_.size() <= 2;
        if (at_ == part::chunk_size) {
            const auto read = std::from_chars(held_.data(), held_.data() + held_.size(), left_, 16);
            if (read.ec != std::errc{}) return outcome::broken;
            at_ = left_ == 0 ? part::trailer : part::chunk_data;
        } else if (at_ == part::chunk_end) {
            at_ = part::chunk_size;
        } else if (empty) {  // end of the trailer
            held_.clear();
            at_ = part::head;
            return outcome::complete;
        }
        held_.clear();
    }
}

}  // namespace tollgate
