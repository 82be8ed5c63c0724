// allocations.hpp - how often this thread has asked for memory: for tests of what must not.
#pragma once

#include <cstddef>

namespace tollgate {

std::size_t allocations_so_far() noexcept;
// Not under the thread sanitizer, which has operators of its own.
bool allocations_are_counted() noexcept;

}  // namespace tollgate
