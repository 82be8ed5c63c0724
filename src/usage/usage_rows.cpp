#include "usage_rows.hpp"

#include "tollgate/store/row_end.hpp"

#include <algorithm>
#include <cstring>

namespace tollgate {
namespace {

constexpr std::chrono::hours day{24};
constexpr auto uses_kept = 800 * day;  // of scopes, addresses and routes, after their last
constexpr std::uint64_t last_us = 253'402'300'799'999'999;  // of the year 9999: what is beyond is damage, and has no end that could be counted

enum class kind : char { last_use = 1, scope = 2, address = 3, series = 4, route = 5 };

template <class T>
void put(std::string& out, T value) {
    for (int shift = static_cast<int>(sizeof(T)) * 8 - 8; shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift & 0xff));
}

bool take(std::string_view& in, std::uint64_t& out) noexcept {
    if (in.size() < sizeof out) return false;
    out = 0;
    for (std::size_t i = 0; i < sizeof out; ++i) out = out << 8 | static_cast<unsigned char>(in[i]);
    in.remove_prefix(sizeof out);
    return true;
}

bool take(std::string_view& in, timestamp& out) noexcept {
    std::uint64_t us = 0;
    if (!take(in, us) || us > last_us) return false;
    out.us = static_cast<std::int64_t>(us);
    return true;
}

std::string prefix(kind what, const token_id& id) {
    std::string key(1, static_cast<char>(what));
    return key.append(reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size());
}

std::string_view bytes_of(const ip_address& a) noexcept { return {reinterpret_cast<const char*>(a.bytes.data()), a.bytes.size()}; }

std::string ending(timestamp at) {
    std::string out;
    append_row_end(out, at);
    return out;
}

void put(std::string& out, timestamp at) { put(out, static_cast<std::uint64_t>(at.us)); }

std::chrono::microseconds kept(usage_step step) noexcept {
    switch (step) {
        case usage_step::minute: return 2 * day;
        case usage_step::hour: return 62 * day;
        case usage_step::day: return 800 * day;
    }
    return day;
}

}  // namespace

std::chrono::microseconds length_of(usage_step step) noexcept {
    switch (step) {
        case usage_step::minute: return std::chrono::minutes(1);
        case usage_step::hour: return std::chrono::hours(1);
        case usage_step::day: return day;
    }
    return day;
}

std::string last_use_prefix(const token_id& id) { return prefix(kind::last_use, id); }
std::string scope_use_prefix(const token_id& id) { return prefix(kind::scope, id); }
std::string address_prefix(const token_id& id) { return prefix(kind::address, id); }

std::string route_use_prefix(const token_id& id) { return prefix(kind::route, id); }

std::string route_uses_prefix() { return {static_cast<char>(kind::route)}; }

std::string behind_route_uses(const token_id& id) { return route_use_prefix(id) + '\xff'; }  // no method begins with it

std::string series_prefix(usage_step step, const token_id& id) {
    std::string key{static_cast<char>(kind::series), static_cast<char>(step)};
    return key.append(reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size());
}

std::string last_use_key(const token_id& id, std::uint32_t generation) {
    auto key = last_use_prefix(id);
    put(key, generation);
    return key;
}

std::string scope_use_key(const token_id& id, scope_number scope) {
    auto key = scope_use_prefix(id);
    put(key, scope);
    return key;
}

std::string address_key(const token_id& id, const ip_address& from) { return address_prefix(id).append(bytes_of(from)); }

std::string series_key(usage_step step, const token_id& id, std::uint32_t start_minute) {
    auto key = series_prefix(step, id);
    put(key, start_minute);
    return key;
}

std::uint32_t number_at_end(std::string_view key, std::size_t bytes) noexcept {
    std::uint32_t n = 0;
    for (const char c : key.substr(key.size() < bytes ? 0 : key.size() - bytes)) n = n << 8 | static_cast<unsigned char>(c);
    return n;
}

std::optional<ip_address> address_at_end(std::string_view key) noexcept {
    ip_address out;
    if (key.size() < out.bytes.size()) return std::nullopt;
    std::memcpy(out.bytes.data(), key.data() + key.size() - out.bytes.size(), out.bytes.size());
    return out;
}

bool take_route_use(std::string_view key, token_id& who, std::string_view& route) noexcept {
    if (key.size() <= who.bytes.size()) return false;
    std::memcpy(who.bytes.data(), key.data() + 1, who.bytes.size());
    route = key.substr(1 + who.bytes.size());
    return true;
}

