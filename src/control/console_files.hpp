// console_files.hpp - the console and the portal as the build made them (src/control/console/build); without npm there are none.
#pragma once

#include <span>
#include <string_view>

namespace tollgate {

struct console_file {
    std::string_view name;  // its hash is in it: what has the name is this, for ever
    std::string_view type;
    std::string_view brotli, gzip;
};

std::span<const console_file> console_files() noexcept;
// The pages that load them, with what front_end.hpp fills in. Empty: this program has none.
std::string_view console_page() noexcept;
std::string_view portal_page() noexcept;

}  // namespace tollgate
