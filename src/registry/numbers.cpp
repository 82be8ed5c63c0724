#include "numbers.hpp"

#include "keys.hpp"

#include "tollgate/base/bounds.hpp"
#include "tollgate/base/in_threads.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <thread>

namespace tollgate {
namespace {

constexpr unsigned kLoaders = 4;
constexpr std::uint32_t kPart = 1 << 16;  // names that one of them loads at a time

failure misplaced(std::string_view what) { return {errc::corrupt, fmt::format("the store's table of {} has a gap or an unknown row", what)}; }

}  // namespace

result<void> number_table::load_scope(std::string_view key, std::string_view text) {
    const auto of_api = take_number<std::uint32_t>(key);
    const auto n = take_number<std::uint16_t>(key);
    if (!of_api || !n || *n >= bounds::scopes_per_api) return misplaced("scopes");
    const std::lock_guard lock(mutex_);
    scopes_[static_cast<atom>(*of_api)].insert_or_assign(std::string(text), *n);
    owed_scopes_.erase({static_cast<atom>(*of_api), *n});
    return {};
}

result<void> number_table::load_atoms(const database& db, std::uint32_t from, std::uint32_t to) {
    auto next = from;
    const auto scanned = db.scan(families::numbers, atom_rows(), atom_key(static_cast<atom>(from)), [&](std::string_view key, std::string_view text) {
        const auto n = number_in_atom_key(key);
        if (next == to || n != next) return false;
        atoms_.put(next++, text);
        return true;
    });
    if (!scanned) return scanned.error();
    if (next != to) return misplaced("names");
    atoms_.know(from, to);
    return {};
}

// A million names take a second of one thread, and a start waits for them.
result<void> number_table::load_atoms(const database& db) {
    std::uint32_t from = atoms_.size(), to = from;
    const auto last = db.scan_back(families::numbers, atom_rows(), [&](std::string_view key, std::string_view) {
        to = number_in_atom_key(key).value_or(kAtoms) + 1;
        return false;
    });
    if (!last) return last.error();
    if (to <= from) return {};
    if (to > kAtoms) return misplaced("names");
    atoms_.reserve(to);
    std::mutex failing;
    result<void> good;
    in_threads((to - from + kPart - 1) / kPart, std::min(kLoaders, std::thread::hardware_concurrency()), [&](std::size_t i) {
        const auto part = from + static_cast<std::uint32_t>(i) * kPart;
        const auto loaded = load_atoms(db, part, std::min(to, part + kPart));
        const std::lock_guard lock(failing);
        if (!loaded) good = loaded;
    });
    if (!good) {
        atoms_.forget_those_to_come();
        return good;
    }
    atoms_.grow(to);
    next_atom_ = std::max(next_atom_, to);
    std::erase_if(owed_atoms_, [&](const auto& owed) { return atoms_.find(owed.first).has_value(); });
    return {};
}

result<void> number_table::load(const database& db) {
    if (auto loaded = load_atoms(db); !loaded) return loaded;
    result<void> good;
    const auto first = db.scan(families::numbers, {}, {}, [&](std::string_view key, std::string_view) {
        if (key < atom_rows()) good = misplaced("numbers");
        return false;
    });
    if (!first || !good) return first ? good : first;
    const auto scanned = db.scan(families::numbers, {}, scope_rows(), [&](std::string_view key, std::string_view text) {
        good = key.starts_with(scope_rows()) ? load_scope(key.substr(1), text) : misplaced("numbers");
        return good.has_value();
    });
    if (!scanned) return scanned.error();
    return good;
}

std::optional<atom> number_table::known(std::string_view text) const {
    if (auto a = atoms_.find(text)) return a;
    const auto owed = owed_atoms_.find(text);
    if (owed == owed_atoms_.end()) return std::nullopt;
    return owed->second;
}

std::optional<scope_number> number_table::find_scope(std::string_view of_api, std::string_view scope) const {
    const auto a = atoms_.find(of_api);
    if (!a) return std::nullopt;
    const std::lock_guard lock(mutex_);
    const auto names = scopes_.find(*a);
    if (names == scopes_.end()) return std::nullopt;
    const auto it = names->second.find(scope);
    if (it == names->second.end() || owed_scopes_.contains({*a, it->second})) return std::nullopt;
    return it->second;
}

result<void> number_table::admit(std::size_t names, std::string_view of_api, std::span<const std::string> scopes) const {
    if (next_atom_ + names > kAtoms) return failure{errc::full, fmt::format("the store knows {} names already; no more can be numbered", kAtoms)};
    const auto a = known(of_api);
    std::size_t used = 0, fresh = scopes.size();
    const std::lock_guard lock(mutex_);
    if (const auto it = a ? scopes_.find(*a) : scopes_.end(); it != scopes_.end()) {
        used = it->second.size();
        for (const auto& s : scopes) fresh -= it->second.contains(s) ? 1 : 0;
    }
    if (used + fresh <= bounds::scopes_per_api || fresh == 0) return {};
    return failure{errc::full,
        fmt::format("the API {} would have more than {} scopes over time; numbers of scopes are never reused", of_api, bounds::scopes_per_api)};
}

void number_table::put_owed(write_batch& batch) {
    if (!owed_again_) return;
    for (const auto& [text, a] : owed_atoms_) batch.put(families::numbers, atom_key(a), text);
    if (owed_scopes_.empty()) return;
    const std::lock_guard lock(mutex_);
    for (const auto& [of_api, names] : scopes_)
        for (const auto& [text, n] : names)
            if (owed_scopes_.contains({of_api, n})) batch.put(families::numbers, scope_key(of_api, n), text);
}

atom number_table::number(std::string_view text, write_batch& batch) {
    if (auto a = known(text)) return *a;
    const auto a = static_cast<atom>(next_atom_++);
    owed_atoms_.emplace(text, a);
    batch.put(families::numbers, atom_key(a), text);
    return a;
}

scope_number number_table::scope(std::string_view of_api, std::string_view scope, write_batch& batch) {
    const auto a = number(of_api, batch);
    const std::lock_guard lock(mutex_);
    auto& names = scopes_[a];
    if (const auto it = names.find(scope); it != names.end()) return it->second;
    const auto n = static_cast<scope_number>(names.size());
    names.emplace(scope, n);
    owed_scopes_.emplace(a, n);
    batch.put(families::numbers, scope_key(a, n), scope);
    return n;
}

void number_table::applied() {
    owed_again_ = false;
    std::map<atom, std::string_view> in_order;
    for (const auto& [text, a] : owed_atoms_) in_order.emplace(a, text);
    for (const auto& [a, text] : in_order) atoms_.load(a, text);
    owed_atoms_.clear();
    const std::lock_guard lock(mutex_);
    owed_scopes_.clear();
}

void number_table::discarded() { owed_again_ = !owed_atoms_.empty() || !owed_scopes_.empty(); }

}  // namespace tollgate
