// password.hpp - passwords at rest: Argon2id (RFC 9106), by libsodium, in the usual text ($argon2id$v=19$m=…,t=…,p=1$salt$hash).
//
// Slow and large on purpose: never on an event loop or a pool that others wait for (control/sign_in.hpp has one of its own).
// Threads: any. Errors: unavailable, where the memory cannot be had.
#pragma once

#include "tollgate/base/bounds.hpp"
#include "tollgate/base/error.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace tollgate {

struct password_cost {
    std::size_t memory_kib = bounds::password_memory_kib;
    unsigned passes = bounds::password_passes;
};

result<std::string> hash_password(std::string_view password, const password_cost& cost = {});
// Whether `password` is the one behind `stored`; takes as long as `stored` says.
result<bool> password_fits(const std::string& stored, std::string_view password);
// A text that no password fits, and that takes as long to find that out: for accounts that do not exist.
std::string unfitting_password(const password_cost& cost = {});
// Whether `stored` was made at another cost.
bool is_of_other_cost(const std::string& stored, const password_cost& cost = {});

}  // namespace tollgate
