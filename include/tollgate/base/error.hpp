// error.hpp - what can go wrong below the gateway, as values.
//
// `failure` is for everything off the request's hot path: configuration, documents, stores, management. It carries a
// kind that code branches on and a sentence that a person reads. A request's own refusal is rules/refusal.hpp; an I/O
// result is boost::system::error_code. The three are never mixed.
// Threads: values; copy freely.
#pragma once

#include <boost/system/result.hpp>

#include <stdexcept>
#include <string>
#include <string_view>

namespace tollgate {

enum class errc {
    invalid,        // the input is wrong; the sentence says what to write instead
    not_found,      // no such thing
    exists,         // a thing of that name or key is there already
    conflict,       // the thing has changed since it was read (revision differs)
    refused,        // understood, and not allowed
    wrong_state,    // understood, and not possible in the state that the thing is in (rules/lifecycle.hpp)
    full,           // a bound of base/bounds.hpp was reached
    unavailable,    // ours is ill (store closed, disk full); the same call may work later
    corrupt,        // stored bytes fail their checksum or grammar
    unknown_outcome, // a commit's answer was lost; the change may or may not have happened
    io,             // the operating system said no
};

std::string_view to_string(errc kind) noexcept;

struct failure {
    errc kind = errc::invalid;
    std::string what;  // a sentence for a person, without a final full stop; never holds a secret

    // Whether the same call may succeed later without anyone changing its input.
    [[nodiscard]] bool retryable() const noexcept { return kind == errc::unavailable || kind == errc::full || kind == errc::conflict; }
};

template <class T>
using result = boost::system::result<T, failure>;

// For result<T>::value() on a failure: a bug of the caller, who should have looked.
[[noreturn]] void throw_exception_from_error(const failure& why, const boost::source_location& where);

}  // namespace tollgate
