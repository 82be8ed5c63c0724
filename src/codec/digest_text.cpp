#include "tollgate/codec/digest_text.hpp"

#include "tollgate/codec/text.hpp"

#include <cstring>

namespace tollgate {

std::optional<digest> parse_digest(std::string_view hexadecimal) {
    digest out;
    if (hexadecimal.size() != 2 * out.bytes.size()) return std::nullopt;
    const auto bytes = unhex(hexadecimal);
    if (!bytes) return std::nullopt;
    std::memcpy(out.bytes.data(), bytes->data(), out.bytes.size());
    return out;
}

}  // namespace tollgate
