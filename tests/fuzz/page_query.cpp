// Cursors and search words of the management API, against a real store and a real log: a page, or a refusal. (C-13)
#include "fuzz/fuzz.hpp"
#include "fuzz/stores.hpp"
#include "tollgate/audit/audit_log.hpp"
#include "tollgate/codec/records.hpp"

#include <algorithm>

using namespace tollgate;

namespace {

audit_log four_rows() {
    static const auto rows = [] {
        std::vector<audit_row> out;
        const audit_key key;
        audit_link before;
        for (revision r = 1; r <= 4; ++r) {
            const audit_event event{{fuzz::now.us + static_cast<std::int64_t>(r)}, "operator:0", "", "unix", "token.create", "acme", "t", "{}"};
            out.push_back(key.seal(before, r, serialize(to_json(event))));
            before = out.back().own;
        }
        return out;
    }();
    audit_log log;
    log.name = "changes";
    log.scan = [](revision from, bool back, const std::function<bool(audit_row)>& row) -> result<void> {
        if (!back) {
            for (const auto& r : rows)
                if (r.at >= from && !row(r)) break;
        } else {
            for (auto r = rows.rbegin(); r != rows.rend(); ++r)
                if (r->at <= from && !row(*r)) break;
        }
        return {};
    };
    log.end = [] { return std::optional(audit_head{4, rows.back().own}); };
    return log;
}

}  // namespace

FUZZ_TARGET(page_query) {
    static fuzz::store with(20);
    fuzz::input in(bytes);
    const auto which = in.number();
    token_query query;
    query.limit = 1 + in.number() % 5u;
    query.cursor = in.line();
    if (which & 1) query.api = "acme";
    if (which & 2) query.q = in.line();
    if (which & 4) query.scope = in.line();
    if (which & 8) query.expires_before = timestamp{in.number<std::int64_t>()};
    if (which & 16) query.state = token_state::active;
    if (const auto page = with.tokens->list(query)) {
        DEMAND(page->tokens.size() <= query.limit);
        query.cursor = page->next_cursor;
        DEMAND(query.cursor.empty() || with.tokens->list(query).has_value());
    } else {
        DEMAND(page.error().kind == errc::invalid);
    }
    const std::array<audit_log, 2> logs{four_rows(), four_rows()};
    audit_query wish;
    wish.oldest_first = (which & 32) != 0;
    wish.cursor = in.line();
    wish.limit = query.limit;
    if (const auto page = read_audit(logs, wish)) {
        DEMAND(page->entries.size() <= wish.limit);
        wish.cursor = page->next_cursor;
        DEMAND(wish.cursor.empty() || read_audit(logs, wish).has_value());
    } else {
        DEMAND(page.error().kind == errc::invalid);
    }
}
