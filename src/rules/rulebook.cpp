#include "tollgate/rules/rulebook.hpp"

#include "tollgate/base/check.hpp"

#include <algorithm>

namespace tollgate {

namespace {

std::optional<std::size_t> index_of(const std::vector<std::pair<std::string, scope_number>>& numbers, std::string_view name) noexcept {
    const auto at = std::find_if(numbers.begin(), numbers.end(), [name](const auto& n) { return n.first == name; });
    if (at == numbers.end()) return std::nullopt;
    return static_cast<std::size_t>(at - numbers.begin());
}

void append_word(std::string& out, std::string_view word) {
    if (!out.empty()) out += ' ';
    out += word;
}

}  // namespace

void api::seal() {
    scope_facts_.assign(scope_numbers.size(), {});
    catalogue_order_.clear();
    everything = {};
    wildcard_ = rules.scopes.wildcard.empty() ? std::nullopt : scope(rules.scopes.wildcard);
    for (std::size_t i = 0; i < scope_numbers.size(); ++i) {
        scope_facts_[i].number = scope_numbers[i].second;
        everything.add(scope_numbers[i].second);
        if (wildcard_) scope_facts_[i].satisfied_by.add(*wildcard_);
    }
    for (std::size_t i = 0; i < scope_numbers.size(); ++i) {
        scope_facts_[i].unlocks.add(scope_facts_[i].number);
        scope_facts_[i].satisfied_by.add(scope_facts_[i].number);
        for (const auto& unlocked : rules.closure(scope_numbers[i].first)) {
            const auto at = index_of(scope_numbers, unlocked);
            if (!at) continue;
            scope_facts_[i].unlocks.add(scope_facts_[*at].number);
            scope_facts_[*at].satisfied_by.add(scope_facts_[i].number);
        }
    }
    for (const auto& entry : catalogue)
        if (const auto at = index_of(scope_numbers, entry.name)) catalogue_order_.push_back(*at);
}

const scope_set* api::satisfying(std::string_view scope_text) const noexcept {
    const auto at = index_of(scope_numbers, scope_text);
    return at && *at < scope_facts_.size() ? &scope_facts_[*at].satisfied_by : nullptr;
}

scope_set api::closure(const scope_set& granted) const noexcept {
    if (wildcard_ && granted.has(*wildcard_)) return everything;
    scope_set out;
    for (const auto& facts : scope_facts_)
        if (granted.has(facts.number)) out |= facts.unlocks;
    return out;
}

std::optional<scope_number> api::scope(std::string_view scope_text) const noexcept {
    const auto at = index_of(scope_numbers, scope_text);
    if (!at) return std::nullopt;
    return scope_numbers[*at].second;
}

std::string_view api::scope_name(scope_number n) const noexcept {
    for (const auto& known : scope_numbers)
        if (known.second == n) return known.first;
    return {};
}

std::string api::effective_scopes(const scope_set& granted, bool full_access) const {
    if (!full_access && wildcard_ && granted.has(*wildcard_)) return rules.scopes.wildcard;
    scope_set effective = full_access ? everything : scope_set{};
    if (!full_access)
        for (const auto& facts : scope_facts_)
            if (granted.has(facts.number)) effective |= facts.unlocks;
    std::string out;
    for (const auto i : catalogue_order_)
        if (effective.has(scope_numbers[i].second) && scope_numbers[i].first != rules.scopes.wildcard) append_word(out, scope_numbers[i].first);
    return out;
}

api& rulebook::add(std::unique_ptr<api> a) {
    TOLLGATE_CHECK(a != nullptr);
    a->index = static_cast<std::uint32_t>(apis_.size());
    a->seal();
    return *apis_.emplace_back(std::move(a));
}

bool rulebook::add_host(std::string host, const api& of, std::uint32_t environment) {
    const host_entry entry{&of, environment};
    if (host == "*") {
        if (any_.of != nullptr) return false;
        any_ = entry;
    } else if (!hosts_.emplace(host, entry).second) {
        return false;
    }
    host_list_.emplace_back(std::move(host), entry);
    return true;
}

const host_entry* rulebook::find(std::string_view host) const noexcept {
    // "*" is a key of no map: a client that sends it as its Host gets what every unknown host gets.
    if (!host.empty())
        if (const auto at = hosts_.find(host); at != hosts_.end()) return &at->second;
    return any_.of != nullptr ? &any_ : nullptr;
}

const api* rulebook::by_name(std::string_view name) const noexcept {
    for (const auto& a : apis_)
        if (a->name == name) return a.get();
    return nullptr;
}

}  // namespace tollgate
