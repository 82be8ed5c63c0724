#include "tollgate/codec/proxy_header.hpp"

#include "tollgate/base/bounds.hpp"

#include <algorithm>
#include <charconv>

namespace tollgate {
namespace {

using status = proxy_header_status;

constexpr std::string_view kText = "PROXY ";
constexpr std::string_view kBinary{"\r\n\r\n\0\r\nQUIT\n", 12};
constexpr std::size_t kTextBytes = 107, kBinaryFixed = 16;

// Whether `bytes` begins as `mark` does, as far as both go.
bool may_become(std::string_view bytes, std::string_view mark) noexcept {
    const auto n = std::min(bytes.size(), mark.size());
    return bytes.substr(0, n) == mark.substr(0, n);
}

std::string_view take_word(std::string_view& line) noexcept {
    const auto end = std::min(line.find(' '), line.size());
    const auto word = line.substr(0, end);
    line.remove_prefix(std::min(end + 1, line.size()));
    return word;
}

bool is_port(std::string_view word) noexcept {
    unsigned value = 0;
    const auto [end, ec] = std::from_chars(word.data(), word.data() + word.size(), value);
    return ec == std::errc{} && end == word.data() + word.size() && value <= 65535 && (word.size() == 1 || word.front() != '0');
}

std::optional<ip_address> read_address(std::string_view word, bool six) noexcept {
    if ((word.find(':') != std::string_view::npos) != six) return std::nullopt;
    return ip_address::parse(word);
}

// "TCP4 203.0.113.7 10.0.0.1 4711 443"
bool read_line(std::string_view line, proxy_header& out) noexcept {
    const auto family = take_word(line);
    if (family == "UNKNOWN") return true;  // the rest has no meaning
    if (family != "TCP4" && family != "TCP6") return false;
    const bool six = family == "TCP6";
    const auto source = read_address(take_word(line), six), target = read_address(take_word(line), six);
    const auto from = take_word(line);
    if (!source || !target || !is_port(from) || !is_port(line)) return false;  // of the last word nothing may be left
    out.source = *source;
    return true;
}

status read_text(std::string_view bytes, proxy_header& out) noexcept {
    const auto window = bytes.substr(0, kTextBytes);
    const auto control = std::find_if(window.begin(), window.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7f'; });
    const auto at = static_cast<std::size_t>(control - window.begin());
    if (at == window.size()) return window.size() == kTextBytes ? status::refused : status::need_more;
    if (window[at] != '\r') return status::refused;
    if (at + 1 == window.size()) return window.size() == kTextBytes ? status::refused : status::need_more;
    if (window[at + 1] != '\n' || !read_line(window.substr(kText.size(), at - kText.size()), out)) return status::refused;
    out.bytes = at + 2;
    return status::complete;
}

unsigned byte_at(std::string_view s, std::size_t i) noexcept { return static_cast<unsigned char>(s[i]); }
std::size_t pair_at(std::string_view s, std::size_t i) noexcept { return byte_at(s, i) << 8 | byte_at(s, i + 1); }

// Extensions: type, length of two bytes, value; until exactly the end.
bool extensions_fit(std::string_view rest) noexcept {
    constexpr std::size_t fixed = 3;
    while (!rest.empty()) {
        if (rest.size() < fixed || rest.size() - fixed < pair_at(rest, 1)) return false;
        rest.remove_prefix(fixed + pair_at(rest, 1));
    }
    return true;
}

bool read_addresses(unsigned family, std::string_view payload, proxy_header& out) noexcept {
    constexpr unsigned unspecified = 0x00, tcp4 = 0x11, tcp6 = 0x21;
    constexpr std::size_t four_bytes = 12, six_bytes = 36;
    if (family == unspecified) return true;  // the receiver goes by the connection
    if (family == tcp4 && payload.size() >= four_bytes) {
        out.source = ip_address::v4(byte_at(payload, 0) << 24 | byte_at(payload, 1) << 16 | byte_at(payload, 2) << 8 | byte_at(payload, 3));
        return extensions_fit(payload.substr(four_bytes));
    }
    if (family != tcp6 || payload.size() < six_bytes) return false;
    ip_address source;
    for (std::size_t i = 0; i < source.bytes.size(); ++i) source.bytes[i] = static_cast<std::uint8_t>(byte_at(payload, i));
    out.source = source;
    return extensions_fit(payload.substr(six_bytes));
}

status read_binary(std::string_view bytes, proxy_header& out) noexcept {
    constexpr unsigned local = 0x20, proxied = 0x21;
    if (bytes.size() > kBinary.size() && byte_at(bytes, kBinary.size()) != local && byte_at(bytes, kBinary.size()) != proxied) return status::refused;
    if (bytes.size() < kBinaryFixed) return status::need_more;
    const auto size = kBinaryFixed + pair_at(bytes, kBinaryFixed - 2);
    if (size > bounds::proxy_header_bytes) return status::refused;
    if (bytes.size() < size) return status::need_more;
    const bool own = byte_at(bytes, kBinary.size()) == local;
    const auto payload = bytes.substr(kBinaryFixed, size - kBinaryFixed);
    if (!own && !read_addresses(byte_at(bytes, kBinary.size() + 1), payload, out)) return status::refused;
    out.bytes = size;
    return status::complete;
}

}  // namespace

proxy_header_status read_proxy_header(std::string_view bytes, proxy_header& out) noexcept {
    out = {};
    if (!may_become(bytes, kText) && !may_become(bytes, kBinary)) return status::refused;
    if (bytes.size() >= kBinary.size() && bytes.starts_with(kBinary)) return read_binary(bytes, out);
    if (bytes.size() >= kText.size() && bytes.starts_with(kText)) return read_text(bytes, out);
    return status::need_more;
}

}  // namespace tollgate
