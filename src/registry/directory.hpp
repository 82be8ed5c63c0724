// directory.hpp - what the commands and queries on users and clients share: reading a record, one change of it, a page of them.
//
// Threads: any blocking one. Bounds: bounds::page_scan_rows rows looked at for a page.
#pragma once

#include "keys.hpp"
#include "plain_text.hpp"
#include "registry_impl.hpp"

#include "tollgate/base/bounds.hpp"
#include "tollgate/codec/records.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::directory {

inline constexpr int tries = 100;  // against others who change the same record at the same time

// How a kind of record is stored and called.
template <class T>
struct kind {
    std::string_view id_prefix, record_prefix;
    const char* word;  // "user"
    result<T> (*parse)(std::string_view);
};

template <class T>
std::string record_key(const kind<T>& of, std::string_view id) {
    return std::string(of.record_prefix).append(id);
}

template <class T>
failure no_such(const kind<T>& of) {
    return {errc::not_found, fmt::format("there is no such {}", of.word)};
}

template <class T>
result<T> find(const ledger& in, const kind<T>& of, std::string_view id) {
    if (!token_id::parse(id, of.id_prefix)) return no_such(of);
    const auto found = in.read(record_key(of, id));
    if (!found) return found.error();
    if (!*found) return no_such(of);
    auto record = of.parse((*found)->json);
    if (!record) return failure{errc::corrupt, fmt::format("the record of {} cannot be read: {}", id, record.error().what)};
    record->revision = (*found)->at;
    return record;
}

struct terms {
    caller who;
    timestamp now;
    const char* action;
    std::optional<revision> if_revision{};
    bool touches = true;  // whether it is an update that the record's updated_at tells of
};

inline audit_event event_of(const terms& t, std::string_view of_api, std::string_view subject, json::value before, json::value after) {
    return {t.now, t.who.actor, t.who.acting_as, t.who.from, t.action, std::string(of_api), std::string(subject),
        serialize(json::object{{"before", std::move(before)}, {"after", std::move(after)}})};
}

// What differs, without what is nobody's business. (C-7)
template <class T>
std::pair<json::object, json::object> differences(const T& was, const T& becomes, std::initializer_list<std::string_view> kept_back) {
    auto before = to_json(was), after = to_json(becomes);
    json::object then, now;
    for (const auto& member : after) {
        const std::string_view name = member.key();
        const auto* old = before.if_contains(name);
        if (name == "revision" || name == "updated_at" || (old != nullptr && *old == member.value())) continue;
        const bool hidden = std::ranges::find(kept_back, name) != kept_back.end();
        then[name] = hidden ? json::value(old == nullptr ? "none" : "…") : old == nullptr ? json::value(nullptr) : *old;
        now[name] = hidden ? json::value("changed") : member.value();
    }
    for (const auto& member : before)
        if (!after.contains(member.key())) {
            const bool hidden = std::ranges::find(kept_back, std::string_view(member.key())) != kept_back.end();
            then[member.key()] = hidden ? json::value("…") : member.value();
            now[member.key()] = nullptr;
        }
    return {std::move(then), std::move(now)};
}

// Puts a new record. Its key must be vacant.
template <class T>
result<revision> put_new(ledger& in, const kind<T>& of, const T& record, audit_event event) {
    change c;
    const auto key = record_key(of, record.id);
    c.puts.push_back({key, serialize(to_json(record))});
    c.conditions.push_back({key, std::nullopt});
    c.event = std::move(event);
    return in.commit(std::move(c));
}