// Never ends: that a token was not used for years is what it tells.
std::string encode(const last_use& v) {
    auto out = ending({});
    put(out, v.at);
    return out.append(bytes_of(v.from));
}

std::string encode(const scope_use& v) {
    auto out = ending(v.last + uses_kept);
    put(out, v.last);
    put(out, v.requests);
    return out;
}

std::string encode(const route_use& v) {
    auto out = ending(v.last + uses_kept);
    put(out, v.last);
    for (const auto n : {v.requests, v.denials, v.latency_sum_us, v.latency_max_us}) put(out, n);
    return out;
}

std::string encode(const address_use& v) {
    auto out = ending(v.last + uses_kept);
    put(out, v.first);
    put(out, v.last);
    put(out, v.requests);
    put(out, v.denials);
    return out;
}

std::string encode(const usage_row& v, usage_step step) {
    auto out = ending(v.start + length_of(step) + kept(step));
    put(out, v.start);
    put(out, v.requests);
    put(out, v.denials);
    put(out, v.latency_sum_us);
    put(out, v.latency_max_us);
    return out;
}

std::optional<last_use> decode_last_use(std::string_view value) {
    last_use out;
    if (!take_row_end(value) || !take(value, out.at) || value.size() != out.from.bytes.size()) return std::nullopt;
    std::memcpy(out.from.bytes.data(), value.data(), value.size());
    return out;
}

std::optional<scope_use> decode_scope_use(std::string_view value) {
    scope_use out;
    if (!take_row_end(value) || !take(value, out.last)) return std::nullopt;
    if (!value.empty() && !take(value, out.requests)) return std::nullopt;  // rows from before scopes were counted end here
    return value.empty() ? std::optional(out) : std::nullopt;
}

std::optional<route_use> decode_route_use(std::string_view value) {
    route_use out;
    if (!take_row_end(value) || !take(value, out.last) || !take(value, out.requests) || !take(value, out.denials) ||
        !take(value, out.latency_sum_us) || !take(value, out.latency_max_us))
        return std::nullopt;
    return out;
}

std::optional<address_use> decode_address(std::string_view value) {
    address_use out;
    if (!take_row_end(value) || !take(value, out.first) || !take(value, out.last) || !take(value, out.requests) || !take(value, out.denials))
        return std::nullopt;
    return out;
}

std::optional<usage_row> decode_series(std::string_view value) {
    usage_row out;
    if (!take_row_end(value) || !take(value, out.start) || !take(value, out.requests) || !take(value, out.denials) ||
        !take(value, out.latency_sum_us) || !take(value, out.latency_max_us))
        return std::nullopt;
    return out;
}

void merge_usage(std::string_view key, std::string_view existing, std::string_view operand, std::string& out) {
    const auto with = [&](auto decode, auto add) {
        auto into = decode(existing);
        const auto more = decode(operand);
        if (into && more) out = add(*into, *more);
        else out = into ? existing : operand;
    };
    switch (key.empty() ? kind{} : static_cast<kind>(key.front())) {
        case kind::last_use: return with(decode_last_use, [](const last_use& a, const last_use& b) { return encode(a.at <= b.at ? b : a); });
        case kind::scope:
            return with(decode_scope_use,
                [](const scope_use& a, const scope_use& b) { return encode(scope_use{std::max(a.last, b.last), a.requests + b.requests}); });
        case kind::route:
            return with(decode_route_use, [](route_use a, const route_use& b) {
                a.last = std::max(a.last, b.last);
                a.requests += b.requests;
                a.denials += b.denials;
                a.latency_sum_us += b.latency_sum_us;
                a.latency_max_us = std::max(a.latency_max_us, b.latency_max_us);
                return encode(a);
            });
        case kind::address:
            return with(decode_address, [](address_use a, const address_use& b) {
                a.first = std::min(a.first, b.first);  // threads and minutes come in any order
                a.last = std::max(a.last, b.last);
                a.requests += b.requests;
                a.denials += b.denials;
                return encode(a);
            });
        case kind::series:
            return with(decode_series, [&](usage_row a, const usage_row& b) {
                a.requests += b.requests;
                a.denials += b.denials;
                a.latency_sum_us += b.latency_sum_us;
                a.latency_max_us = std::max(a.latency_max_us, b.latency_max_us);
                return encode(a, key.size() > 1 ? static_cast<usage_step>(key[1]) : usage_step::day);
            });
    }
    out = operand;
}

std::uint32_t start_of(usage_step step, std::uint32_t minute) noexcept {
    const auto minutes = static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::minutes>(length_of(step)).count());
    return minute - minute % minutes;
}

}  // namespace tollgate
