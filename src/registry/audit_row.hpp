// audit_row.hpp - an audit event <-> its row (src/store/FORMAT.md, "audit"), and the details of the registry's own events.
#pragma once

#include "tollgate/base/error.hpp"
#include "tollgate/model/change.hpp"
#include "tollgate/model/token.hpp"

#include <string>
#include <string_view>

namespace tollgate {

std::string encode_audit_row(const audit_event& e);
result<audit_event> decode_audit_row(std::string_view row);

// `{"before":…,"after":…}` of what a creation and a revocation change. Digests are not repeated here.
std::string details_of_creation(const token& made);
std::string details_of_revocation(const token& was, const token& becomes);

}  // namespace tollgate