// Takes a record one step on: `act` changes it (false: nothing is to be done), and it is committed on the condition that nobody came
// in between; else again.
template <class T>
result<T> step(ledger& in, const kind<T>& of, std::string_view id, const terms& t, std::initializer_list<std::string_view> kept_back,
    const std::function<result<bool>(T& becomes)>& act) {
    failure last{errc::conflict, fmt::format("the {} is being changed by others all the time", of.word)};
    for (int i = 0; i < tries; ++i) {
        const auto was = find(in, of, id);
        if (!was) return was.error();
        if (t.if_revision && was->revision != *t.if_revision)
            return failure{errc::conflict, fmt::format("the {} has changed: it has revision {}, not {}", of.word, was->revision, *t.if_revision)};
        auto becomes = *was;
        const auto acted = act(becomes);
        if (!acted) return acted.error();
        if (!*acted || becomes == *was) return *was;
        if (t.touches) becomes.updated_at = t.now;
        auto [before, after] = differences(*was, becomes, kept_back);
        change c;
        const auto key = record_key(of, id);
        c.puts.push_back({key, serialize(to_json(becomes))});
        c.conditions.push_back({key, was->revision});
        c.event = event_of(t, becomes.api, becomes.id, std::move(before), std::move(after));
        const auto done = in.commit(std::move(c));
        if (done) {
            becomes.revision = *done;
            return becomes;
        }
        last = done.error();
        if (last.kind != errc::conflict) return last;
    }
    return last;
}

// Ids behind `cursor`, one more than bounds::page_scan_rows at most. `listed`: the listing's prefix; empty: every record of the kind.
template <class T>
result<std::vector<std::string>> ids_from(const database& in, const kind<T>& of, const std::string& listed, const std::string& cursor) {
    const bool by_index = !listed.empty();
    const std::string prefix = by_index ? listed : std::string(of.record_prefix);
    auto from = prefix;
    if (!cursor.empty()) {
        const auto id = token_id::parse(cursor, of.id_prefix);
        if (!id) return failure{errc::invalid, "cursor: not one that an earlier page gave"};
        from.append(by_index ? id_bytes(*id) : std::string_view(cursor)).push_back('\0');
    }
    std::vector<std::string> ids;
    const auto scanned = in.scan(by_index ? families::listing : families::records, prefix, from, [&](std::string_view key, std::string_view) {
        if (!by_index) ids.emplace_back(key.substr(prefix.size()));
        else if (const auto id = id_at_end(key)) ids.push_back(id->text(of.id_prefix));
        return ids.size() <= bounds::page_scan_rows;
    });
    if (!scanned) return scanned.error();
    return ids;
}

// Those of `ids` that `wanted` keeps, a page at most; the answer is the next page's cursor.
template <class T>
result<std::string> fill_page(const ledger& in, const kind<T>& of, const std::vector<std::string>& ids, std::size_t limit,
    const std::function<bool(const T&)>& wanted, std::vector<T>& into) {
    limit = std::clamp<std::size_t>(limit, 1, bounds::page_rows);
    for (std::size_t i = 0; i < ids.size(); ++i) {
        if (into.size() == limit || i == bounds::page_scan_rows) return ids[i - 1];
        auto record = find(in, of, ids[i]);
        if (!record) return record.error();
        if (record->state != account_state::removed && wanted(*record)) into.push_back(std::move(*record));
    }
    return std::string();
}

inline void check_name(std::string_view field, const std::string& name, std::size_t least, std::vector<field_problem>& problems) {
    if (name.size() < least) problems.push_back({std::string(field), "is missing"});
    else if (name.size() > bounds::name_bytes) problems.push_back({std::string(field), fmt::format("at most {} bytes", bounds::name_bytes)});
    else if (!is_plain_text(name)) problems.push_back({std::string(field), "must be UTF-8 text without control characters"});
}

// A text that becomes a header's value.
inline void check_header(std::string_view field, const std::string& text, std::vector<field_problem>& problems) {
    constexpr std::size_t most = 200;
    if (text.size() > most || !is_header_text(text))
        problems.push_back({std::string(field), "must be printable ASCII without space at either end, 200 bytes at most"});
}

inline failure wrong(const std::vector<field_problem>& problems) {
    return {errc::invalid, fmt::format("{}: {}", problems.front().field, problems.front().what)};
}

}  // namespace tollgate::directory
