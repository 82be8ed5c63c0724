// credential.hpp - the Authorization header -> what was presented. Pure text work, no look-up. (C-3, C-12, RFC 6750 §2.1)
//
// Sorts out what can be refused without a digest: no token, bad syntax, junk, the other environment's token.
// No allocation; linear in the length of the header. Threads: a function.
// Lifetime: the text is a view into the header.
#pragma once

#include "tollgate/rules/rulebook.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tollgate {

struct credential {
    enum class kind : std::uint8_t {
        missing,            // no header, another scheme, or an empty token
        malformed,          // two headers, or a bearer text that is not a b64token
        junk,               // well-formed header; no format of the API, or a bad checksum
        other_environment,  // a well-formed token of another environment of this API (PL-1)
        plausible,          // worth a look-up
        access_token,       // looks like one that is not stored: worth reading (rules/access_token.hpp)
    } what = kind::missing;
    std::string_view text;  // what the digest is of; only for plausible and access_token
};

// `headers`: number of Authorization headers; `value`: the first one's, trimmed. `environment`: the host's, an index.
credential read_credential(std::size_t headers, std::string_view value, const api& of, std::uint32_t environment) noexcept;

}  // namespace tollgate
