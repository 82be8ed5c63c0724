#include "tollgate/model/token_id.hpp"

#include <algorithm>

namespace tollgate {
namespace {

constexpr std::string_view kAlphabet = "0123456789abcdefghjkmnpqrstvwxyz";

constexpr std::array<std::int8_t, 256> make_values() {
    std::array<std::int8_t, 256> values{};
    values.fill(-1);
    for (std::size_t i = 0; i < kAlphabet.size(); ++i) values[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::int8_t>(i);
    return values;
}
constexpr auto kValues = make_values();

// The two digits of every ten bits.
constexpr std::array<std::array<char, 2>, 1024> make_pairs() {
    std::array<std::array<char, 2>, 1024> pairs{};
    for (std::size_t i = 0; i < pairs.size(); ++i) pairs[i] = {kAlphabet[i >> 5], kAlphabet[i & 31]};
    return pairs;
}
constexpr auto kPairs = make_pairs();

// 26 digits are 130 bits: the first digit holds three.
void write_digits(const std::array<std::uint8_t, 16>& bytes, char* out) noexcept {
    unsigned __int128 value = 0;
    for (const auto b : bytes) value = value << 8 | b;
    for (std::size_t at = token_id::digits; at > 0; value >>= 10) {
        at -= 2;
        std::copy_n(kPairs[static_cast<std::size_t>(value & 1023)].data(), 2, out + at);
    }
}

}  // namespace

token_id token_id::make(timestamp now, random_source& random) {
    token_id id;
    const auto ms = static_cast<std::uint64_t>(now.us / 1000);
    for (std::size_t i = 0; i < 6; ++i) id.bytes[i] = static_cast<std::uint8_t>(ms >> (40 - 8 * i));
    random.fill(std::span(id.bytes).subspan(6));
    return id;
}

std::optional<token_id> token_id::parse(std::string_view text, std::string_view with) noexcept {
    if (text.size() != with.size() + digits || !text.starts_with(with)) return std::nullopt;
    text.remove_prefix(with.size());
    unsigned __int128 value = 0;
    for (const char& c : text) {
        const auto v = kValues[static_cast<unsigned char>(c)];
        if (v < 0 || (&c == text.data() && v > 7)) return std::nullopt;
        value = value << 5 | static_cast<unsigned>(v);
    }
    token_id id;
    for (std::size_t i = 0; i < 16; ++i) id.bytes[i] = static_cast<std::uint8_t>(value >> (120 - 8 * i));
    return id;
}

void token_id::write(char* out) const noexcept {
    prefix.copy(out, prefix.size());
    write_digits(bytes, out + prefix.size());
}

std::string token_id::text(std::string_view with) const {
    std::string out(with);
    out.resize(with.size() + digits);
    write_digits(bytes, out.data() + with.size());
    return out;
}

}  // namespace tollgate
