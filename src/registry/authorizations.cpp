#include "tollgate/registry/authorizations.hpp"

#include "keys.hpp"
#include "registry_impl.hpp"

#include "tollgate/base/bounds.hpp"
#include "tollgate/codec/records.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tollgate {
namespace {

constexpr int kTries = 1000;  // against others who change the same record at the same time: each of them gets ahead once a try

failure no_such_authorization() { return {errc::not_found, "there is no such authorization"}; }

audit_event event_of(const caller& who, timestamp at, const char* action, const authorization& about, const json::object& details) {
    return {at, who.actor, who.acting_as, who.from, action, about.api, about.id, serialize(details)};
}

json::object facts_of(const authorization& a) {
    json::array scopes;
    for (const auto& s : a.scopes) scopes.emplace_back(s);
    return {{"client", a.client}, {"user", a.user}, {"scopes", std::move(scopes)}, {"environment", a.environment}, {"tenant", a.tenant},
        {"assurance", a.assurance}};
}

// From one record to the next, on the condition that the first still stands.
change change_of(const authorization& was, const authorization& becomes, audit_event event) {
    change c;
    auto key = authorization_key(was.id);
    c.puts.push_back({key, serialize(to_json(becomes))});
    c.conditions.push_back({std::move(key), was.revision});
    c.event = std::move(event);
    return c;
}

}  // namespace

result<authorization> authorization_book::add(const api& of, authorization wish, const caller& who) {
    auto& impl = *in_.impl_;
    const auto now = impl.deps.time.now();
    wish.id = token_id::make(now, impl.deps.random).text(prefix_of(holder_kind::authorization));
    wish.api = of.name;
    wish.created_at = now;
    if (of.rules.oauth.refresh_token) make_refresh(wish, 0, presented_refresh::alive, now, of.rules.oauth);
    change c;
    const auto key = authorization_key(wish.id);
    c.puts.push_back({key, serialize(to_json(wish))});
    c.conditions.push_back({key, std::nullopt});
    c.event = event_of(who, now, "authorization.create", wish, {{"before", nullptr}, {"after", facts_of(wish)}});
    const auto done = impl.ledger->commit(std::move(c));
    if (!done) return done.error();
    wish.revision = *done;
    return wish;
}

result<authorization_book::refreshed> authorization_book::refresh(const api& of, std::string_view id, std::uint32_t generation, const caller& who) {
    auto& impl = *in_.impl_;
    for (int i = 0; i < kTries; ++i) {
        const auto was = show(id);
        if (!was) return was.error();
        if (was->api != of.name) return no_such_authorization();
        const auto now = impl.deps.time.now();
        const auto what = judge_refresh(*was, generation, now);
        if (what == presented_refresh::over) return refreshed{what, *was};
        auto becomes = *was;
        const bool spent = what == presented_refresh::spent;
        if (spent) end_family(becomes, now);
        else make_refresh(becomes, generation, what, now, of.rules.oauth);
        const json::object details{{"presented", generation}, {"alive", was->generation}, {"user", was->user}, {"client", was->client}};
        const auto* action = spent              ? "authorization.reuse"
            : what == presented_refresh::repeat ? "authorization.refresh_repeat"
                                                : "authorization.refresh";
        const auto done = impl.ledger->commit(change_of(*was, becomes, event_of(who, now, action, becomes, details)));
        if (done && spent)
            impl.deps.log.warn("a spent refresh token was presented: its family has ended",
                {{"authorization", becomes.id}, {"client", becomes.client}, {"user", becomes.user}, {"from", who.from}});
        if (done) {
            becomes.revision = *done;
            return refreshed{what, std::move(becomes)};
        }
        if (done.error().kind != errc::conflict) return done.error();
    }
    return failure{errc::conflict, "the authorization is being changed by others all the time"};
}

result<authorization> authorization_book::end(std::string_view id, const char* action, const caller& who) {
    auto& impl = *in_.impl_;
    for (int i = 0; i < kTries; ++i) {
        const auto was = show(id);
        if (!was || was->state == token_state::revoked) return was;
        auto becomes = *was;
        const auto now = impl.deps.time.now();
        end_family(becomes, now);
        const json::object details{{"before", facts_of(*was)}, {"after", json::object{{"revoked_at", rfc3339(now)}}}};
        const auto done = impl.ledger->commit(change_of(*was, becomes, event_of(who, now, action, becomes, details)));
        if (done) {
            becomes.revision = *done;
            return becomes;
        }
        if (done.error().kind != errc::conflict) return done.error();
    }
    return failure{errc::conflict, "the authorization is being changed by others all the time"};
}

