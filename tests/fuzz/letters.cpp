// Bytes as letters, and sealed bytes: one text for one value, and nothing from what was not sealed here.
#include "fuzz/fuzz.hpp"
#include "fuzz/worlds.hpp"
#include "tollgate/codec/base64.hpp"
#include "tollgate/codec/text.hpp"
#include "tollgate/crypto/seal.hpp"

#include <algorithm>

using namespace tollgate;

namespace {

std::span<const std::uint8_t> as_bytes(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

}  // namespace

FUZZ_TARGET(letters) {
    const auto url = unbase64url(bytes);
    std::vector<std::uint8_t> room(bytes.size());
    const auto size = read_base64url(bytes, room);
    DEMAND(url.has_value() == size.has_value());
    if (url)
        DEMAND(base64url(as_bytes(*url)) == bytes &&
            std::equal(url->begin(), url->end(), room.begin(), room.begin() + static_cast<std::ptrdiff_t>(*size),
                [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; }));
    DEMAND(unbase64url(base64url(as_bytes(bytes))) == bytes);
    (void)unbase64(bytes);
    (void)base32(as_bytes(bytes));
    if (const auto plain = unhex(bytes)) DEMAND(equal_ignoring_case(hex(as_bytes(*plain)), bytes));
    DEMAND(*unhex(hex(as_bytes(bytes))) == bytes);
    static const seal_key key;
    DEMAND(!unseal(key, "row", bytes));
    fuzz::repeating random(bytes.size());
    auto sealed = seal(key, random, "row", bytes);
    DEMAND(unseal(key, "row", sealed) == bytes && !unseal(key, "another", sealed));
    auto& one = sealed[bytes.empty() ? 0 : static_cast<unsigned char>(bytes[0]) % sealed.size()];
    one = static_cast<char>(one ^ 1);
    DEMAND(!unseal(key, "row", sealed));
}
