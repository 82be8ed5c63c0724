#include "grant_codec.hpp"
#include "keys.hpp"
#include "name_words.hpp"
#include "registry_impl.hpp"

#include "tollgate/base/bounds.hpp"
#include "tollgate/codec/records.hpp"
#include "tollgate/codec/text.hpp"
#include "tollgate/crypto/sha256.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tollgate {
namespace {

failure no_such_token() { return {errc::not_found, "there is no such token"}; }

bool ends_before(const token& t, timestamp at) { return t.expires_at && *t.expires_at < at && t.state != token_state::revoked; }

bool fits(const token_query& query, const token& t) {
    return (query.api.empty() || t.api == query.api) && (query.owner.empty() || t.owner == query.owner) &&
        (query.tenant.empty() || t.tenant == query.tenant) && (!query.state || t.state == *query.state) &&
        (query.scope.empty() || std::find(t.scopes.begin(), t.scopes.end(), query.scope) != t.scopes.end()) &&
        (query.q.empty() || name_begins(t.name, query.q)) && (!query.expires_before || ends_before(t, *query.expires_before));
}

// The index that a query runs over. Its keys are `base`, then what sorts before the id (`middle`; most have none), then the id.
struct drive {
    family over = families::records;
    std::string base{token_prefix};
    std::string first;  // the middles that are looked at begin with this,
    std::string end;    // and stand before this one; empty: no end
    bool by_middle = false;

    [[nodiscard]] std::string prefix() const { return base + first; }
};

struct listed_row {
    std::string id, middle;
};

drive over(std::string base) { return {families::listing, std::move(base), {}, {}, false}; }

// Nothing: a text of the query has no number, so no token has it.
std::optional<drive> drive_of(const token_query& query, const number_table& numbers) {
    if (query.api.empty()) return drive{};
    const auto& names = numbers.atoms();
    const auto of_api = names.find(query.api);
    const auto owner = names.find(query.owner), tenant = names.find(query.tenant);
    if (!of_api || !owner || !tenant) return std::nullopt;
    if (!query.owner.empty()) return over(by_owner(*of_api, *owner));
    if (!query.tenant.empty()) return over(by_tenant(*of_api, *tenant));
    if (auto word = first_word(query.q); !word.empty()) return drive{families::listing, by_word(*of_api), std::move(word), {}, true};
    if (!query.scope.empty()) {
        const auto scope = numbers.find_scope(query.api, query.scope);
        if (!scope) return std::nullopt;
        return over(by_scope(*of_api, *scope));
    }
    if (query.expires_before) {
        std::string end;
        append_number(end, query.expires_before->us);
        return drive{families::listing, by_end(*of_api), {}, std::move(end), true};
    }
    if (query.state) return over(by_state(*of_api, *query.state));
    return over(by_api(*of_api));
}

std::optional<listed_row> row_of(const drive& d, std::string_view key) {
    if (d.over == families::records) return listed_row{std::string(key.substr(d.base.size())), {}};
    const auto id = id_at_end(key);
    if (!id) return std::nullopt;
    const auto behind = key.substr(d.base.size());
    return listed_row{id->text(), std::string(behind.substr(0, behind.size() - std::min(behind.size(), id->bytes.size())))};
}

// A name with two words that begin alike is met twice, and counts at the first of them.
bool is_first_of_its_token(const drive& d, const listed_row& row, const token& t) {
    if (d.first.empty()) return true;
    const auto words = name_words(t.name);
    const auto at = std::find_if(words.begin(), words.end(), [&](const std::string& w) { return w.starts_with(d.first); });
    return at != words.end() && row.middle == *at + '\0';
}

// Records that nobody has read for long come from the disk at a tenth of the speed: then the page is a short one.
constexpr std::chrono::milliseconds page_time{4};  // an answer of a hundred takes two more to write and send

failure no_cursor() { return {errc::invalid, "cursor: not one that an earlier page of this query gave"}; }

std::string cursor_of(const listed_row& row) {
    if (row.middle.empty()) return row.id;
    return row.id + "." + hex({reinterpret_cast<const std::uint8_t*>(row.middle.data()), row.middle.size()});
}

// The first key behind the row of `cursor`.
result<std::string> start_of(const drive& d, std::string_view cursor) {
    if (cursor.empty()) return d.prefix();
    const auto point = cursor.find('.');
    const auto id = token_id::parse(cursor.substr(0, point));
    const auto middle = unhex(point == std::string_view::npos ? std::string_view() : cursor.substr(point + 1));
    if (!id || !middle || middle->empty() == d.by_middle || !middle->starts_with(d.first)) return no_cursor();
    auto key = d.base + *middle;
    key.append(d.over == families::records ? cursor.substr(0, point) : id_bytes(*id)).push_back('\0');
    return key;
}

}  // namespace

