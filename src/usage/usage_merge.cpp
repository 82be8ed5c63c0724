#include "usage_merge.hpp"

#include <algorithm>
#include <tuple>

namespace tollgate {
namespace {

constexpr std::size_t rows_at_once = 4096;  // some ten milliseconds

}  // namespace

void usage_merge::add_last_use(const use& u) {
    const auto& [who, what] = u;
    if (!what.used.is_set()) return;
    auto& last = last_uses_[who.generation];
    if (last.at <= what.used) last = {what.used, who.from};
    what.scopes.each([&](scope_number n) {
        auto& s = scopes_[n];
        s.last = std::max(s.last, what.used);
        s.requests += what.requests - what.denials;
    });
}

void usage_merge::add_address(const use& u) {
    auto& into = addresses_[address_key(u.first.token, u.first.from)];
    if (!into.first.is_set() || u.second.last < into.first) into.first = u.second.last;  // minutes come in any order
    into.from = u.first.from;
    into.last = std::max(into.last, u.second.last);
    into.requests += u.second.requests;
    into.denials += u.second.denials;
}

void usage_merge::add_route(const use& u) {
    const auto route = uses_.routes.find(u.first.route);
    if (route == uses_.routes.end()) return;
    auto& into = routes_[route_use_prefix(u.first.token).append(route->second)];
    into.last = std::max(into.last, u.second.last);
    into.requests += u.second.requests;
    into.denials += u.second.denials;
    into.latency_sum_us += u.second.latency_sum_us;
    into.latency_max_us = std::max(into.latency_max_us, u.second.latency_max_us);
}

void usage_merge::add_series(const use& u, usage_step step) {
    constexpr std::int64_t minute_us = 60'000'000;
    const auto start = start_of(step, u.first.minute);
    auto& into = series_[static_cast<std::size_t>(step)][start];
    into.start = {start * minute_us};
    into.requests += u.second.requests;
    into.denials += u.second.denials;
    into.latency_sum_us += u.second.latency_sum_us;
    into.latency_max_us = std::max(into.latency_max_us, u.second.latency_max_us);
}

result<void> usage_merge::add_token(std::span<const use* const> uses) {
    constexpr usage_step steps[] = {usage_step::minute, usage_step::hour, usage_step::day};
    for (const auto* u : uses) {
        add_last_use(*u);
        add_address(*u);
        add_route(*u);
        for (const auto step : steps) add_series(*u, step);
    }
    const auto& id = uses.front()->first.token;
    for (const auto& [generation, last] : last_uses_) batch_.merge(rows_, last_use_key(id, generation), encode(last));
    last_uses_.clear();
    for (const auto& [scope, s] : scopes_) batch_.merge(rows_, scope_use_key(id, scope), encode(s));
    scopes_.clear();
    if (auto good = merge_bounded(addresses_, address_prefix(id), crowded_addresses_); !good) return good;
    if (auto good = merge_bounded(routes_, route_use_prefix(id), crowded_routes_); !good) return good;
    for (const auto step : steps) {
        auto& rows = series_[static_cast<std::size_t>(step)];
        for (const auto& [start, r] : rows) batch_.merge(rows_, series_key(step, id, start), encode(r, step));
        rows.clear();
    }
    return batch_.count() < rows_at_once ? result<void>() : write_rows();
}

result<void> usage_merge::write_rows() {
    if (batch_.count() == 0) return {};
    auto written = db_.write_or_pass(batch_);
    batch_.clear();
    return written;
}

// That a row is new has to be known, since their number is bounded; where another process has the store, it is a row of its next batch.
template <class T>
result<void> usage_merge::merge_bounded(std::map<std::string, T>& rows, std::string prefix, std::vector<std::string>& crowded) {
    bool grows = false;
    for (const auto& [key, r] : rows) {
        const auto there = db_.get(rows_, key);
        if (!there && !db_.passes_writes()) return there.error();
        grows = grows || (there && !*there);
        batch_.merge(rows_, key, encode(r));
        if (batch_.count() < rows_at_once) continue;
        if (auto good = write_rows(); !good) return good;  // one token may have come from thousands of addresses
    }
    rows.clear();
    if (grows) crowded.push_back(std::move(prefix));
    return {};
}

template <class Decode>
result<void> usage_merge::make_room(std::string_view prefix, std::size_t most, Decode decode, write_batch& into) const {
    std::vector<std::pair<timestamp, std::string>> all;
    const auto scanned = db_.scan(rows_, prefix, {}, [&](std::string_view key, std::string_view value) {
        const auto read = decode(value);
        all.emplace_back(read ? read->last : timestamp{}, key);
        return true;
    });
    if (!scanned || all.size() <= most) return scanned;
    const auto spare = static_cast<std::ptrdiff_t>(all.size() - most);
    std::partial_sort(all.begin(), all.begin() + spare, all.end());
    for (auto it = all.begin(); it != all.begin() + spare; ++it) into.erase(rows_, it->second);
    return {};
}

result<void> usage_merge::write() {
    std::vector<const use*> all;
    all.reserve(uses_.size());
    for (const auto& u : uses_.entries) all.push_back(&u);
    std::sort(all.begin(), all.end(), [](const use* a, const use* b) { return a->first.token < b->first.token; });
    for (auto from = all.begin(); from != all.end();) {
        const auto to = std::find_if(from, all.end(), [&](const use* u) { return u->first.token != (*from)->first.token; });
        if (auto good = add_token({from, to}); !good) return good;
        from = to;
    }
    if (auto good = write_rows(); !good) return good;
    write_batch spare;
    for (const auto& prefix : crowded_addresses_)
        if (auto good = make_room(prefix, bounds::addresses_per_token, decode_address, spare); !good) return good;
    for (const auto& prefix : crowded_routes_)
        if (auto good = make_room(prefix, bounds::routes_per_token, decode_route_use, spare); !good) return good;
    return spare.count() == 0 ? result<void>() : db_.write(spare, false);
}

}  // namespace tollgate
