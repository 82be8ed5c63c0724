#include "tollgate/audit/audit_log.hpp"

#include "tollgate/base/bounds.hpp"
#include "tollgate/codec/records.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

namespace tollgate {
namespace {

constexpr std::chrono::hours clock_slack{1};  // a clock that was set back by less hides no event from `since`

bool fits(const audit_query& query, const audit_event& e) {
    const bool about = query.token.empty() || e.subject == query.token || e.actor == "token:" + query.token;
    return about && (query.actor.empty() || e.actor == query.actor) && (query.action.empty() || e.action == query.action) &&
        (!query.since || e.at >= *query.since);
}

// One log's part of a page.
struct walk {
    std::vector<audit_entry> found;
    std::size_t used = 0, looked_at = 0;
    revision position = 0;  // of the last row looked at; the next page goes on behind it
    bool more = false;      // rows behind it have not been looked at
    result<void> good;

    [[nodiscard]] bool used_up() const { return used == found.size(); }
    // Where the next page begins: behind what was handed out.
    [[nodiscard]] revision next(bool oldest_first) const {
        if (used_up()) return more || oldest_first ? position : 0;
        return oldest_first ? found[used].row.at - 1 : found[used].row.at + 1;
    }
};

// A cursor is one number a log, joined by dots: the revision that the page before ended with there. Oldest first it counts
// from 0; newest first 0 means that nothing is left.
result<std::vector<revision>> read_cursor(const std::string& text, std::size_t logs, bool oldest_first) {
    const failure wrong{errc::invalid, "cursor: not one that an earlier page gave"};
    std::vector<revision> out(logs, oldest_first ? 0 : ~revision{0});
    if (text.empty()) return out;
    const char* at = text.data();
    const char* const end = at + text.size();
    for (std::size_t i = 0; i < logs; ++i) {
        const auto [next, error] = std::from_chars(at, end, out[i]);
        const bool last = i + 1 == logs;
        if (error != std::errc() || (last ? next != end : next == end || *next != '.')) return wrong;
        at = last ? next : next + 1;
    }
    return out;
}

std::string cursor_text(const std::vector<revision>& at) { return fmt::format("{}", fmt::join(at, ".")); }

walk look(const audit_log& log, const audit_query& query, revision from, std::size_t limit) {
    walk w;
    w.position = from;
    if (!query.oldest_first && from == 0) return w;
    const auto row = [&](audit_row r) {
        if (w.found.size() == limit || w.looked_at == bounds::page_scan_rows) {
            w.more = true;
            return false;
        }
        auto event = audit_event_from_json(r.text);
        if (!event) {
            w.good = event.error();
            return false;
        }
        ++w.looked_at;
        w.position = r.at;
        const bool over = !query.oldest_first && query.since && event->at + clock_slack < *query.since;
        if (fits(query, *event)) w.found.push_back({log.name, std::move(r), std::move(*event)});
        return !over;
    };
    const auto scanned = log.scan(query.oldest_first ? from + 1 : from == ~revision{0} ? from : from - 1, !query.oldest_first, row);
    if (!scanned) w.good = scanned;
    return w;
}

// The walk whose next entry comes first; nullptr: none can be handed out any more. One that has more which was not looked
// at holds the others back: what it will find may come before theirs.
walk* first_of(std::vector<walk>& walks, bool oldest_first) {
    walk* best = nullptr;
    for (auto& w : walks) {
        if (w.used_up() && w.more) return nullptr;
        if (w.used_up()) continue;
        const auto at = w.found[w.used].event.at;
        if (best == nullptr || (oldest_first ? at < best->found[best->used].event.at : at > best->found[best->used].event.at)) best = &w;
    }
    return best;
}

}  // namespace

result<audit_page> read_audit(std::span<const audit_log> logs, const audit_query& query) {
    const auto limit = std::clamp<std::size_t>(query.limit, 1, bounds::page_rows);
    const auto from = read_cursor(query.cursor, logs.size(), query.oldest_first);
    if (!from) return from.error();
    std::vector<walk> walks;
    std::vector<revision> ends;
    for (std::size_t i = 0; i < logs.size(); ++i) {
        ends.push_back(logs[i].end().value_or(audit_head{}).at);
        walks.push_back(look(logs[i], query, (*from)[i], limit));
        if (!walks.back().good) return walks.back().good.error();
    }
    audit_page page;
    for (walk* w = first_of(walks, query.oldest_first); w != nullptr && page.entries.size() < limit; w = first_of(walks, query.oldest_first))
        page.entries.push_back(std::move(w->found[w->used++]));
    const bool more = std::any_of(walks.begin(), walks.end(), [](const walk& w) { return w.more || !w.used_up(); });
    std::vector<revision> next;
    for (const auto& w : walks) next.push_back(w.next(query.oldest_first));
    if (more) page.next_cursor = cursor_text(next);
    page.position = cursor_text(query.oldest_first ? next : ends);
    return page;
}

namespace {

result<audit_check> walk_once(const audit_log& log, const std::vector<audit_key>& keys, const std::vector<audit_head>& heads) {
    const auto end = log.end();
    audit_check check(keys, heads);
    const auto row = [&](const audit_row& r) {
        const bool past = end && r.at > end->at;  // of changes that came while we walked
        if (!past) check.next(r);
        return !past;
    };
    const auto scanned = log.scan(0, false, row);
    if (!scanned && scanned.error().kind == errc::corrupt) check.unreadable("a row", scanned.error().what);
    else if (!scanned) return scanned.error();
    check.finish(end);
    return check;
}

}  // namespace

// Between the head and the first row a cut may have come, which the walk then does not see: what is wrong stays wrong.
result<audit_check> verify_audit(const audit_log& log, std::vector<audit_key> keys, std::vector<audit_head> heads) {
    auto first = walk_once(log, keys, heads);
    return !first || first->good() ? std::move(first) : walk_once(log, keys, heads);
}

}  // namespace tollgate