result<authorization> authorization_book::show(std::string_view id) const {
    if (!token_id::parse(id, prefix_of(holder_kind::authorization))) return no_such_authorization();
    const auto found = in_.impl_->ledger->read(authorization_key(id));
    if (!found) return found.error();
    if (!*found) return no_such_authorization();
    auto a = authorization_from_json((*found)->json);
    if (!a) return failure{errc::corrupt, fmt::format("the record of {} cannot be read: {}", id, a.error().what)};
    a->revision = (*found)->at;
    return a;
}

result<void> authorization_book::revoke_access(const revoked_access& which, const caller& who) {
    auto& impl = *in_.impl_;
    change c;
    const auto key = revoked_key(which.id);
    c.puts.push_back({key, serialize(to_json(which))});
    c.conditions.push_back({key, std::nullopt});
    c.event = {which.revoked_at, who.actor, who.acting_as, who.from, "access_token.revoke", which.api, which.id,
        serialize(json::object{{"before", nullptr}, {"after", json::object{{"expires_at", rfc3339(which.expires_at)}}}})};
    const auto done = impl.ledger->commit(std::move(c));
    if (!done && done.error().kind != errc::conflict) return done.error();  // conflict: it is there already
    return {};
}

result<std::vector<mac_key>> authorization_book::keys() const {
    std::vector<mac_key> out;
    result<void> good;
    const auto scanned = in_.impl_->ledger->scan(mac_key_prefix, {}, [&](std::string_view key, revision at, std::string_view text) {
        auto k = mac_key_from_json(text);
        if (!k) good = failure{errc::corrupt, fmt::format("{} cannot be read: {}", key, k.error().what)};
        else out.push_back(*k);
        if (k) out.back().revision = at;
        return good.has_value();
    });
    if (!scanned) return scanned.error();
    if (!good) return good.error();
    return out;
}

result<mac_key> authorization_book::rotate_keys(std::chrono::seconds longest, const caller& who) {
    auto& impl = *in_.impl_;
    for (int i = 0; i < kTries; ++i) {
        const auto all = keys();
        if (!all) return all.error();
        const auto now = impl.deps.time.now();
        mac_key next;
        next.created_at = now;
        change c;
        json::array ended;
        for (const auto& k : *all) {
            next.id = std::max(next.id, k.id);
            const auto until = now + longest;
            if (k.verifies_until && *k.verifies_until <= until) continue;  // it ends before that anyway
            auto becomes = k;
            if (!becomes.retired_at) becomes.retired_at = now;
            becomes.verifies_until = until;
            c.puts.push_back({mac_key_key(k.id), serialize(to_json(becomes))});
            c.conditions.push_back({mac_key_key(k.id), k.revision});
            ended.push_back(json::object{{"id", k.id}, {"verifies_until", rfc3339(until)}});
        }
        if (c.puts.size() >= bounds::change_puts) return failure{errc::full, "too many keys still verify: end them before another rotation"};
        ++next.id;
        c.puts.push_back({mac_key_key(next.id), serialize(to_json(next))});
        c.conditions.push_back({mac_key_key(next.id), std::nullopt});
        c.event = {now, who.actor, who.acting_as, who.from, "key.rotate", {}, fmt::format("{}", next.id),
            serialize(json::object{{"before", std::move(ended)}, {"after", json::object{{"id", next.id}}}})};
        const auto done = impl.ledger->commit(std::move(c));
        if (done) {
            next.revision = *done;
            return next;
        }
        if (done.error().kind != errc::conflict) return done.error();
    }
    return failure{errc::conflict, "the keys are being rotated by others all the time"};
}

result<void> authorization_book::ensure_key(const caller& who) {
    const auto all = keys();
    if (!all) return all.error();
    if (!all->empty()) return {};
    const auto made = rotate_keys(std::chrono::seconds{0}, who);
    return made ? result<void>() : made.error();
}

}  // namespace tollgate
