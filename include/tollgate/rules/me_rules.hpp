// me_rules.hpp - what `me` answers of a user, as an API words it: a contract's `me:`. (PM-11, CP-4)
//
// A mapping of members, nested as the answer is. A text that is one `{placeholder}` becomes the field as it is: number a number, times RFC 3339
// with microseconds, what is not set null. Any other scalar stands for itself. Without the section the members are the fields under their own names.
// Placeholders: id, number, user_name, email, email_verified_at, first_name, last_name, name, tenant, subject, created_at, updated_at.
// Threads: immutable after load; any.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate {

struct me_member {
    std::string name;
    std::string placeholder;          // of a user's field; empty: `literal` or `members`
    std::string literal;              // JSON
    std::vector<me_member> members;   // of an object, where neither is there
};

using me_rules = std::vector<me_member>;  // empty: the generic ones

// The names that placeholders may have.
std::span<const std::string_view> me_placeholders() noexcept;

}  // namespace tollgate
