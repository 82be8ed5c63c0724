// A contract's `me:`.

#include "rules/contract_reader.hpp"
#include "tollgate/rules/contract.hpp"
#include "tollgate/rules/me_rules.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace tollgate {
namespace {

constexpr std::array<std::string_view, 12> kPlaceholders{
    "id", "number", "user_name", "email", "email_verified_at", "first_name", "last_name", "name", "tenant", "subject", "created_at", "updated_at"};

// The name in `{name}`; empty: the text is none.
std::string_view placeholder_in(std::string_view text) noexcept {
    if (text.size() < 3 || !text.starts_with('{') || !text.ends_with('}')) return {};
    return text.substr(1, text.size() - 2);
}

me_rules read_members(contract_reader& reader, const place& at) {
    me_rules out;
    if (!at.at->is_mapping() || at.at->members().empty()) {
        reader.error(at, "must be a mapping: write `member: \"{first_name}\"`");
        return out;
    }
    for (const auto& [name, value] : at.at->members()) {
        const place here{&value, path_member(at.path, name)};
        me_member m{name, {}, {}, {}};
        if (value.is_mapping()) {
            m.members = read_members(reader, here);
        } else if (value.is_sequence()) {
            reader.error(here, "must be a scalar or a mapping");
        } else if (const auto placeholder = value.is_string() ? placeholder_in(value.text()) : std::string_view(); !placeholder.empty()) {
            m.placeholder = placeholder;
            if (std::ranges::find(kPlaceholders, placeholder) == kPlaceholders.end())
                reader.error(here, fmt::format("no field `{}` of a user: write one of {}", placeholder, fmt::join(kPlaceholders, ", ")));
        } else {
            m.literal = value.to_json();
        }
        out.push_back(std::move(m));
    }
    return out;
}

}  // namespace

std::span<const std::string_view> me_placeholders() noexcept { return kPlaceholders; }

void read_me(contract_reader& reader, const place& root, contract& out) {
    const auto at = reader.member(root, "me");
    if (at) out.me = read_members(reader, at);
}

}  // namespace tollgate
