// openapi_servers.hpp - `servers` -> base paths.
#pragma once

#include "rules/openapi_reader.hpp"

namespace tollgate::openapi {

// Base paths of `holder`'s own `servers`, each once, without a final '/'; the host of a URL plays no part. Nothing: it
// has none of its own (an empty list counts as none).
std::optional<std::vector<std::string>> base_paths(reader& in, const place& holder);

}  // namespace tollgate::openapi
