#include "tollgate/codec/base64.hpp"

#include <array>

namespace tollgate {
namespace {

constexpr std::string_view kUrlLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::int8_t kNone = -1;

constexpr std::array<std::int8_t, 256> values_of(std::string_view letters) {
    std::array<std::int8_t, 256> out{};
    out.fill(kNone);
    for (std::size_t i = 0; i < letters.size(); ++i) out[static_cast<unsigned char>(letters[i])] = static_cast<std::int8_t>(i);
    return out;
}

constexpr auto kUrlValues = values_of(kUrlLetters), kValues = values_of(kLetters);

// `text` without padding.
std::optional<std::size_t> read(std::string_view text, const std::array<std::int8_t, 256>& values, std::span<std::uint8_t> out) noexcept {
    if (text.size() % 4 == 1 || text.size() * 6 / 8 > out.size()) return std::nullopt;
    std::uint32_t held = 0;
    unsigned bits = 0;
    std::size_t n = 0;
    for (const char c : text) {
        const auto value = values[static_cast<unsigned char>(c)];
        if (value == kNone) return std::nullopt;
        held = held << 6 | static_cast<std::uint32_t>(value);
        bits += 6;
        if (bits < 8) continue;
        bits -= 8;
        out[n++] = static_cast<std::uint8_t>(held >> bits);
    }
    if ((held & ((1u << bits) - 1)) != 0) return std::nullopt;
    return n;
}

}  // namespace

std::string base64url(std::string_view bytes) {
    std::string out;
    out.reserve((bytes.size() * 4 + 2) / 3);
    std::uint32_t held = 0;
    unsigned bits = 0;
    for (const char c : bytes) {
        held = held << 8 | static_cast<unsigned char>(c);
        for (bits += 8; bits >= 6;) {
            bits -= 6;
            out.push_back(kUrlLetters[held >> bits & 63]);
        }
    }
    if (bits != 0) out.push_back(kUrlLetters[held << (6 - bits) & 63]);
    return out;
}

std::optional<std::size_t> read_base64url(std::string_view text, std::span<std::uint8_t> out) noexcept { return read(text, kUrlValues, out); }

std::optional<std::string> read_base64(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
    std::string out(text.size() * 6 / 8, '\0');
    const auto n = read(text, kValues, {reinterpret_cast<std::uint8_t*>(out.data()), out.size()});
    if (!n) return std::nullopt;
    out.resize(*n);
    return out;
}

}  // namespace tollgate
