// config_tls.hpp - the keys of `tls:`. (config_table.hpp)
#pragma once

#include "app/config_table.hpp"

namespace tollgate {

// Of a listener: a section that is read into a listener_tls_config.
const config_section& listener_tls_section() noexcept;
// Of a pool of upstream servers, into an upstream_tls_config.
const config_section& upstream_tls_section() noexcept;

}  // namespace tollgate
