#include "audit_row.hpp"
#include "grant_codec.hpp"
#include "keys.hpp"
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

bool contains_ignoring_case(std::string_view text, std::string_view part) {
    const auto same = [](char a, char b) { return lower(a) == lower(b); };
    return std::search(text.begin(), text.end(), part.begin(), part.end(), same) != text.end();
}

bool fits(const token_query& query, const token& t) {
    return (query.api.empty() || t.api == query.api) && (query.owner.empty() || t.owner == query.owner) &&
        (query.tenant.empty() || t.tenant == query.tenant) && (!query.state || t.state == *query.state) &&
        (query.q.empty() || contains_ignoring_case(t.name, query.q));
}

// The index that a query runs over.
struct drive {
    family over = families::records;
    std::string prefix{token_prefix};
};

// Nothing: a text of the query has no number, so no token has it.
std::optional<drive> drive_of(const token_query& query, const atom_table& names) {
    if (query.api.empty()) return drive{};
    const auto of_api = names.find(query.api);
    const auto owner = names.find(query.owner), tenant = names.find(query.tenant);
    if (!of_api || !owner || !tenant) return std::nullopt;
    if (!query.owner.empty()) return drive{families::listing, by_owner(*of_api, *owner)};
    if (!query.tenant.empty()) return drive{families::listing, by_tenant(*of_api, *tenant)};
    if (query.state) return drive{families::listing, by_state(*of_api, *query.state)};
    return drive{families::listing, by_api(*of_api)};
}

std::optional<std::string> id_of_row(const drive& d, std::string_view key) {
    if (d.over == families::records) return std::string(key.substr(token_prefix.size()));
    const auto id = id_at_end(key);
    if (!id) return std::nullopt;
    return id->text();
}

// The first key behind the row of `cursor`.
result<std::string> start_of(const drive& d, const std::string& cursor) {
    if (cursor.empty()) return d.prefix;
    const auto id = token_id::parse(cursor);
    if (!id) return failure{errc::invalid, "cursor: not one that an earlier page gave"};
    auto key = d.prefix;
    key.append(d.over == families::records ? std::string_view(cursor) : id_bytes(*id)).push_back('\0');
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
    const auto d = drive_of(query, atoms());
    if (!d) return page;
    const auto from = start_of(*d, query.cursor);
    if (!from) return from.error();
    std::vector<std::string> ids;  // one more than is looked at: whether there is a next page
    const auto scanned = impl_->db->scan(d->over, d->prefix, *from, [&](std::string_view key, std::string_view) {
        if (auto id = id_of_row(*d, key)) ids.push_back(std::move(*id));
        return ids.size() <= bounds::page_scan_rows;
    });
    if (!scanned) return scanned.error();
    const auto limit = std::clamp<std::size_t>(query.limit, 1, bounds::page_rows);
    for (std::size_t i = 0; i < ids.size(); ++i) {
        if (page.tokens.size() == limit || i == bounds::page_scan_rows) {
            page.next_cursor = ids[i - 1];
            break;
        }
        auto t = impl_->find(ids[i]);
        if (!t) return t.error();
        if (fits(query, *t)) page.tokens.push_back(std::move(*t));
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

result<std::vector<audit_event>> registry::audit(std::size_t limit) const {
    std::vector<audit_event> events;
    result<void> good;
    const auto scanned = impl_->db->scan_back(families::audit, {}, [&](std::string_view, std::string_view row) {
        if (events.size() >= limit) return false;
        auto e = decode_audit_row(row);
        if (e) events.push_back(std::move(*e));
        else good = e.error();
        return good.has_value();
    });
    if (!scanned) return scanned.error();
    if (!good) return good.error();
    return events;
}

result<std::optional<grant>> registry::read(const digest& key) const {
    const auto row = impl_->db->get(families::index, digest_key(key));
    impl_->at("read:after");
    if (!row) return row.error();
    if (!*row) return std::optional<grant>();
    const auto g = decode_grant(**row);
    if (!g) return g.error();
    return std::optional<grant>(*g);
}

}  // namespace tollgate
