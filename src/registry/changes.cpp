// Commands that change one token: each reads, asks the table of lives, and commits on the condition that nobody came in between.
#include "change_details.hpp"
#include "draft.hpp"
#include "keys.hpp"
#include "registry_impl.hpp"

#include "tollgate/codec/records.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace tollgate {
namespace {

constexpr int kTries = 1000;  // against others who change the same token at the same time: each of them gets ahead once a try

result<void> still_as_expected(const token& was, const change_terms& terms) {
    if (terms.if_revision && was.revision != *terms.if_revision)
        return failure{errc::conflict, fmt::format("the token has changed: it has revision {}, not {}", was.revision, *terms.if_revision)};
    if (terms.allowed) return terms.allowed(was);
    return {};
}

result<void> possible(const token& was, std::span<const life_command> commands, timestamp now) {
    const auto state = life_of(was, now);
    for (const auto command : commands)
        if (const auto to = live_on(state, command); !to) return to.error();
    return {};
}

std::vector<life_command> commands_of(const update_token& wish) {
    std::vector<life_command> out;
    if (wish.name) out.push_back(life_command::rename);
    if (wish.scopes) out.push_back(life_command::change_scopes);
    if (wish.allowed_ips) out.push_back(life_command::change_addresses);
    if (wish.expires_in || wish.expires_at) out.push_back(life_command::change_expiry);
    return out;
}

// Where the environment of `t` stands in the contract; -1: it has none.
result<int> environment_of(const api& of, const token& t) {
    if (t.environment.empty()) return -1;
    const auto& all = of.rules.environments;
    const auto at = std::find(all.begin(), all.end(), t.environment);
    if (at == all.end()) return failure{errc::wrong_state, fmt::format("the contract has no environment \"{}\" any more", t.environment)};
    return static_cast<int>(at - all.begin());
}

}  // namespace

record_put registry::impl::record_of(const token& t) {
    auto read = std::make_shared<token>(t);
    read->revision = 0;  // no part of the record
    return {token_key(t.id), json_text(t), std::move(read)};
}

change registry::impl::change_of(const token& was, const token& becomes, const caller& who, timestamp at, const char* action) {
    change c;
    c.puts.push_back(record_of(becomes));
    c.conditions.push_back({c.puts.front().key, was.revision});
    c.event = {at, who.actor, {}, who.from, action, becomes.api, becomes.id, details_of_change(was, becomes)};
    return c;
}

result<token> registry::impl::step(
    std::string_view id, const change_terms& terms, std::span<const life_command> commands, const char* action, const act& how) {
    for (int i = 0; i < kTries; ++i) {
        const auto was = find(id);
        if (!was) return was.error();
        if (const auto good = still_as_expected(*was, terms); !good) return good.error();
        const auto now = deps.time.now();
        if (const auto good = possible(*was, commands, now); !good) return good.error();
        auto becomes = *was;
        const auto acted = how(becomes, now);
        if (!acted) return acted.error();
        if (!*acted || becomes == *was) return was;
        const auto done = ledger->commit(change_of(*was, becomes, terms.who, now, action));
        if (done) {
            becomes.revision = *done;
            return becomes;
        }
        if (done.error().kind != errc::conflict) return done.error();
    }
    return failure{errc::conflict, "the token is being changed by others all the time"};
}

result<token> registry::update(
    const api& of, std::string_view id, const update_token& wish, const change_terms& terms, std::vector<field_problem>& problems) {
    const auto commands = commands_of(wish);
    return impl_->step(id, terms, commands, "token.update", [&](token& t, timestamp now) -> result<bool> {
        problems.clear();
        if (t.api != of.name) return failure{errc::not_found, "the token is another API's"};
        auto becomes = read_update(of, t, wish, now, problems);
        if (!becomes) return wrong_fields(problems);
        t = std::move(*becomes);
        return true;
    });
}

result<created_token> registry::rotate(const api& of, std::string_view id, const change_terms& terms, std::optional<lifetime> grace) {
    constexpr std::array commands{life_command::rotate};
    const auto lasts = grace.value_or(of.rules.rotation.grace);
    secret text;
    auto done = impl_->step(id, terms, commands, "token.rotate", [&](token& t, timestamp now) -> result<bool> {
        if (t.api != of.name) return failure{errc::not_found, "the token is another API's"};
        const auto* kind = of.rules.find_kind(t.kind);
        if (kind == nullptr) return failure{errc::wrong_state, fmt::format("the contract has no kind \"{}\" any more", t.kind)};
        const auto environment = environment_of(of, t);
        if (!environment) return environment.error();
        text = kind->compiled.make(*environment, impl_->deps.random);
        const auto rotated = tollgate::rotate(t, generation_of(kind->compiled, text, now), now, lasts.end_of(now).value_or(now));
        if (!rotated) return rotated.error();
        return true;
    });
    if (!done) return done.error();
    return created_token{std::move(*done), std::move(text)};
}

result<token> registry::finish_grace(std::string_view id, const change_terms& terms) {
    constexpr std::array commands{life_command::finish_grace};
    return impl_->step(
        id, terms, commands, "token.finish_grace", [](token& t, timestamp now) -> result<bool> { return tollgate::finish_grace(t, now); });
}

result<token> registry::disable(std::string_view id, const change_terms& terms) {
    constexpr std::array commands{life_command::disable};
    return impl_->step(id, terms, commands, "token.disable", [](token& t, timestamp now) -> result<bool> {
        if (t.state == token_state::disabled) return false;
        tollgate::disable(t, now);
        return true;
    });
}

result<token> registry::enable(std::string_view id, const change_terms& terms) {
    constexpr std::array commands{life_command::enable};
    return impl_->step(id, terms, commands, "token.enable", [](token& t, timestamp) -> result<bool> {
        if (t.state == token_state::active) return false;
        tollgate::enable(t);
        return true;
    });
}

result<token> registry::revoke(std::string_view id, const caller& who, std::optional<revision> if_revision) {
    constexpr std::array commands{life_command::revoke};
    return impl_->step(id, {who, if_revision, {}}, commands, "token.revoke", [](token& t, timestamp now) -> result<bool> {
        if (t.state == token_state::revoked) return false;
        tollgate::revoke(t, now);
        return true;
    });
}

}  // namespace tollgate
