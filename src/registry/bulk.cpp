// Many tokens at once: counted, then revoked, a group of changes a synced write.
#include "keys.hpp"
#include "registry_impl.hpp"

#include "tollgate/base/bounds.hpp"
#include "tollgate/codec/records.hpp"

#include <fmt/format.h>

#include <span>

namespace tollgate {
namespace {

bool matches(const bulk_revocation& which, const token& t) {
    return t.state != token_state::revoked && (which.api.empty() || t.api == which.api) && (which.owner.empty() || t.owner == which.owner) &&
        (which.tenant.empty() || t.tenant == which.tenant) && (!which.issued_before || t.created_at < *which.issued_before) &&
        (!which.reached || which.reached(t));
}

// The ids of everything that matches now.
result<std::vector<token_id>> matching(const registry& tokens, const bulk_revocation& which) {
    std::vector<token_id> ids;
    token_query query{.api = which.api, .owner = which.owner, .tenant = which.tenant};
    do {
        const auto page = tokens.list(query);
        if (!page) return page.error();
        for (const auto& t : page->tokens)
            if (matches(which, t)) ids.push_back(*token_id::parse(t.id));
        if (ids.size() > bounds::bulk_tokens)
            return failure{errc::full, fmt::format("more than {} tokens match; narrow it down", bounds::bulk_tokens)};
        query.cursor = page->next_cursor;
    } while (!query.cursor.empty());
    return ids;
}

// The changes that revoke those of `ids` that still match.
result<std::vector<change>> revocations(
    const bulk_revocation& which, std::span<const token_id> ids, timestamp now, const caller& who, const auto& find, const auto& change_of) {
    std::vector<change> out;
    for (const auto& id : ids) {
        const auto was = find(id.text());
        if (!was) return was.error();
        if (!matches(which, *was)) continue;
        auto becomes = *was;
        revoke(becomes, now);
        out.push_back(change_of(*was, becomes, who, now, "token.revoke"));
    }
    return out;
}

}  // namespace

result<bulk_outcome> registry::revoke_all(const bulk_revocation& which, const caller& who) {
    const auto found = matching(*this, which);
    if (!found) return found.error();
    bulk_outcome out{found->size(), 0};
    if (which.expected && *which.expected != out.matched)
        return failure{errc::conflict, fmt::format("{} tokens match, not {}", out.matched, *which.expected)};
    if (which.count_only) return out;
    for (auto rest = std::span(*found); !rest.empty();) {
        const auto group = rest.first(std::min(rest.size(), bounds::commit_group));
        rest = rest.subspan(group.size());
        const auto find = [this](std::string_view id) { return impl_->find(id); };
        auto changes = revocations(which, group, impl_->deps.time.now(), who, find, impl::change_of);
        if (!changes) return changes.error();
        std::vector<std::string> ids;
        for (const auto& c : *changes) ids.push_back(c.event.subject);
        const auto done = impl_->ledger->commit_each(std::move(*changes));
        for (std::size_t i = 0; i < done.size(); ++i) {
            if (!done[i] && done[i].error().kind != errc::conflict) return done[i].error();
            if (!done[i]) {  // somebody came in between: again, alone
                if (const auto alone = revoke(ids[i], who); !alone) return alone.error();
            }
            ++out.revoked;
        }
    }
    return out;
}

}  // namespace tollgate
