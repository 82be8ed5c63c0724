// form_fields.hpp - parameters of a query or of an application/x-www-form-urlencoded body, by name.
//
// A name that stands twice makes two readings possible, and so is refused (RFC 6749 section 3.1).
// Pure. Bounds: the gateway's on targets and bodies.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace tollgate {

using form_fields = std::map<std::string, std::string, std::less<>>;

// Nothing: a broken escape, or a name twice.
std::optional<form_fields> read_form(std::string_view text);

// Empty where it is absent.
std::string_view field(const form_fields& in, std::string_view name);

// As a value in a query.
std::string form_escaped(std::string_view text);

}  // namespace tollgate
