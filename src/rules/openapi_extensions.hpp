// openapi_extensions.hpp - the x- keys that an operation (or, for all of its operations, a path item) carries for the gateway.
#pragma once

#include "tollgate/rules/contract.hpp"
#include "tollgate/rules/route_table.hpp"

#include "rules/openapi_reader.hpp"

namespace tollgate::openapi {

// The operation's own key wins over its path item's.
void read_extensions(reader& in, const place& operation, const place& path_item, const contract& rules, route& out);

// Keys that mean something to the gateway, but stand where they mean nothing; and misspelt ones.
void check_stray_keys(reader& in, const place& at, bool is_root);

// x-encoded-slash of operation, path item and parameters -> out.encoded_slash and out.slash_parameters. `out.path` is known.
void read_encoded_slash(reader& in, const place& operation, const place& path_item, route& out);

}  // namespace tollgate::openapi
