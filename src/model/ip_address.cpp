#include "tollgate/model/ip_address.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace tollgate {
namespace {

constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

void clear_behind(ip_address& a, unsigned prefix_bits) noexcept {
    for (unsigned i = 0; i < a.bytes.size(); ++i) {
        const unsigned kept = std::clamp<int>(static_cast<int>(prefix_bits) - static_cast<int>(8 * i), 0, 8);
        a.bytes[i] = static_cast<std::uint8_t>(a.bytes[i] & 0xff00u >> kept);
    }
}

}  // namespace

ip_address ip_address::v4(std::uint32_t host_order) noexcept {
    ip_address a;
    std::memcpy(a.bytes.data(), kMapped.data(), kMapped.size());
    for (std::size_t i = 0; i < 4; ++i) a.bytes[12 + i] = static_cast<std::uint8_t>(host_order >> (24 - 8 * i));
    return a;
}

bool ip_address::is_v4() const noexcept { return std::memcmp(bytes.data(), kMapped.data(), kMapped.size()) == 0; }

std::optional<ip_address> ip_address::parse(std::string_view text) noexcept {
    char z[INET6_ADDRSTRLEN + 1];
    if (text.empty() || text.size() > INET6_ADDRSTRLEN) return std::nullopt;
    text.copy(z, text.size());
    z[text.size()] = '\0';
    if (std::memchr(z, '\0', text.size()) != nullptr) return std::nullopt;
    ip_address a;
    in_addr four{};
    if (::inet_pton(AF_INET, z, &four) == 1) return v4(ntohl(four.s_addr));  // refuses leading zeros itself
    if (::inet_pton(AF_INET6, z, a.bytes.data()) == 1) return a;
    return std::nullopt;
}

std::string ip_address::text() const {
    char z[INET6_ADDRSTRLEN];
    if (is_v4()) return ::inet_ntop(AF_INET, bytes.data() + 12, z, sizeof z);
    return ::inet_ntop(AF_INET6, bytes.data(), z, sizeof z);
}

std::optional<ip_block> ip_block::parse(std::string_view text) noexcept {
    const auto slash = text.find('/');
    const auto base = ip_address::parse(text.substr(0, slash));
    if (!base) return std::nullopt;
    ip_block block{*base, 128};
    if (slash == std::string_view::npos) return block;
    const auto bits_text = text.substr(slash + 1);
    const bool four = text.substr(0, slash).find(':') == std::string_view::npos;
    unsigned bits = 0;
    const auto [end, ec] = std::from_chars(bits_text.data(), bits_text.data() + bits_text.size(), bits);
    if (ec != std::errc{} || end != bits_text.data() + bits_text.size() || (bits_text.size() > 1 && bits_text[0] == '0')) return std::nullopt;
    if (bits > (four ? 32u : 128u)) return std::nullopt;
    block.prefix_bits = four ? bits + 96 : bits;
    clear_behind(block.base, block.prefix_bits);
    return block;
}

std::string ip_block::text() const {
    if (prefix_bits == 128) return base.text();
    const bool four = base.is_v4() && prefix_bits >= 96;
    return base.text() + "/" + std::to_string(four ? prefix_bits - 96 : prefix_bits);
}

bool contains(std::span<const ip_block> blocks, const ip_address& address) noexcept {
    return std::any_of(blocks.begin(), blocks.end(), [&](const ip_block& b) { return b.contains(address); });
}

bool ip_block::contains(const ip_address& address) const noexcept {
    const auto whole = prefix_bits / 8, rest = prefix_bits % 8;
    if (std::memcmp(base.bytes.data(), address.bytes.data(), whole) != 0) return false;
    if (rest == 0) return true;
    const auto mask = static_cast<std::uint8_t>(0xff << (8 - rest));
    return (base.bytes[whole] & mask) == (address.bytes[whole] & mask);
}

}  // namespace tollgate
