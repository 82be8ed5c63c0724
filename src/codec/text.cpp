#include "tollgate/codec/text.hpp"

#include <array>
#include <charconv>
#include <cstring>
#include <limits>
#include <optional>

namespace tollgate {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::string_view kBase62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

constexpr std::size_t kCrcStep = 8;  // bytes that are looked up beside each other ("slicing by eight"): one by one, each waits for the one before

// [n][byte]: what a byte does to the sum that has `n` more of its step behind it.
constexpr std::array<std::array<std::uint32_t, 256>, kCrcStep> make_crc_tables() {
    std::array<std::array<std::uint32_t, 256>, kCrcStep> tables{};
    for (std::uint32_t i = 0; i < 256; ++i) {
        auto c = i;
        for (int bit = 0; bit < 8; ++bit) c = (c & 1) != 0 ? 0xedb88320u ^ c >> 1 : c >> 1;
        tables[0][i] = c;
    }
    for (std::size_t n = 1; n < kCrcStep; ++n)
        for (std::size_t i = 0; i < 256; ++i) tables[n][i] = tables[0][tables[n - 1][i] & 0xff] ^ tables[n - 1][i] >> 8;
    return tables;
}
constexpr auto kCrcTables = make_crc_tables();

constexpr auto kHexValues = [] {
    std::array<std::int8_t, 256> values{};
    for (int c = 0; c < 256; ++c) values[static_cast<std::size_t>(c)] = static_cast<std::int8_t>(hex_digit(static_cast<char>(c)));
    return values;
}();

struct unit {
    std::string_view name;
    std::uint64_t factor;
};
constexpr std::array kDurationUnits{unit{"ms", 1000}, unit{"s", 1'000'000}, unit{"m", 60'000'000}, unit{"h", 3'600'000'000},
    unit{"d", 86'400'000'000}, unit{"w", 604'800'000'000}, unit{"us", 1}};
constexpr std::array kSizeUnits{
    unit{"", 1}, unit{"B", 1}, unit{"KiB", 1ull << 10}, unit{"MiB", 1ull << 20}, unit{"GiB", 1ull << 30}, unit{"TiB", 1ull << 40}};

// A number without sign, and the letters behind it.
std::optional<std::uint64_t> split_number(std::string_view& text) noexcept {
    std::uint64_t n = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), n);
    if (ec != std::errc{} || end == text.data()) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return n;
}

template <std::size_t N>
std::optional<std::uint64_t> scaled(std::uint64_t n, std::string_view name, const std::array<unit, N>& units) noexcept {
    for (const auto& u : units) {
        if (u.name != name) continue;
        if (n > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) / u.factor) return std::nullopt;
        return n * u.factor;
    }
    return std::nullopt;
}

failure bad_text(std::string_view what, std::string_view text, std::string_view instead) {
    return {errc::invalid, "'" + std::string(text) + "' is not a " + std::string(what) + "; write " + std::string(instead)};
}

}  // namespace

std::string hex(std::span<const std::uint8_t> bytes) {
    std::string out(bytes.size() * 2, '\0');
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        out[2 * i] = kHex[bytes[i] >> 4];
        out[2 * i + 1] = kHex[bytes[i] & 15];
    }
    return out;
}

bool unhex_into(std::span<std::uint8_t> out, std::string_view text) noexcept {
    int all = 0;  // negative once a digit is none
    for (std::size_t i = 0; i < out.size(); ++i) {
        const int high = kHexValues[static_cast<unsigned char>(text[2 * i])], low = kHexValues[static_cast<unsigned char>(text[2 * i + 1])];
        all |= high | low;
        out[i] = static_cast<std::uint8_t>(high << 4 | low);
    }
    return all >= 0;
}

result<std::string> unhex(std::string_view text) {
    if (text.size() % 2 != 0) return failure{errc::invalid, "hexadecimal text has an even number of digits"};
    std::string out(text.size() / 2, '\0');
    if (!unhex_into({reinterpret_cast<std::uint8_t*>(out.data()), out.size()}, text))
        return failure{errc::invalid, "hexadecimal text holds digits 0-9 and a-f only"};
    return out;
}

std::uint32_t crc32(std::string_view bytes) noexcept {
    std::uint32_t c = ~0u;
    for (; bytes.size() >= kCrcStep; bytes.remove_prefix(kCrcStep)) {
        std::uint64_t word;
        std::memcpy(&word, bytes.data(), sizeof word);
        word ^= c;
        c = 0;
        for (std::size_t n = kCrcStep; n-- > 0; word >>= 8) c ^= kCrcTables[n][word & 0xff];
    }
    for (const char b : bytes) c = kCrcTables[0][(c ^ static_cast<unsigned char>(b)) & 0xff] ^ c >> 8;
    return ~c;
}

void write_base62(std::uint64_t value, char* out, std::size_t digits) noexcept {
    for (; digits > 0; value /= 62) out[--digits] = kBase62[value % 62];
}

result<parsed_duration> parse_duration(std::string_view text) {
    constexpr std::string_view instead = "a number and a unit: 250ms, 10s, 5m, 24h, 15d, 6mo, 1y, or never";
    parsed_duration out;
    if (text == "never") {
        out.never = true;
        return out;
    }
    auto name = text;
    const auto n = split_number(name);
    if (!n) return bad_text("duration", text, instead);
    if (name == "mo" || name == "y") {
        if (*n > 12'000) return bad_text("duration", text, "at most 12000 months or years");
        out.months = static_cast<int>(*n) * (name == "y" ? 12 : 1);
        return out;
    }
    const auto us = scaled(*n, name, kDurationUnits);
    if (!us) return bad_text("duration", text, instead);
    out.exact = std::chrono::microseconds(static_cast<std::int64_t>(*us));
    return out;
}

result<std::uint64_t> parse_size(std::string_view text) {
    auto name = text;
    const auto n = split_number(name);
    const auto bytes = n ? scaled(*n, name, kSizeUnits) : std::nullopt;
    if (!bytes) return bad_text("size", text, "a number and a unit: 512, 32KiB, 64MiB, 1GiB");
    return *bytes;
}

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (lower(a[i]) != lower(b[i])) return false;
    return true;
}

}  // namespace tollgate
