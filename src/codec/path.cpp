#include "tollgate/codec/path.hpp"

#include "http_bytes.hpp"

#include "tollgate/codec/text.hpp"

#include <algorithm>

namespace tollgate {
namespace {

constexpr char kHexDigits[] = "0123456789ABCDEF";

unsigned hex_value(char c) noexcept { return static_cast<unsigned>(c <= '9' ? c - '0' : lower(c) - 'a' + 10); }

// The byte behind the '%' at `i`, or -1.
int escaped_byte(std::string_view raw, std::size_t i) noexcept {
    if (raw.size() - i < 3 || !all_bytes(raw.substr(i + 1, 2), hex_byte)) return -1;
    return static_cast<int>(hex_value(raw[i + 1]) << 4 | hex_value(raw[i + 2]));
}

bool is_unreserved(int c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
}

// Never to be sent on, raw or escaped: C0 and C1 begin nothing but overlong UTF-8, by which a decoder is told '.' or '/'.
bool is_refused(int c) noexcept { return c < 0x20 || c == 0x7f || c == '\\' || c == 0xc0 || c == 0xc1; }

bool decode_escapes(std::string_view raw, std::string& out) {
    out.clear();
    for (std::size_t i = 0; i < raw.size(); ++i) {
        if (raw[i] != '%') {
            out += raw[i];
            continue;
        }
        const int byte = escaped_byte(raw, i);
        if (byte < 0 || is_refused(byte)) return false;
        if (is_unreserved(byte)) {
            out += static_cast<char>(byte);
        } else {
            out += '%';
            out += kHexDigits[byte >> 4];
            out += kHexDigits[byte & 15];
        }
        i += 2;
    }
    return true;
}

// Looks at the canonical text, so that an escape of an escape is seen however it was spelled.
bool is_double_encoded(std::string_view path) noexcept {
    for (auto at = path.find("%25"); at != std::string_view::npos; at = path.find("%25", at + 1))
        if (path.size() - at >= 5 && all_bytes(path.substr(at + 3, 2), hex_byte)) return true;
    return false;
}

// What a server may take for `.` or `..`: also with path parameters behind it (`..;x`).
bool is_dots(std::string_view segment) noexcept {
    segment = segment.substr(0, segment.find(';'));
    if (const auto semicolon = segment.find("%3B"); semicolon != std::string_view::npos) segment = segment.substr(0, semicolon);
    return segment == "." || segment == "..";
}

// An encoded slash ends a segment here: what decodes it would see one.
bool has_dots(std::string_view piece) noexcept {
    for (auto at = piece.find("%2F"); at != std::string_view::npos; at = piece.find("%2F")) {
        if (is_dots(piece.substr(0, at))) return true;
        piece.remove_prefix(at + 3);
    }
    return is_dots(piece);
}

bool segments_are_good(std::string_view path) noexcept {
    for (std::size_t begin = 1; begin < path.size();) {
        const auto end = std::min(path.find('/', begin), path.size());
        const auto segment = path.substr(begin, end - begin);
        if (segment.empty() || has_dots(segment)) return false;
        begin = end + 1;
    }
    return true;
}

// Whether `raw` is its own canonical form, as most are: nothing that is refused or encoded, and no segment that is empty or begins
// with a dot.
bool is_canonical(std::string_view raw) noexcept {
    bool good = true;
    char before = 'x';
    for (const char c : raw) {
        good &= is_byte(c, plain_path_byte) && !(before == '/' && (c == '/' || c == '.'));
        before = c;
    }
    return good;
}

}  // namespace

path_result canonical_path(std::string_view raw, std::string& scratch) {
    if (!raw.starts_with('/')) return {};
    if (is_canonical(raw)) return {true, raw};
    bool escapes = false;
    for (const char c : raw) {
        if (!is_byte(c, target_byte) || c == '\\' || c == '?') return {};
        escapes |= c == '%';
    }
    if (escapes) {
        if (!decode_escapes(raw, scratch) || is_double_encoded(scratch)) return {};
        if (scratch != raw) raw = scratch;
    }
    if (!segments_are_good(raw)) return {};
    return {true, raw};
}

bool percent_decode(std::string_view raw, bool plus, std::string& out) {
    out.clear();
    for (std::size_t i = 0; i < raw.size(); ++i) {
        if (raw[i] == '%') {
            const int byte = escaped_byte(raw, i);
            if (byte < 0) return out.clear(), false;
            out += static_cast<char>(byte);
            i += 2;
        } else {
            out += plus && raw[i] == '+' ? ' ' : raw[i];
        }
    }
    return true;
}

}  // namespace tollgate
