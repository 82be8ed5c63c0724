#include "tollgate/usage/usage_log.hpp"

#include "usage_merge.hpp"
#include "usage_rows.hpp"

#include <algorithm>

namespace tollgate {
namespace {

constexpr std::int64_t minute_us = 60'000'000;

failure not_a_row() { return {errc::corrupt, "a row of the usage cannot be read"}; }

std::uint32_t minute_of(timestamp t) noexcept {
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(t.us / minute_us, 0, std::numeric_limits<std::uint32_t>::max()));
}

}  // namespace

void usage_log::hand_over(use_batch batch) noexcept {
    if (batch.empty()) return;
    const std::lock_guard lock(waiting_mutex_);
    if (waiting_.size() >= bounds::use_batches) dropped_.fetch_add(batch.requests(), std::memory_order_relaxed);
    else waiting_.push_back(std::move(batch));
}

// Who finds a writer at work leaves it to the next: a merge of many tokens takes its time. Where another process has the store nobody writes
// once a minute any more, so it is passed on at once.
void usage_log::add_up() {
    const std::unique_lock turn(turn_, std::try_to_lock);
    if (!turn) return;
    take_in();
    if (db_.passes_writes()) write();
}

void usage_log::write_pending() {
    const std::lock_guard turn(turn_);
    take_in();
    write();
}

void usage_log::take_in() {
    std::vector<use_batch> batches;
    {
        const std::lock_guard lock(waiting_mutex_);
        batches.swap(waiting_);
    }
    for (auto& batch : batches) {
        pending_.add(std::move(batch));
        if (pending_.size() >= bounds::uses_pending) write();
    }
}

void usage_log::write() {
    use_batch all;
    std::swap(all, pending_);
    const auto merged = usage_merge(db_, rows_, all).write();
    if (merged) return;
    dropped_.fetch_add(all.requests(), std::memory_order_relaxed);
    log_.warn("the use of tokens could not be recorded", {{"why", merged.error().what}});
}

result<std::map<std::uint32_t, last_use>> usage_log::last_uses(const token_id& id) const {
    std::map<std::uint32_t, last_use> out;
    bool good = true;
    const auto scanned = db_.scan(rows_, last_use_prefix(id), {}, [&](std::string_view key, std::string_view value) {
        const auto read = decode_last_use(value);
        good = good && read;
        if (read) out[number_at_end(key, sizeof(std::uint32_t))] = *read;
        return good;
    });
    if (!scanned) return scanned.error();
    if (!good) return not_a_row();
    return out;
}

result<std::map<std::uint32_t, last_use>> usage_log::last_uses(const token_id& id, const std::vector<token_generation>& of) const {
    std::map<std::uint32_t, last_use> out;
    for (const auto& g : of) {
        const auto row = db_.get(rows_, last_use_key(id, g.number));
        if (!row) return row.error();
        if (!*row) continue;
        const auto read = decode_last_use(**row);
        if (!read) return not_a_row();
        out[g.number] = *read;
    }
    return out;
}

result<std::map<scope_number, scope_use>> usage_log::scopes(const token_id& id) const {
    std::map<scope_number, scope_use> out;
    bool good = true;
    const auto scanned = db_.scan(rows_, scope_use_prefix(id), {}, [&](std::string_view key, std::string_view value) {
        const auto read = decode_scope_use(value);
        good = good && read;
        if (read) out[static_cast<scope_number>(number_at_end(key, sizeof(scope_number)))] = *read;
        return good;
    });
    if (!scanned) return scanned.error();
    if (!good) return not_a_row();
    return out;
}

result<std::vector<route_use>> usage_log::routes(const token_id& id) const {
    std::vector<route_use> out;
    bool good = true;
    const auto prefix = route_use_prefix(id);
    const auto scanned = db_.scan(rows_, prefix, {}, [&](std::string_view key, std::string_view value) {
        auto read = decode_route_use(value);
        good = good && read;
        if (!good) return false;
        read->route = key.substr(prefix.size());
        out.push_back(std::move(*read));
        return true;
    });
    if (!scanned) return scanned.error();
    if (!good) return not_a_row();
    std::ranges::sort(
        out, [](const route_use& a, const route_use& b) { return a.requests != b.requests ? a.requests > b.requests : a.route < b.route; });
    return out;
}

result<std::vector<caller_use>> usage_log::callers(const std::optional<token_id>& after, std::size_t most) const {
    std::vector<caller_use> out;
    bool good = true;
    const auto scanned = db_.scan(rows_, route_uses_prefix(), after ? behind_route_uses(*after) : std::string(), [&](auto key, auto value) {
        token_id who;
        std::string_view route;
        auto read = decode_route_use(value);
        good = read && take_route_use(key, who, route);
        if (!good) return false;
        if (out.empty() || out.back().who != who) {
            if (out.size() == most) return false;
            out.push_back({who, {}});
        }
        read->route = route;
        out.back().routes.push_back(std::move(*read));
        return true;
    });
    if (!scanned) return scanned.error();
    if (!good) return not_a_row();
    return out;
}

result<std::vector<address_use>> usage_log::addresses(const token_id& id) const {
    std::vector<address_use> out;
    bool good = true;
    const auto scanned = db_.scan(rows_, address_prefix(id), {}, [&](std::string_view key, std::string_view value) {
        auto read = decode_address(value);
        const auto from = address_at_end(key);
        good = good && read && from;
        if (!good) return false;
        read->from = *from;
        out.push_back(*read);
        return true;
    });
    if (!scanned) return scanned.error();
    if (!good) return not_a_row();
    std::sort(out.begin(), out.end(), [](const address_use& a, const address_use& b) { return a.last > b.last; });
    return out;
}

result<std::vector<usage_row>> usage_log::series(const token_id& id, timestamp from, timestamp to, usage_step step) const {
    std::vector<usage_row> out;
    bool good = true;
    const auto first = series_key(step, id, start_of(step, minute_of(from)));
    const auto scanned = db_.scan(rows_, series_prefix(step, id), first, [&](std::string_view, std::string_view value) {
        const auto read = decode_series(value);
        good = good && read;
        if (!good || read->start >= to || out.size() == bounds::usage_rows) return false;
        out.push_back(*read);
        return true;
    });
    if (!scanned) return scanned.error();
    if (!good) return not_a_row();
    return out;
}

std::optional<last_use> newest(const std::map<std::uint32_t, last_use>& uses) noexcept {
    const auto later = [](const auto& a, const auto& b) { return a.second.at < b.second.at; };
    const auto found = std::max_element(uses.begin(), uses.end(), later);
    return found == uses.end() ? std::nullopt : std::optional(found->second);
}

std::string use_address_text(const ip_address& from) { return from == ip_address{} ? std::string("unix") : from.text(); }

}  // namespace tollgate