result<token> registry::impl::find(std::string_view id) const {
    if (!token_id::parse(id)) return no_such_token();
    const auto found = ledger->read(token_key(id));
    if (!found) return found.error();
    if (!*found) return no_such_token();
    auto t = token_from_json((*found)->json);
    if (!t) return failure{errc::corrupt, fmt::format("the record of {} cannot be read: {}", id, t.error().what)};
    t->revision = (*found)->at;
    return t;
}

result<token> registry::show(std::string_view id) const { return impl_->find(id); }

result<token_page> registry::list(const token_query& query) const {
    token_page page;
    const auto d = drive_of(query, impl_->applier->numbers());
    if (!d) return page;
    const auto from = start_of(*d, query.cursor);
    if (!from) return from.error();
    const auto began = impl_->deps.time.ticks();
    std::vector<listed_row> rows;  // one more than is looked at: whether there is a next page
    const auto scanned = impl_->db->scan(d->over, d->prefix(), *from, [&](std::string_view key, std::string_view) {
        auto row = row_of(*d, key);
        if (row && !d->end.empty() && row->middle >= d->end) return false;
        if (row) rows.push_back(std::move(*row));
        return rows.size() <= bounds::page_scan_rows;
    });
    if (!scanned) return scanned.error();
    const auto limit = std::clamp<std::size_t>(query.limit, 1, bounds::page_rows);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const bool long_enough = i != 0 && impl_->deps.time.ticks() - began > page_time;
        if (page.tokens.size() == limit || i == bounds::page_scan_rows || long_enough) {
            page.next_cursor = cursor_of(rows[i - 1]);
            break;
        }
        auto t = impl_->find(rows[i].id);
        if (!t) return t.error();
        const bool wanted = fits(query, *t) && is_first_of_its_token(*d, rows[i], *t) && (!query.keep || query.keep(*t));
        if (wanted) page.tokens.push_back(std::move(*t));
    }
    return page;
}

result<token> registry::find_by_secret(std::string_view text) const {
    const auto row = impl_->db->get(families::index, digest_key(sha256(text)));
    if (!row) return row.error();
    if (!*row) return no_such_token();
    const auto g = decode_grant(**row);
    if (!g) return g.error();
    return impl_->find(g->id.text());
}

result<void> registry::audit_scan(revision from, bool back, const std::function<bool(audit_row)>& row) const {
    result<void> good;
    const auto look = [&](std::string_view key, std::string_view bytes) {
        auto read = decode_audit_row(take_number<revision>(key).value_or(0), bytes);
        if (!read) good = failure{errc::corrupt, "a row of the audit log is of another version"};
        return read && row(std::move(*read));
    };
    const auto scanned = back ? impl_->db->scan_back(families::audit, {}, audit_row_key(from == ~revision{0} ? from : from + 1), look)
                              : impl_->db->scan(families::audit, {}, audit_row_key(from), look);
    return scanned ? good : scanned;
}

std::optional<audit_head> registry::audit_end() const { return impl_->applier->audit_end(); }

result<revision> registry::note(audit_event event) {
    change c;
    c.event = std::move(event);
    return impl_->ledger->commit(std::move(c));
}

result<std::vector<audit_event>> registry::audit(std::size_t limit) const {
    std::vector<audit_event> events;
    result<void> good;
    if (limit == 0) return events;
    const auto scanned = audit_scan(~revision{0}, true, [&](const audit_row& row) {
        auto e = audit_event_from_json(row.text);
        if (e) events.push_back(std::move(*e));
        else good = e.error();
        return good && events.size() < limit;
    });
    if (!scanned) return scanned.error();
    if (!good) return good.error();
    return events;
}

result<std::optional<indexed_grant>> registry::impl::row(const digest& key) const {
    const auto found = db->get(families::index, digest_key(key));
    if (!found) return found.error();
    if (!*found) return std::optional<indexed_grant>();
    auto g = decode_grant(**found);
    if (!g) return g.error();
    return std::optional<indexed_grant>(std::move(*g));
}

result<std::optional<indexed_grant>> registry::read(const digest& key) const {
    const auto who = read_holder_key(key);
    auto found = who ? impl_->read_holder(*who) : impl_->row(key);
    impl_->at("read:after");
    return found;
}

}  // namespace tollgate
