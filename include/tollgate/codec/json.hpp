// json.hpp - JSON values for bodies and records. Boost.JSON, under the one name by which the other floors know it.
#pragma once

#include <boost/json.hpp>

namespace tollgate {

namespace json = boost::json;

}  // namespace tollgate
