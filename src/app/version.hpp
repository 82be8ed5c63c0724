// version.hpp - which Tollgate this is.
#pragma once

namespace tollgate {

inline constexpr const char* program_version = "0.1.0";  // CMakeLists.txt says the same; a test compares

}  // namespace tollgate
