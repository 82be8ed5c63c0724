#include "tollgate/audit/denial_buffer.hpp"

#include <algorithm>

namespace tollgate {
namespace {

constexpr std::int64_t minute_us = 60'000'000;

template <std::size_t N>
std::size_t copy(std::array<char, N>& to, std::string_view text) noexcept {
    const auto n = std::min(N, text.size());
    std::copy_n(text.data(), n, to.data());
    return n;
}

}  // namespace

void denial_buffer::add(const denial& d, std::string_view method, std::string_view request_id, std::string_view path, std::string_view acting_as) {
    auto at = rates_.find(d.token);
    if (at == rates_.end()) {
        if (rates_.size() >= bounds::denials_per_thread) {
            ++lost_;
            return;
        }
        at = rates_.emplace(d.token, rate{}).first;
    }
    auto& r = at->second;
    const auto minute = d.at.us / minute_us;
    if (r.minute != minute && r.counted == 0) r.written = 0;
    if (r.counted == 0) r.minute = minute;
    if (r.written >= bounds::denials_per_token) {
        ++r.counted;
        r.last = d;
        return;
    }
    if (kept_.size() >= bounds::denials_per_thread) {
        ++lost_;
        return;
    }
    ++r.written;
    auto& kept = kept_.emplace_back(d);
    copy(kept.method, method);
    copy(kept.request_id, request_id);
    copy(kept.acting_as, acting_as);
    kept.path_bytes = static_cast<std::uint16_t>(copy(kept.path, path));
}

std::vector<denial> denial_buffer::take(timestamp now, bool all) {
    std::vector<denial> out;
    out.swap(kept_);
    const auto minute = now.us / minute_us;
    boost::unordered::erase_if(rates_, [&](const auto& entry) {
        const auto& r = entry.second;
        const bool over = all || r.minute != minute;
        if (over && r.counted != 0) {
            auto& sum = out.emplace_back(r.last);
            sum.count = r.counted;
            sum.path_bytes = 0;
        }
        return over;
    });
    return out;
}

}  // namespace tollgate
