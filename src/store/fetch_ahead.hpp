// fetch_ahead.hpp - changes were made by other threads: their memory is fetched while those before them in the group are prepared.
#pragma once

#include "write_group.hpp"

#include <cstddef>
#include <string_view>
#include <vector>

namespace tollgate {
namespace detail {

inline void fetch(const void* at, std::size_t bytes) noexcept {
    constexpr std::size_t line = 64;
    for (std::size_t i = 0; i < bytes; i += line) __builtin_prefetch(static_cast<const char*>(at) + i);
}
inline void fetch(std::string_view text) noexcept { fetch(text.data(), text.size()); }

inline void fetch_parts(const change& c) noexcept {
    fetch(c.puts.data(), sizeof(record_put));
    fetch(c.conditions.data(), sizeof(condition));
    fetch(c.event.subject);
    fetch(c.event.details);
}
inline void fetch_parts_of_parts(const change& c) noexcept {
    if (!c.conditions.empty()) fetch(c.conditions.front().key);
    if (c.puts.empty()) return;
    const auto& put = c.puts.front();
    fetch(put.key);
    fetch(put.value);
    if (put.read) fetch(put.read.get(), sizeof(token));
}

}  // namespace detail

// Before the change with this number is prepared. Of those behind it, one step each: where something is says only what leads to it.
inline void fetch_ahead(const std::vector<waiting*>& group, std::size_t number) noexcept {
    if (number + 3 < group.size()) detail::fetch(&group[number + 3]->what, sizeof(change));
    if (number + 2 < group.size()) detail::fetch_parts(group[number + 2]->what);
    if (number + 1 < group.size()) detail::fetch_parts_of_parts(group[number + 1]->what);
}

}  // namespace tollgate
