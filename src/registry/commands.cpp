#include "audit_row.hpp"
#include "draft.hpp"
#include "keys.hpp"
#include "registry_impl.hpp"

#include "tollgate/codec/records.hpp"
#include "tollgate/codec/text.hpp"
#include "tollgate/crypto/sha256.hpp"

#include <fmt/format.h>

namespace tollgate {
namespace {

constexpr int kRevokeTries = 100;  // against others who change the same token at the same time

audit_event event_of(const caller& who, timestamp at, const char* action, const token& about, std::string details) {
    return {at, who.actor, {}, who.from, action, about.api, about.id, std::move(details)};
}

token_generation first_generation(const token_format& format, const secret& text, timestamp at) {
    token_generation g;
    g.digest = hex(sha256(text.reveal()).bytes);
    g.hint = format.hint(text.reveal());
    g.created_at = at;
    return g;
}

failure wrong_fields(const std::vector<field_problem>& problems) {
    const auto& first = problems.front();
    return {errc::invalid,
        fmt::format("{}: {}{}", first.field, first.what, problems.size() > 1 ? fmt::format(" (and {} more)", problems.size() - 1) : "")};
}

}  // namespace

result<created_token> registry::create(const api& of, const create_token& wish, const caller& who, std::vector<field_problem>& problems) {
    problems.clear();
    const auto now = impl_->deps.time.now();
    auto plan = read_wish(of, wish, now, problems);
    if (!plan) return wrong_fields(problems);
    auto text = plan->kind->compiled.make(plan->environment, impl_->deps.random);
    auto& record = plan->record;
    record.id = token_id::make(now, impl_->deps.random).text();
    record.generations.push_back(first_generation(plan->kind->compiled, text, now));
    change c;
    const auto key = token_key(record.id);
    c.puts.push_back({key, serialize(to_json(record))});
    c.conditions.push_back({key, std::nullopt});
    c.event = event_of(who, now, "token.create", record, details_of_creation(record));
    const auto done = impl_->ledger->commit(std::move(c));
    if (!done) return done.error();
    record.revision = *done;
    return created_token{std::move(record), std::move(text)};
}

result<token> registry::revoke(std::string_view id, const caller& who, std::optional<revision> if_revision) {
    failure last{errc::conflict, "the token is being changed by others all the time"};
    for (int i = 0; i < kRevokeTries; ++i) {
        const auto was = impl_->find(id);
        if (!was) return was.error();
        if (if_revision && was->revision != *if_revision)
            return failure{errc::conflict, fmt::format("the token has changed: it has revision {}, not {}", was->revision, *if_revision)};
        if (was->state == token_state::revoked) return *was;
        auto becomes = *was;
        const auto now = impl_->deps.time.now();
        becomes.state = token_state::revoked;
        becomes.revoked_at = now;
        ++becomes.epoch;
        change c;
        const auto key = token_key(id);
        c.puts.push_back({key, serialize(to_json(becomes))});
        c.conditions.push_back({key, was->revision});
        c.event = event_of(who, now, "token.revoke", becomes, details_of_revocation(*was, becomes));
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

}  // namespace tollgate
