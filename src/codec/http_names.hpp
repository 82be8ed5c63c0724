// http_names.hpp - which field a name names, and what the name alone decides.
//
// A name that spells one of ours with '_' for '-' (`Content_Length`) is nobody's: some servers fold the two, so it is never
// forwarded, and never mistaken for ours. (W-9, W-11)
// Private to codec. Pure; no allocation.
#pragma once

#include "tollgate/codec/http_head.hpp"

#include <string_view>

namespace tollgate {

struct known_name {
    field_name id = field_name::other;
    bool dropped = false;  // hop-by-hop, method override, identity or a look-alike
};

// `name`: token bytes. `has_underscore`: one of them is '_'.
known_name identify_name(std::string_view name, bool has_underscore) noexcept;

}  // namespace tollgate
