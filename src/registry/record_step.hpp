// record_step.hpp - a record that a change puts: that it is one and stands under its own key, and what stood there before.
#pragma once

#include "tollgate/model/token_id.hpp"
#include "tollgate/store/ledger.hpp"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tollgate {

// As it was, where it was, and as it becomes.
template <class T>
struct record_step {
    token_id id;
    std::optional<T> was;
    T becomes;
};

inline failure not_a_record(std::string_view key, std::string_view why) { return {errc::invalid, fmt::format("{} is not a record: {}", key, why)}; }

// How the records of a kind are read, and where they stand.
template <class T>
struct record_kind {
    result<T> (*parse)(std::string_view json);
    std::string_view id_prefix, key_prefix;
    // Whether `key` is the one of the record with this id.
    [[nodiscard]] bool is_key_of(std::string_view key, std::string_view id) const noexcept {
        return key.size() == key_prefix.size() + id.size() && key.starts_with(key_prefix) && key.ends_with(id);
    }
};

// Of a step that has what `put` was read as: the rest. `Step`: record_step<T>, or what has the same members. Errors: invalid (no record, or under
// another's key), corrupt (what stands in the store is none), those of `before`.
template <class Step, class T>
result<void> complete_step(Step& step, const record_put& put, const record_view& before, const record_kind<T>& kind) {
    const auto id = token_id::parse(step.becomes.id, kind.id_prefix);
    if (!id || !kind.is_key_of(put.key, step.becomes.id)) return not_a_record(put.key, "its key and its id differ");
    step.id = *id;
    const auto found = before.find(put.key);
    if (!found) return found.error();
    if (!*found) return {};
    auto was = kind.parse((*found)->json);
    if (!was) return failure{errc::corrupt, fmt::format("{} in the store is not a record: {}", put.key, was.error().what)};
    step.was = std::move(*was);
    return {};
}

template <class T>
result<record_step<T>> read_step(const record_put& put, const record_view& before, const record_kind<T>& kind) {
    auto becomes = kind.parse(put.value);
    if (!becomes) return not_a_record(put.key, becomes.error().what);
    record_step<T> step{{}, std::nullopt, std::move(*becomes)};
    if (auto good = complete_step(step, put, before, kind); !good) return good.error();
    return step;
}

}  // namespace tollgate
