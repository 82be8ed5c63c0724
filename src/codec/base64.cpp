#include "tollgate/codec/base64.hpp"

#include <algorithm>
#include <array>

namespace tollgate {
namespace {

constexpr std::string_view kUrl = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr auto kUrlValues = [] {
    std::array<std::int8_t, 256> out{};
    out.fill(-1);
    for (std::size_t i = 0; i < kUrl.size(); ++i) out[static_cast<unsigned char>(kUrl[i])] = static_cast<std::int8_t>(i);
    return out;
}();
constexpr std::string_view kUsual = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kBase32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

// Groups of `bits` bits, most significant first, the last one filled up with zeros.
std::string write_letters(std::span<const std::uint8_t> bytes, unsigned bits, std::string_view alphabet) {
    std::string out;
    std::uint32_t held = 0;
    unsigned count = 0;
    const std::uint32_t mask = (1u << bits) - 1;
    for (const auto byte : bytes) {
        held = held << 8 | byte;
        for (count += 8; count >= bits; count -= bits) out.push_back(alphabet[held >> (count - bits) & mask]);
    }
    if (count > 0) out.push_back(alphabet[held << (bits - count) & mask]);
    return out;
}

// What is left over of the last letter must be zeros: one text for one value.
std::optional<std::string> read_letters(std::string_view text, std::string_view alphabet) {
    std::string out;
    std::uint32_t held = 0;
    unsigned count = 0;
    for (const char c : text) {
        const auto value = alphabet.find(c);
        if (value == std::string_view::npos) return std::nullopt;
        held = held << 6 | static_cast<std::uint32_t>(value);
        count += 6;
        if (count < 8) continue;
        count -= 8;
        out.push_back(static_cast<char>(held >> count & 0xff));
    }
    if (count >= 6 || (held & ((1u << count) - 1)) != 0) return std::nullopt;
    return out;
}

}  // namespace

std::string base64url(std::span<const std::uint8_t> bytes) { return write_letters(bytes, 6, kUrl); }

std::string base32(std::span<const std::uint8_t> bytes) { return write_letters(bytes, 5, kBase32); }

std::optional<std::string> unbase64url(std::string_view text) { return read_letters(text, kUrl); }

std::optional<std::size_t> read_base64url(std::string_view text, std::span<std::uint8_t> out) noexcept {
    if (text.size() % 4 == 1 || text.size() * 6 / 8 > out.size()) return std::nullopt;
    std::uint32_t held = 0;
    unsigned count = 0;
    std::size_t n = 0;
    for (const char c : text) {
        const auto value = kUrlValues[static_cast<unsigned char>(c)];
        if (value < 0) return std::nullopt;
        held = held << 6 | static_cast<std::uint32_t>(value);
        count += 6;
        if (count < 8) continue;
        count -= 8;
        out[n++] = static_cast<std::uint8_t>(held >> count);
    }
    if ((held & ((1u << count) - 1)) != 0) return std::nullopt;
    return n;
}

std::optional<std::string> unbase64(std::string_view text) {
    if (text.size() % 4 == 0)
        for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
    return read_letters(text, kUsual);
}

}  // namespace tollgate
