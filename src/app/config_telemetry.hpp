// config_telemetry.hpp - the keys of `telemetry`.
#pragma once

#include "app/config_table.hpp"

namespace tollgate {

const config_section& telemetry_section() noexcept;

}  // namespace tollgate
