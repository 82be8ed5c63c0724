// grant_codec.hpp - a grant <-> its row in the index (src/store/FORMAT.md, "index").
//
// Errors: corrupt, for bytes that are not a grant of this version. Bytes are never trusted: what does not fit is refused.
#pragma once

#include "tollgate/base/error.hpp"
#include "tollgate/model/grant.hpp"

#include <string>
#include <string_view>

namespace tollgate {

// A revoked grant is written as a tombstone: id, API, environment, state.
std::string encode_grant(const indexed_grant& g);
result<indexed_grant> decode_grant(std::string_view row);

}  // namespace tollgate
