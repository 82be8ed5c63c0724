#include "tollgate/usage/use_buffer.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace tollgate {
namespace {

constexpr std::int64_t minute_us = 60'000'000;
const std::uint64_t seed = static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(&minute_us)) * 0xd6e8feb86659fd93ull;

bool more_than_one(const scope_set& scopes) noexcept {
    int n = 0;
    for (const auto word : scopes.raw()) n += std::popcount(word);
    return n > 1;
}

std::uint64_t hash(std::uint64_t h, std::string_view text) noexcept {
    for (; !text.empty(); text.remove_prefix(std::min<std::size_t>(text.size(), 8))) {
        std::uint64_t word = text.size();
        std::memcpy(&word, text.data(), std::min(text.size(), sizeof word));
        h = (h ^ word) * 0x9e3779b97f4a7c15ull;
        h ^= h >> 32;
    }
    return h;
}

// Pointers would not do: what is counted may outlive the table of routes.
std::uint64_t number_of(const route* r) noexcept { return r == nullptr ? 0 : hash(hash(0x2545f4914f6cdd1dull, r->method), r->path) | 1; }

std::string text_of(const route& r) { return r.method.empty() ? r.path : r.method + ' ' + r.path; }

}  // namespace

// The last bytes of an id are random; the rest only has to tell a token's own entries apart. Seeded by where the program stands this time: who has
// a token and many addresses cannot choose those that meet in one place.
std::size_t use_key_hash::operator()(const use_key& k) const noexcept {
    std::uint64_t random = 0, address = 0;
    std::memcpy(&random, k.token.bytes.data() + 8, sizeof random);
    std::memcpy(&address, k.from.bytes.data() + 8, sizeof address);
    std::uint64_t h = random ^ (address * 0x9e3779b97f4a7c15ull) ^ (std::uint64_t{k.generation} << 32 | k.minute) ^ k.route;
    const auto product = static_cast<unsigned __int128>(h ^ seed) * 0x9e3779b97f4a7c15ull;
    return static_cast<std::uint64_t>(product >> 64) ^ static_cast<std::uint64_t>(product);
}

scope_set scopes_used(const api& of, const route& through, const scope_set& granted) noexcept {
    const auto holds = [&](const demand& d) {
        return std::all_of(d.all_of.begin(), d.all_of.end(), [&](const demand::scope& s) { return granted.meets(s.satisfied_by); });
    };
    scope_set used;
    const auto found = std::find_if(through.any_of.begin(), through.any_of.end(), holds);
    if (found == through.any_of.end()) return used;
    for (const auto& s : found->all_of) {
        auto by = s.satisfied_by;
        by &= granted;
        const auto itself = more_than_one(by) ? of.scope(s.name) : std::nullopt;
        if (itself && granted.has(*itself)) used.add(*itself);
        else used |= by;
    }
    return used;
}

void use_buffer::add(
    const grant& who, const ip_address& from, timestamp at, std::uint64_t latency_us, const api& of, const route* through, const route* refused_on) {
    const route* on = through != nullptr ? through : refused_on;
    const use_key key{who.id, who.generation, static_cast<std::uint32_t>(at.us / minute_us), from, number_of(on)};
    auto& c = counted_.entries[key];
    if (c.requests == 0 && on != nullptr) {
        auto& text = counted_.routes[key.route];
        if (text.empty()) text = text_of(*on);
    }
    c.last = std::max(c.last, at);
    ++c.requests;
    if (through == nullptr) {
        ++c.denials;
    } else {
        c.used = std::max(c.used, at);
        c.scopes |= scopes_used(of, *through, who.scopes);
    }
    c.latency_sum_us += latency_us;
    c.latency_max_us = std::max(c.latency_max_us, latency_us);
}

// What was needed will be needed again: the room is taken now, not by growing in the middle of requests.
use_batch use_buffer::take() {
    use_batch out;
    std::swap(out, counted_);
    counted_.entries.reserve(out.size());
    return out;
}

use_counts& use_counts::operator+=(const use_counts& more) noexcept {
    last = std::max(last, more.last);
    used = std::max(used, more.used);
    requests += more.requests;
    denials += more.denials;
    latency_sum_us += more.latency_sum_us;
    latency_max_us = std::max(latency_max_us, more.latency_max_us);
    scopes |= more.scopes;
    return *this;
}

std::uint64_t use_batch::requests() const noexcept {
    std::uint64_t n = 0;
    for (const auto& [who, what] : entries) n += what.requests;
    return n;
}

void use_batch::add(use_batch more) {
    if (entries.empty()) {
        *this = std::move(more);
        return;
    }
    for (const auto& [who, what] : more.entries) entries[who] += what;
    routes.merge(more.routes);
}

}  // namespace tollgate
