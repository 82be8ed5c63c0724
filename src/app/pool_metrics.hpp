// pool_metrics.hpp - pools and their servers in Prometheus' text form.
//
// Threads: any.
#pragma once

#include "tollgate/net/pool_board.hpp"

#include <memory>
#include <string>
#include <vector>

namespace tollgate {

std::string write_pool_metrics(const std::vector<std::shared_ptr<pool_board>>& boards);

}  // namespace tollgate
