#include "tollgate/audit/audit_keeper.hpp"

#include "tollgate/audit/audit_lines.hpp"
#include "tollgate/base/bounds.hpp"
#include "tollgate/codec/json.hpp"
#include "tollgate/codec/records.hpp"

#include <fmt/format.h>

namespace tollgate {
namespace {

constexpr std::chrono::hours day{24};

audit_event own_event(const audit_log& log, timestamp at, std::string_view action, std::string details) {
    audit_event e;
    e.at = at;
    e.actor = "tollgate";
    e.action = action;
    e.subject = log.name;
    e.details = std::move(details);
    return e;
}

std::string after(json::object what) { return serialize(json::object{{"before", nullptr}, {"after", std::move(what)}}); }

// The event of a row, where it is one of `action`. The text is searched first: it is cheap, and most rows are others.
std::optional<audit_event> event_of(const audit_row& row, std::string_view action) {
    if (row.text.find(action) == std::string::npos) return std::nullopt;
    auto e = audit_event_from_json(row.text);
    return e && e->action == action ? std::optional(std::move(*e)) : std::nullopt;
}

}  // namespace

result<void> audit_keeper::begin(timestamp now) {
    for (const auto& log : logs_) {
        std::optional<std::uint32_t> under;
        const auto scanned = log.scan(~revision{0}, true, [&](const audit_row& row) {
            under = row.key;
            return false;
        });
        if (!scanned) return scanned;
        if (!under || *under == log.links.id()) continue;
        log_.warn("the audit log goes on under another key: keys.master is not the one of before, and what that one sealed does not open",
            {{"log", log.name}});
        const auto noted = log.note(own_event(log, now, audit_key_action, after({{"key", log.links.id()}})));
        if (!noted) return noted.error();
    }
    return {};
}

void audit_keeper::say_heads(std::string_view when) const {
    for (const auto& log : logs_)
        if (const auto end = log.end()) log_.info("audit head", {{"head", named_head{log.name, *end}.text()}, {"when", when}});
}

result<void> audit_keeper::seal(const audit_log& log, timestamp now) {
    std::size_t rows = 0;
    std::string oldest;  // of the open segment
    const auto scanned = log.scan(~revision{0}, true, [&](audit_row row) {
        if (event_of(row, audit_seal_action)) return false;
        oldest = std::move(row.text);
        return ++rows < bounds::audit_segment_rows;
    });
    if (!scanned || rows == 0) return scanned;
    if (rows < bounds::audit_segment_rows) {
        const auto e = audit_event_from_json(oldest);
        if (!e) return e.error();
        if (e->at + day > now) return {};
    }
    const auto noted = log.note(own_event(log, now, audit_seal_action, after({{"rows", rows}})));
    return noted ? result<void>() : noted.error();
}

// True: a segment went, and the next may be due as well.
result<bool> audit_keeper::cut(const audit_log& log, timestamp now, timestamp before) {
    std::optional<audit_head> sealed;
    const auto scanned = log.scan(0, false, [&](const audit_row& row) {
        const auto e = event_of(row, audit_seal_action);
        if (e && e->at < before) sealed = audit_head{row.at, row.own};
        return !e;
    });
    if (!scanned) return scanned.error();
    if (!sealed) return false;
    const auto noted = log.note(own_event(log, now, audit_cut_action, audit_cut_details(*sealed)));
    if (!noted) return noted.error();
    return true;
}

result<void> audit_keeper::tidy(timestamp now, std::optional<timestamp> cut_before) {
    for (const auto& log : logs_) {
        if (auto done = seal(log, now); !done) return done;
        if (!cut_before) continue;
        for (;;) {
            const auto went = cut(log, now, *cut_before);
            if (!went) return went.error();
            if (!*went) break;
            log_.info("a segment of the audit log was cut off", {{"log", log.name}});
        }
    }
    return {};
}

}  // namespace tollgate
