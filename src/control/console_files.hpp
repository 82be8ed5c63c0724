// console_files.hpp - the console as the build made it (src/control/console/build); without npm there is none.
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
// The page that loads them, with `%NONCE%` where the policy's goes. Empty: this program has no console.
std::string_view console_page() noexcept;

}  // namespace tollgate
