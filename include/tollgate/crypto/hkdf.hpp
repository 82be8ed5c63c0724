// hkdf.hpp - HKDF-SHA256 (RFC 5869): keys for one purpose each, out of a master key.
//
// `info` names the purpose: two purposes never share a key. Not for passwords.
// Threads: a function. Bounds: `out` has at most 255 * 32 bytes, `key` at least one.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace tollgate {

void hkdf_sha256(std::string_view key, std::string_view salt, std::string_view info, std::span<std::uint8_t> out) noexcept;

}  // namespace tollgate
