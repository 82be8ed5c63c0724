// address_list.hpp - the addresses that a token is wished for, checked -> as its record keeps them.
//
// Single addresses and CIDR blocks, IPv4 and IPv6, each written in the one way that model/ip_address.hpp knows, so that what
// is shown is what is meant: 10.1.2.3/8 becomes 10.0.0.0/8. Twice the same is once. Spellings like 010.0.0.1 are none (T-7).
// Pure. Bounds: bounds::allowed_ips_per_token.
#pragma once

#include "tollgate/registry/registry.hpp"

#include <string>
#include <vector>

namespace tollgate {

// What is wrong gets an entry in `problems`, under `allowed_ips` or `allowed_ips[i]`; the answer is then of no use.
std::vector<std::string> read_address_list(const std::vector<std::string>& wish, std::vector<field_problem>& problems);

}  // namespace tollgate
