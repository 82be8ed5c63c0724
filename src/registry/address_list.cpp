#include "address_list.hpp"

#include "plain_text.hpp"

#include "tollgate/base/bounds.hpp"
#include "tollgate/model/ip_address.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tollgate {

std::vector<std::string> read_address_list(const std::vector<std::string>& wish, std::vector<field_problem>& problems) {
    std::vector<std::string> out;
    if (wish.size() > bounds::allowed_ips_per_token) {
        problems.push_back({"allowed_ips", fmt::format("at most {} addresses and blocks", bounds::allowed_ips_per_token)});
        return out;
    }
    for (std::size_t i = 0; i < wish.size(); ++i) {
        const auto block = ip_block::parse(wish[i]);
        if (!block) {
            problems.push_back({fmt::format("allowed_ips[{}]", i),
                fmt::format(
                    "\"{}\" is not an address or a CIDR block; write one like 203.0.113.7, 203.0.113.0/24 or 2001:db8::/32", printable(wish[i]))});
        } else if (auto text = block->text(); std::find(out.begin(), out.end(), text) == out.end()) {
            out.push_back(std::move(text));
        }
    }
    return out;
}

}  // namespace tollgate
