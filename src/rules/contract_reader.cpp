#include "rules/contract_reader.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tollgate {

void contract_reader::error(const place& where, std::string what) {
    ++errors_;
    problems_.add({problem::level::error, file_, where.at != nullptr ? where.at->line() : 0, where.path, std::move(what)});
}

void contract_reader::warning(const place& where, std::string what) {
    problems_.add({problem::level::warning, file_, where.at != nullptr ? where.at->line() : 0, where.path, std::move(what)});
}

place contract_reader::member(const place& of, std::string_view key) {
    return {of.at != nullptr ? of.at->find(key) : nullptr, path_member(of.path, key)};
}

std::vector<place> contract_reader::items(const place& of) {
    std::vector<place> out;
    if (!of) return out;
    for (const auto& [key, value] : of.at->members()) out.push_back({&value, path_member(of.path, key)});
    for (const auto& item : of.at->items()) out.push_back({&item, path_item(of.path, out.size())});
    return out;
}

bool contract_reader::mapping(const place& at, const std::vector<std::string_view>& known, const std::vector<std::string_view>& later) {
    if (!at) return false;
    if (!at.at->is_mapping()) {
        error(at, "must be a mapping: write `key: value` lines under it");
        return false;
    }
    for (const auto& [key, value] : at.at->members()) {
        if (std::find(known.begin(), known.end(), key) != known.end()) continue;
        const place here{&value, path_member(at.path, key)};
        if (std::find(later.begin(), later.end(), key) != later.end()) {
            error(here, fmt::format("`{}` is not enforced by this build yet; remove it", key));
            continue;
        }
        const auto near = nearest(key, known);
        error(here,
            near.empty() ? fmt::format("unknown key `{}`; known here: {}", key, fmt::join(known, ", "))
                         : fmt::format("unknown key `{}`: write `{}`", key, near));
    }
    return true;
}

bool contract_reader::sequence(const place& at) {
    if (!at) return false;
    if (at.at->is_sequence()) return true;
    error(at, "must be a list: write `[a, b]` or `- a` lines");
    return false;
}

std::optional<std::string> contract_reader::text(const place& at) {
    if (!at) return std::nullopt;
    if (at.at->is_string() && !at.at->text().empty()) return at.at->text();
    error(at, at.at->is_scalar() && !at.at->is_string() ? "must be a text: write it in quotes" : "must be a text that is not empty");
    return std::nullopt;
}

std::optional<bool> contract_reader::boolean(const place& at) {
    if (!at) return std::nullopt;
    const auto value = at.at->as_bool();
    if (!value) error(at, "must be true or false");
    return value;
}

std::vector<std::string> contract_reader::texts(const place& at) {
    std::vector<std::string> out;
    if (!sequence(at)) return out;
    for (const auto& item : items(at)) {
        if (!item) error(item, "must be a text that is not empty");
        if (auto value = text(item)) out.push_back(std::move(*value));
    }
    return out;
}

std::optional<std::size_t> contract_reader::choice(const place& at, const std::vector<std::string_view>& choices) {
    if (!at) return std::nullopt;
    const auto found = std::find(choices.begin(), choices.end(), at.at->text());
    if (at.at->is_scalar() && found != choices.end()) return static_cast<std::size_t>(found - choices.begin());
    error(at, fmt::format("`{}` is not known here: write {}", at.at->text(), fmt::join(choices, " or ")));
    return std::nullopt;
}

std::optional<std::string> contract_reader::name(const place& at) {
    constexpr std::size_t longest = 64;
    auto value = text(at);
    if (!value) return value;
    const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'; };
    if (value->size() <= longest && std::all_of(value->begin(), value->end(), allowed)) return value;
    error(at, fmt::format("`{}` cannot be a name: write 1 to {} of a-z, 0-9, - and _", *value, longest));
    return std::nullopt;
}

std::optional<std::string> contract_reader::scope(const place& at) {
    auto value = text(at);
    if (value && !check_scope(at, *value)) return std::nullopt;
    return value;
}

bool contract_reader::check_scope(const place& at, std::string_view name) {
    const auto allowed = [](char c) { return c > 0x20 && c < 0x7f && c != '"' && c != '\\'; };
    if (!name.empty() && std::all_of(name.begin(), name.end(), allowed)) return true;
    error(at, fmt::format("`{}` cannot be a scope: write visible ASCII characters without quotes, backslashes and spaces", name));
    return false;
}

}  // namespace tollgate
