#include "usage_merge.hpp"

#include "usage_rows.hpp"

#include <algorithm>
#include <vector>

namespace tollgate {

template <class T, class Decode>
result<T*> usage_merge::row(std::map<std::string, T>& rows, std::string key, Decode decode) {
    if (const auto known = rows.find(key); known != rows.end()) return &known->second;
    const auto stored = db_.get(rows_, key);
    if (!stored) return stored.error();
    T value{};
    if (*stored)
        if (const auto read = decode(**stored)) value = *read;
    return &rows.emplace(std::move(key), value).first->second;
}

result<void> usage_merge::add_last_use(const use& u) {
    if (!u.what.used.is_set()) return {};
    const auto last = row(last_, last_use_key(u.who.token, u.who.generation), decode_last_use);
    if (!last) return last.error();
    if ((*last)->at <= u.what.used) **last = {u.what.used, u.who.from};
    result<void> good;
    u.what.scopes.each([&](scope_number n) {
        const auto at = row(scopes_, scope_use_key(u.who.token, n), decode_scope_use);
        if (!at) good = at.error();
        else (*at)->last = std::max((*at)->last, u.what.used), (*at)->requests += u.what.requests - u.what.denials;
    });
    return good;
}

result<void> usage_merge::add_address(const use& u) {
    const auto a = row(addresses_, address_key(u.who.token, u.who.from), decode_address);
    if (!a) return a.error();
    auto& into = **a;
    if (!into.first.is_set()) crowded_.insert(address_prefix(u.who.token));
    if (!into.first.is_set() || u.what.last < into.first) into.first = u.what.last;  // threads and minutes come in any order
    into.from = u.who.from;
    into.last = std::max(into.last, u.what.last);
    into.requests += u.what.requests;
    into.denials += u.what.denials;
    return {};
}

result<void> usage_merge::add_route(const use& u) {
    if (u.what.route.empty()) return {};
    const auto r = row(routes_, route_use_prefix(u.who.token).append(u.what.route), decode_route_use);
    if (!r) return r.error();
    auto& into = **r;
    if (!into.last.is_set()) crowded_routes_.insert(route_use_prefix(u.who.token));
    into.last = std::max(into.last, u.what.last);
    into.requests += u.what.requests;
    into.denials += u.what.denials;
    into.latency_sum_us += u.what.latency_sum_us;
    into.latency_max_us = std::max(into.latency_max_us, u.what.latency_max_us);
    return {};
}

result<void> usage_merge::add_series(const use& u, usage_step step) {
    constexpr std::int64_t minute_us = 60'000'000;
    const auto start = start_of(step, u.who.minute);
    const auto r = row(series_[static_cast<std::size_t>(step)], series_key(step, u.who.token, start), decode_series);
    if (!r) return r.error();
    auto& into = **r;
    into.start = {start * minute_us};
    into.requests += u.what.requests;
    into.denials += u.what.denials;
    into.latency_sum_us += u.what.latency_sum_us;
    into.latency_max_us = std::max(into.latency_max_us, u.what.latency_max_us);
    return {};
}

result<void> usage_merge::add(const use& u) {
    if (auto good = add_last_use(u); !good) return good;
    if (auto good = add_address(u); !good) return good;
    if (auto good = add_route(u); !good) return good;
    for (const auto step : {usage_step::minute, usage_step::hour, usage_step::day})
        if (auto good = add_series(u, step); !good) return good;
    return {};
}

template <class T, class Decode>
result<void> usage_merge::make_room(std::map<std::string, T>& rows, std::string_view prefix, std::size_t most, Decode decode) {
    std::map<std::string, timestamp> all;
    const auto scanned = db_.scan(rows_, prefix, {}, [&](std::string_view key, std::string_view value) {
        const auto read = decode(value);
        all[std::string(key)] = read ? read->last : timestamp{};
        return true;
    });
    if (!scanned) return scanned;
    // Only the token's own: a round over all of them for each token takes a minute for ten thousand.
    for (auto it = rows.lower_bound(std::string(prefix)); it != rows.end() && it->first.starts_with(prefix); ++it) all[it->first] = it->second.last;
    if (all.size() <= most) return {};
    std::vector<std::pair<timestamp, std::string>> by_age;
    for (const auto& [key, last] : all) by_age.emplace_back(last, key);
    const auto spare = static_cast<std::ptrdiff_t>(all.size() - most);
    std::partial_sort(by_age.begin(), by_age.begin() + spare, by_age.end());
    for (auto it = by_age.begin(); it != by_age.begin() + spare; ++it) {
        batch_.erase(rows_, it->second);
        rows.erase(it->second);
    }
    return {};
}

result<void> usage_merge::write() {
    for (const auto& prefix : crowded_)
        if (auto good = make_room(addresses_, prefix, bounds::addresses_per_token, decode_address); !good) return good;
    for (const auto& prefix : crowded_routes_)
        if (auto good = make_room(routes_, prefix, bounds::routes_per_token, decode_route_use); !good) return good;
    for (const auto& [key, v] : last_) batch_.put(rows_, key, encode(v));
    for (const auto& [key, s] : scopes_) batch_.put(rows_, key, encode(s));
    for (const auto& [key, r] : routes_) batch_.put(rows_, key, encode(r));
    for (const auto& [key, a] : addresses_) batch_.put(rows_, key, encode(a));
    for (std::size_t step = 0; step < series_.size(); ++step)
        for (const auto& [key, r] : series_[step]) batch_.put(rows_, key, encode(r, static_cast<usage_step>(step)));
    return batch_.count() == 0 ? result<void>() : db_.write(batch_, false);
}

}  // namespace tollgate
