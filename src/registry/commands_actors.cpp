// Commands and queries on actors.

#include "keys.hpp"
#include "plain_text.hpp"
#include "registry_impl.hpp"

#include "tollgate/base/bounds.hpp"
#include "tollgate/codec/records.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace tollgate {
namespace {

constexpr std::size_t kTenantBytes = 200;  // as a token's: it becomes a header's value
constexpr int kRemoveTries = 100;          // against others who change the same record at the same time

failure no_such_actor() { return {errc::not_found, "there is no such actor"}; }

void check_name(const std::string& name, std::vector<field_problem>& problems) {
    if (name.empty()) problems.push_back({"name", "an actor needs a name, so that people can tell it from others"});
    else if (name.size() > bounds::name_bytes) problems.push_back({"name", fmt::format("at most {} bytes", bounds::name_bytes)});
    else if (!is_plain_text(name)) problems.push_back({"name", "must be UTF-8 text without control characters"});
}

// The environment of the wish, or the only one there is.
std::string settle_environment(const api& of, const std::string& wish, std::vector<field_problem>& problems) {
    const auto& known = of.rules.environments;
    if (std::find(known.begin(), known.end(), wish) != known.end()) return wish;
    if (wish.empty() && known.size() <= 1) return known.empty() ? std::string() : known.front();
    if (known.empty()) problems.push_back({"environment", "this API has no environments; leave it out"});
    else problems.push_back({"environment", fmt::format("choose one of {}", fmt::join(known, ", "))});
    return {};
}

audit_event event_of(const caller& who, timestamp at, const char* action, const actor& about, json::value before, json::value after) {
    return {at, who.actor, who.acting_as, who.from, action, about.api, about.id,
        serialize(json::object{{"before", std::move(before)}, {"after", std::move(after)}})};
}

json::object facts_of(const actor& a) {
    return {{"name", a.name}, {"environment", a.environment}, {"tenant", a.tenant}, {"created_at", rfc3339(a.created_at)}};
}

bool fits(const actor_query& query, const actor& a) {
    return !a.removed_at && (query.api.empty() || a.api == query.api) && (query.tenant.empty() || a.tenant == query.tenant) &&
        (query.environment.empty() || a.environment == query.environment);
}

// The index that a query runs over; nothing: a text of the query has no number, so no actor has it.
struct drive {
    family over = families::records;
    std::string prefix{actor_prefix};
};

std::optional<drive> drive_of(const actor_query& query, const atom_table& names) {
    if (query.api.empty()) return drive{};
    const auto of_api = names.find(query.api), tenant = names.find(query.tenant);
    if (!of_api || !tenant) return std::nullopt;
    return drive{families::listing, query.tenant.empty() ? actors_by_api(*of_api) : actors_by_tenant(*of_api, *tenant)};
}

std::string id_of_row(const drive& d, std::string_view key) {
    if (d.over == families::records) return std::string(key.substr(actor_prefix.size()));
    const auto id = id_at_end(key);
    return id ? id->text(token_id::actor_prefix) : std::string();
}

// The first key behind the row of `cursor`.
result<std::string> start_of(const drive& d, const std::string& cursor) {
    if (cursor.empty()) return d.prefix;
    const auto id = token_id::parse(cursor, token_id::actor_prefix);
    if (!id) return failure{errc::invalid, "cursor: not one that an earlier page gave"};
    auto key = d.prefix;
    key.append(d.over == families::records ? std::string_view(cursor) : id_bytes(*id)).push_back('\0');
    return key;
}

}  // namespace

result<actor> registry::add_actor(const api& of, const create_actor& wish, const caller& who, std::vector<field_problem>& problems) {
    problems.clear();
    const auto now = impl_->deps.time.now();
    actor made;
    check_name(wish.name, problems);
    made.environment = settle_environment(of, wish.environment, problems);
    if (wish.tenant.size() > kTenantBytes || !is_header_text(wish.tenant))
        problems.push_back({"tenant", "must be printable ASCII without space at either end, 200 bytes at most"});
    if (!problems.empty()) return failure{errc::invalid, fmt::format("{}: {}", problems.front().field, problems.front().what)};
    made.id = token_id::make(now, impl_->deps.random).text(token_id::actor_prefix);
    made.api = of.name;
    made.name = wish.name;
    made.tenant = wish.tenant;
    made.created_at = now;
    change c;
    const auto key = actor_key(made.id);
    c.puts.push_back({key, serialize(to_json(made))});
    c.conditions.push_back({key, std::nullopt});
    c.event = event_of(who, now, "actor.create", made, nullptr, facts_of(made));
    const auto done = impl_->ledger->commit(std::move(c));
    if (!done) return done.error();
    made.revision = *done;
    return made;
}

result<actor> registry::remove_actor(std::string_view id, const caller& who, std::optional<revision> if_revision) {
    failure last{errc::conflict, "the actor is being changed by others all the time"};
    for (int i = 0; i < kRemoveTries; ++i) {
        const auto was = impl_->find_actor(id);
        if (!was) return was.error();
        if (if_revision && was->revision != *if_revision)
            return failure{errc::conflict, fmt::format("the actor has changed: it has revision {}, not {}", was->revision, *if_revision)};
        if (was->removed_at) return *was;
        auto becomes = *was;
        const auto now = impl_->deps.time.now();
        becomes.removed_at = now;
        change c;
        const auto key = actor_key(id);
        c.puts.push_back({key, serialize(to_json(becomes))});
        c.conditions.push_back({key, was->revision});
        c.event = event_of(who, now, "actor.remove", becomes, facts_of(*was), json::object{{"removed_at", rfc3339(now)}});
        const auto done = impl_->ledger->commit(std::move(c));
        if (done) {
            becomes.revision = *done;
            return becomes;
        }
        last = done.error();
        if (last.kind != errc::conflict) return last;
    }
    return last;
}

result<actor> registry::impl::find_actor(std::string_view id) const {
    if (!token_id::parse(id, token_id::actor_prefix)) return no_such_actor();
    const auto found = ledger->read(actor_key(id));
    if (!found) return found.error();
    if (!*found) return no_such_actor();
    auto a = actor_from_json((*found)->json);
    if (!a) return failure{errc::corrupt, fmt::format("the record of {} cannot be read: {}", id, a.error().what)};
    a->revision = (*found)->at;
    return a;
}

result<actor> registry::show_actor(std::string_view id) const { return impl_->find_actor(id); }

result<actor_page> registry::list_actors(const actor_query& query) const {
    actor_page page;
    const auto d = drive_of(query, atoms());
    if (!d) return page;
    const auto from = start_of(*d, query.cursor);
    if (!from) return from.error();
    std::vector<std::string> ids;  // one more than is looked at: whether there is a next page
    const auto scanned = impl_->db->scan(d->over, d->prefix, *from, [&](std::string_view key, std::string_view) {
        ids.push_back(id_of_row(*d, key));
        return ids.size() <= bounds::page_scan_rows;
    });
    if (!scanned) return scanned.error();
    const auto limit = std::clamp<std::size_t>(query.limit, 1, bounds::page_rows);
    for (std::size_t i = 0; i < ids.size(); ++i) {
        if (page.actors.size() == limit || i == bounds::page_scan_rows) {
            page.next_cursor = ids[i - 1];
            break;
        }
        auto a = impl_->find_actor(ids[i]);
        if (!a) return a.error();
        if (fits(query, *a)) page.actors.push_back(std::move(*a));
    }
    return page;
}

}  // namespace tollgate
