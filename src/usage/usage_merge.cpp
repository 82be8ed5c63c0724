#include "usage_merge.hpp"

#include <algorithm>
#include <tuple>

namespace tollgate {

void usage_merge::add_last_use(const use& u) {
    if (!u.what.used.is_set()) return;
    batch_.merge(rows_, last_use_key(u.who.token, u.who.generation), encode(last_use{u.what.used, u.who.from}));
    u.what.scopes.each([&](scope_number n) { batch_.merge(rows_, scope_use_key(u.who.token, n), encode_scope_use(u.what.used)); });
}

// That an address is new has to be known, since their number is bounded.
result<void> usage_merge::add_address(const use& u) {
    const auto key = address_key(u.who.token, u.who.from);
    const auto there = db_.get(rows_, key);
    if (!there) return there.error();
    const auto prefix = address_prefix(u.who.token);
    if (!*there && (crowded_.empty() || crowded_.back() != prefix)) crowded_.push_back(prefix);
    address_use into;
    into.from = u.who.from;
    into.first = into.last = u.what.last;
    into.requests = u.what.requests;
    into.denials = u.what.denials;
    batch_.merge(rows_, key, encode(into));
    return {};
}

void usage_merge::add_series(const use& u, usage_step step) {
    constexpr std::int64_t minute_us = 60'000'000;
    const auto start = start_of(step, u.who.minute);
    auto& into = series_[static_cast<std::size_t>(step)][start];
    into.start = {start * minute_us};
    into.requests += u.what.requests;
    into.denials += u.what.denials;
    into.latency_sum_us += u.what.latency_sum_us;
    into.latency_max_us = std::max(into.latency_max_us, u.what.latency_max_us);
}

result<void> usage_merge::add_token(std::span<const use> uses) {
    constexpr usage_step steps[] = {usage_step::minute, usage_step::hour, usage_step::day};
    for (const auto& u : uses) {
        add_last_use(u);
        if (auto good = add_address(u); !good) return good;
        for (const auto step : steps) add_series(u, step);
    }
    for (const auto step : steps) {
        auto& rows = series_[static_cast<std::size_t>(step)];
        for (const auto& [start, r] : rows) batch_.merge(rows_, series_key(step, uses.front().who.token, start), encode(r, step));
        rows.clear();
    }
    return {};
}

result<void> usage_merge::make_room(std::string_view prefix, write_batch& into) const {
    std::vector<std::pair<timestamp, std::string>> all;
    const auto scanned = db_.scan(rows_, prefix, {}, [&](std::string_view key, std::string_view value) {
        const auto read = decode_address(value);
        all.emplace_back(read ? read->last : timestamp{}, key);
        return true;
    });
    if (!scanned || all.size() <= bounds::addresses_per_token) return scanned;
    const auto spare = static_cast<std::ptrdiff_t>(all.size() - bounds::addresses_per_token);
    std::partial_sort(all.begin(), all.begin() + spare, all.end());
    for (auto it = all.begin(); it != all.begin() + spare; ++it) into.erase(rows_, it->second);
    return {};
}

result<void> usage_merge::write(std::vector<use>& batch) {
    std::sort(batch.begin(), batch.end(), [](const use& a, const use& b) { return a.who.token < b.who.token; });
    for (auto from = batch.begin(); from != batch.end();) {
        const auto to = std::find_if(from, batch.end(), [&](const use& u) { return u.who.token != from->who.token; });
        if (auto good = add_token({from, to}); !good) return good;
        from = to;
    }
    if (batch_.count() == 0) return {};
    if (auto written = db_.write(batch_, false); !written) return written;
    write_batch spare;
    for (const auto& prefix : crowded_)
        if (auto good = make_room(prefix, spare); !good) return good;
    return spare.count() == 0 ? result<void>() : db_.write(spare, false);
}

}  // namespace tollgate
