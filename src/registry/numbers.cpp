#include "numbers.hpp"

#include "keys.hpp"

#include "tollgate/base/bounds.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tollgate {
namespace {

failure misplaced(std::string_view what) { return {errc::corrupt, fmt::format("the store's table of {} has a gap or an unknown row", what)}; }

}  // namespace

result<void> number_table::load_atom(std::string_view key, std::string_view text) {
    const auto n = take_number<std::uint32_t>(key);
    if (!n || *n > atoms_.size()) return misplaced("names");
    if (*n < atoms_.size()) return {};
    atoms_.load(static_cast<atom>(*n), text);
    if (const auto owed = owed_atoms_.find(text); owed != owed_atoms_.end()) owed_atoms_.erase(owed);
    next_atom_ = std::max(next_atom_, *n + 1);
    return {};
}

result<void> number_table::load_scope(std::string_view key, std::string_view text) {
    const auto of_api = take_number<std::uint32_t>(key);
    const auto n = take_number<std::uint16_t>(key);
    if (!of_api || !n || *n >= bounds::scopes_per_api) return misplaced("scopes");
    const std::lock_guard lock(mutex_);
    scopes_[static_cast<atom>(*of_api)].insert_or_assign(std::string(text), *n);
    owed_scopes_.erase({static_cast<atom>(*of_api), *n});
    return {};
}

result<void> number_table::load(const database& db) {
    atoms_.expect(std::min(db.estimated_rows(families::numbers), kAtoms));
    result<void> good;
    const auto scanned = db.scan(families::numbers, {}, {}, [&](std::string_view key, std::string_view text) {
        const auto kind = take_number<std::uint8_t>(key).value_or(0);
        if (kind == 1) good = load_atom(key, text);
        else if (kind == 2) good = load_scope(key, text);
        else good = misplaced("numbers");
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
    std::map<atom, std::string_view> in_order;
    for (const auto& [text, a] : owed_atoms_) in_order.emplace(a, text);
    for (const auto& [a, text] : in_order) atoms_.load(a, text);
    owed_atoms_.clear();
    const std::lock_guard lock(mutex_);
    owed_scopes_.clear();
}

}  // namespace tollgate
