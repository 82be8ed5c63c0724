#include "tollgate/codec/digest_text.hpp"

#include "tollgate/codec/text.hpp"

namespace tollgate {

std::optional<digest> parse_digest(std::string_view hexadecimal) {
    digest out;
    if (hexadecimal.size() != 2 * out.bytes.size() || !unhex_into(out.bytes, hexadecimal)) return std::nullopt;
    return out;
}

}  // namespace tollgate
