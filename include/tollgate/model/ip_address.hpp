// ip_address.hpp - an address and a block of addresses, without a network library.
//
// IPv4 is held as v4-mapped IPv6, so that 10.0.0.1 and ::ffff:10.0.0.1 are one address (security row T-7). Texts with
// leading zeros in a decimal part (010.0.0.1), zone ids or spaces do not parse.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tollgate {

struct ip_address {
    std::array<std::uint8_t, 16> bytes{};
    friend auto operator<=>(const ip_address&, const ip_address&) = default;

    static std::optional<ip_address> parse(std::string_view text) noexcept;
    static ip_address v4(std::uint32_t host_order) noexcept;
    [[nodiscard]] bool is_v4() const noexcept;
    [[nodiscard]] std::string text() const;
};

struct ip_block {
    ip_address base;             // every bit behind the prefix is zero
    unsigned prefix_bits = 128;  // counted in the 128-bit form
    friend bool operator==(const ip_block&, const ip_block&) = default;

    // "10.0.0.0/8", "2001:db8::/32", or a single address. Bits of the host are taken as zero: 10.1.2.3/8 is 10.0.0.0/8.
    static std::optional<ip_block> parse(std::string_view text) noexcept;
    [[nodiscard]] bool contains(const ip_address& address) const noexcept;
    // The one way to write it: "10.0.0.0/8", and a single address without its prefix.
    [[nodiscard]] std::string text() const;
};

// Whether one of `blocks` contains `address`. An empty list contains nothing.
[[nodiscard]] bool contains(std::span<const ip_block> blocks, const ip_address& address) noexcept;

}  // namespace tollgate
