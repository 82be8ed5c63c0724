// call_headers.hpp - what an operation asks of a call's header fields.
//
// Pure.
#pragma once

#include "tollgate/codec/text.hpp"
#include "tollgate/rules/operation.hpp"

#include <string_view>

namespace tollgate {

// Of the first field `name`, in lower case; empty: there is none.
inline std::string_view header_of(const operation_call& call, std::string_view name) noexcept {
    for (const auto& [is, value] : call.headers)
        if (is == name) return value;
    return {};
}

// Browsers say where a form or a script's request comes from; what is no browser has no session to abuse.
inline bool is_from_own_page(const operation_call& call) noexcept {
    const auto origin = header_of(call, "origin"), site = header_of(call, "sec-fetch-site");
    if (!site.empty() && site != "same-origin") return false;
    if (origin.empty()) return true;
    const auto at = origin.find("://");
    return at != std::string_view::npos && equal_ignoring_case(origin.substr(at + 3), header_of(call, "host"));
}

}  // namespace tollgate
