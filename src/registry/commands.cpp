#include "change_details.hpp"
#include "draft.hpp"
#include "keys.hpp"
#include "registry_impl.hpp"

#include "tollgate/codec/records.hpp"
#include "tollgate/codec/text.hpp"
#include "tollgate/crypto/sha256.hpp"

#include <fmt/format.h>

namespace tollgate {
namespace {

audit_event event_of(const caller& who, timestamp at, const char* action, const token& about, std::string details) {
    return {at, who.actor, who.acting_as, who.from, action, about.api, about.id, std::move(details)};
}

}  // namespace

token_generation generation_of(const token_format& format, const secret& text, timestamp at) {
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

result<created_token> registry::create(const api& of, const create_token& wish, const caller& who, std::vector<field_problem>& problems) {
    problems.clear();
    const auto now = impl_->deps.time.now();
    auto plan = read_wish(of, wish, now, problems);
    if (!plan) return wrong_fields(problems);
    auto text = plan->kind->compiled.make(plan->environment, impl_->deps.random);
    auto& record = plan->record;
    record.id = token_id::make(now, impl_->deps.random).text();
    record.generations.push_back(generation_of(plan->kind->compiled, text, now));
    change c;
    c.puts.push_back(impl::record_of(record));
    c.conditions.push_back({c.puts.front().key, std::nullopt});
    c.event = event_of(who, now, "token.create", record, details_of_creation(record));
    const auto done = impl_->ledger->commit(std::move(c));
    if (!done) return done.error();
    record.revision = *done;
    return created_token{std::move(record), std::move(text)};
}

}  // namespace tollgate
