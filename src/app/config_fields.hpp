// config_fields.hpp - readers of plain values for tables of configuration keys: a member's address, and the value goes there. (config_table.hpp)
//
// Threads: functions.
#pragma once

#include "app/config_table.hpp"

#include <fmt/format.h>

#include <type_traits>
#include <utility>

namespace tollgate::config_fields {

constexpr std::int64_t day_ms = 86'400'000;
constexpr value_range some_time{1, day_ms};
constexpr value_range any_time{0, day_ms};
constexpr value_range percent{0, 100};

template <class Owner, class Value>
Owner owner_of(Value Owner::*);

template <auto Member>
auto& field(void* into) {
    return static_cast<decltype(owner_of(Member))*>(into)->*Member;
}

template <auto Member>
void store(void* into, const auto& value) {
    if (value) field<Member>(into) = static_cast<std::remove_cvref_t<decltype(field<Member>(into))>>(*value);
}

template <auto Member>
void path(config_place& at, const config_key&, const node& value, void* into) {
    if (const auto text = read_text(at, value)) field<Member>(into) = at.beside_file(*text);
}
template <auto Member>
void boolean(config_place& at, const config_key&, const node& value, void* into) {
    store<Member>(into, read_bool(at, value));
}
template <auto Member>
void count(config_place& at, const config_key& key, const node& value, void* into) {
    store<Member>(into, read_count(at, value, key.range));
}
template <auto Member>
void size(config_place& at, const config_key& key, const node& value, void* into) {
    store<Member>(into, read_size(at, value, key.range));
}
template <auto Member>
void duration(config_place& at, const config_key& key, const node& value, void* into) {
    store<Member>(into, read_duration(at, value, key.range));
}
template <auto Member>
void section(config_place& at, const config_key& key, const node& value, void* into) {
    auto& target = field<Member>(into);
    if constexpr (requires { target.line; }) target.line = value.line();
    read_section(at, *key.section, value, &target);
}
template <auto Member>
void items(config_place& at, const config_key& key, const node& value, void* into) {
    auto& list = field<Member>(into);
    list.clear();
    if (value.what() == node::kind::null) return;
    if (!value.is_sequence()) return at.error(value, fmt::format("`{}` is a list: begin each item with `- `", key.name));
    for (std::size_t i = 0; i < value.items().size(); ++i) {
        const config_place::step down(at, i);
        auto& item = list.emplace_back();
        item.line = value.items()[i].line();
        read_section(at, *key.section, value.items()[i], &item);
    }
}

}  // namespace tollgate::config_fields
