// check.hpp - contract checks that stay on in release.
//
// For bugs of ours only. Bytes from outside are never checked with this: they get a refusal.
#pragma once

namespace tollgate {

// Prints `text` with its place and aborts.
[[noreturn]] void contract_broken(const char* text, const char* file, int line) noexcept;

}  // namespace tollgate

#define TOLLGATE_CHECK(condition)                                        \
    do {                                                                 \
        if (!(condition)) [[unlikely]]                                   \
            ::tollgate::contract_broken(#condition, __FILE__, __LINE__); \
    } while (false)
