// account_use.hpp - what one ended exchange adds to the use of its token, and to the denials where it was refused. (C-7, C-8)
#pragma once

#include "tollgate/gateway/worker.hpp"
#include "workspace.hpp"

#include <cstdint>

namespace tollgate {

// After the answer, once; nothing where no known token was presented.
void account_use(worker& w, const workspace& ws, std::uint64_t took_us);

}  // namespace tollgate
