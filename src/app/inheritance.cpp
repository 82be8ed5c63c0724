#include "tollgate/app/inheritance.hpp"

#include <unistd.h>

#include <algorithm>
#include <utility>

namespace tollgate {

inheritance::~inheritance() { close(); }

void inheritance::add(listening_set set) {
    const auto same = std::ranges::find(sets_, set.number, &listening_set::number);
    if (same == sets_.end()) sets_.push_back(std::move(set));
    else same->descriptors.insert(same->descriptors.end(), set.descriptors.begin(), set.descriptors.end());
}

std::optional<listening_set> inheritance::take(std::string_view name) {
    const auto at = std::ranges::find(sets_, name, &listening_set::name);
    if (at == sets_.end()) return std::nullopt;
    auto out = std::move(*at);
    sets_.erase(at);
    return out;
}

std::size_t inheritance::close() {
    const auto left = std::exchange(sets_, {});
    for (const auto& set : left)
        for (const int fd : set.descriptors) ::close(fd);
    return left.size();
}

}  // namespace tollgate
