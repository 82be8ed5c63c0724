// config_pool.hpp - the keys of a pool of upstream servers. (config_table.hpp)
//
// `into` is the pool_config. What the rules mean: rules/pool.hpp.
#pragma once

#include "app/config_table.hpp"

namespace tollgate {

const config_section& pool_section() noexcept;

}  // namespace tollgate
