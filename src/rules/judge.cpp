#include "tollgate/rules/judge.hpp"

#include "rules/include_rule.hpp"
#include "tollgate/base/bounds.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>

namespace tollgate {

namespace {

using objection = std::optional<refusal>;  // nothing: this rule says yes

// The public route that the request is for, or nullptr.
const route* public_route(const request_facts& facts) noexcept {
    if (facts.match.outcome != route_match::kind::found || !facts.match.found->is_public) return nullptr;
    return facts.match.found;
}

objection judge_presented(const credential& presented) noexcept {
    switch (presented.what) {
        case credential::kind::missing: return refusal::missing_token;
        case credential::kind::malformed: return refusal::malformed_token;
        case credential::kind::other_environment: return refusal::wrong_environment;
        case credential::kind::junk: return refusal::invalid_token;
        case credential::kind::plausible:
        case credential::kind::access_token: return std::nullopt;
    }
    return refusal::malformed_token;
}

objection judge_lookup(const lookup& token) noexcept {
    switch (token.outcome) {
        case lookup::kind::found: return token.found != nullptr ? objection() : objection(refusal::store_unavailable);
        case lookup::kind::absent: return refusal::invalid_token;
        case lookup::kind::overloaded: return refusal::overloaded;
        case lookup::kind::not_yet:
        case lookup::kind::unavailable: return refusal::store_unavailable;
    }
    return refusal::store_unavailable;
}

bool is_over(timestamp end, timestamp now) noexcept { return end.is_set() && now >= end; }

// Whose token it is, and whether it still is one.
objection judge_grant(const request_facts& facts, const lookup& token, timestamp now) noexcept {
    const grant& g = *token.found;
    if (g.api != facts.of->number) return refusal::invalid_token;
    if (facts.environment >= facts.of->environments.size() || g.environment != facts.of->environments[facts.environment].number)
        return refusal::wrong_environment;
    if (g.state == token_state::revoked) return refusal::invalid_token;
    if (g.state == token_state::disabled) return refusal::disabled_token;
    if (is_over(g.expires_at, now) || is_over(g.superseded_at, now)) return refusal::expired_token;
    if (g.restricted_addresses && !contains(token.addresses, facts.client)) return refusal::address_not_allowed;
    return std::nullopt;
}

// Where the request goes: its route, the API's route for what is not listed, or nothing.
const route* find_route(const request_facts& facts) noexcept {
    if (facts.match.outcome == route_match::kind::found) return facts.match.found;
    return facts.of->unlisted == unlisted_mode::forward ? &facts.of->self_route : nullptr;
}

refusal no_route(const request_facts& facts) noexcept {
    return facts.match.outcome == route_match::kind::method_missing ? refusal::method_not_allowed : refusal::route_not_found;
}

// The audience is the contract's word for the token's kind, so that a reload is obeyed at once.
std::string_view audience_of(const api& of, const grant& g) noexcept {
    const auto at = std::find(of.kind_numbers.begin(), of.kind_numbers.end(), g.kind);
    const auto i = static_cast<std::size_t>(at - of.kind_numbers.begin());
    return i < std::min(of.kind_numbers.size(), of.rules.kinds.size()) ? std::string_view(of.rules.kinds[i].audience) : std::string_view();
}

// What counts where the field cannot: the token's own version, which is the default of the day it was created. (PL-7)
const api_version* pinned_version(const api& of, const grant* g) noexcept {
    const auto& rules = of.rules.versions;
    if (g == nullptr || g->version == atom::none) return rules.find(rules.initial);  // public, or from before there were versions
    const auto at = std::find(of.version_numbers.begin(), of.version_numbers.end(), g->version);
    const auto i = static_cast<std::size_t>(at - of.version_numbers.begin());
    return i < std::min(of.version_numbers.size(), rules.supported.size()) ? &rules.supported[i] : nullptr;
}

// The version that the request is processed with; nullptr: the API has none, or not the one that is asked for.
const api_version* version_for(const request_facts& facts, const grant* g) noexcept {
    const auto& rules = facts.of->rules.versions;
    if (!rules.enabled()) return nullptr;
    if (facts.version.count == 0) return pinned_version(*facts.of, g);
    return facts.version.count == 1 ? rules.find(facts.version.value) : nullptr;
}

// Nothing on a public route is refused for its version: what is not known there is passed over.
const api_version* version_for_public(const request_facts& facts) noexcept {
    const auto* asked = version_for(facts, nullptr);
    return asked != nullptr || !facts.of->rules.versions.enabled() ? asked : pinned_version(*facts.of, nullptr);
}

const pace& pace_of(const request_facts& facts, const route* at) noexcept {
    return at != nullptr && at->rate.limited() ? at->rate : facts.of->rules.rate.allowed;
}

// A service's token never stands for somebody who asserted a second factor, whatever its record says (PL-11).
unsigned assurance_of(const api& of, const grant& g) noexcept {
    if (!g.second_factor) return 1;
    const auto at = std::find(of.kind_numbers.begin(), of.kind_numbers.end(), g.kind);
    const auto i = static_cast<std::size_t>(at - of.kind_numbers.begin());
    return i < std::min(of.kind_numbers.size(), of.rules.kinds.size()) && of.rules.kinds[i].step_up ? 2 : 1;
}

// RFC 9470 §5: whether the second factor was given as lately as the route demands. When is not known: it was not.
bool is_recent(const route& at, const grant& g, timestamp now) noexcept {
    if (at.assurance < 2 || at.assurance_age.count() == 0) return true;
    return g.asserted_at.is_set() && now < g.asserted_at + at.assurance_age;
}

bool names_actor(const request_facts& facts) noexcept { return facts.acting_as.count != 0 && !facts.of->rules.acting_as_header.empty(); }

// Whether the field could name an actor at all; what cannot needs no look-up.
bool is_actor_name(const named_field& field) noexcept { return field.count == 1 && token_id::parse(field.value, token_id::actor_prefix).has_value(); }

objection judge_actor(const request_facts& facts, const lookup& actor) noexcept {
    if (!names_actor(facts)) return std::nullopt;
    if (!is_actor_name(facts.acting_as)) return refusal::actor_unknown;
    switch (actor.outcome) {
        case lookup::kind::found:
            if (actor.found == nullptr) return refusal::store_unavailable;
            return actor.found->state == token_state::active ? objection() : objection(refusal::actor_unknown);
        case lookup::kind::absent: return refusal::actor_unknown;
        case lookup::kind::overloaded: return refusal::overloaded;
        case lookup::kind::not_yet:
        case lookup::kind::unavailable: return refusal::store_unavailable;
    }
    return refusal::store_unavailable;
}

bool audience_fits(const api& of, const route& at, const grant& g) noexcept {
    if (at.audiences.empty()) return true;
    const auto audience = audience_of(of, g);
    return !audience.empty() && std::find(at.audiences.begin(), at.audiences.end(), audience) != at.audiences.end();
}

bool scopes_suffice(const route& at, const grant& g) noexcept {
    if (at.any_of.empty() || g.full_access) return true;
    return std::any_of(at.any_of.begin(), at.any_of.end(), [&g](const demand& d) {
        return std::all_of(d.all_of.begin(), d.all_of.end(), [&g](const demand::scope& s) { return g.scopes.meets(s.satisfied_by); });
    });
}

objection judge_idempotency(const request_facts& facts, const route& at) noexcept {
    if (at.idempotency == idempotency_mode::none) return std::nullopt;
    if (!facts.has_idempotency_key) return at.idempotency == idempotency_mode::required ? objection(refusal::idempotency_required) : objection();
    const auto key = bare_idempotency_key(facts.idempotency_key);
    return key.empty() || key.size() > bounds::idempotency_key_bytes ? objection(refusal::idempotency_invalid) : objection();
}

// Whether `why` is a refusal. Where the API does not enforce it is noted, the first one for all.
bool stands(const request_facts& facts, const route& at, refusal why, objection& noted) noexcept {
    if (facts.of->enforced || !at.handler.empty()) return true;
    if (!noted) noted = why;
    return false;
}

// What the route demands of the token. `noted`: what is let through although it does not suffice (C-16).
objection judge_demands(const request_facts& facts, const route& at, const grant& g, timestamp now, objection& noted) noexcept {
    const auto refused = [&](refusal why) { return stands(facts, at, why, noted); };
    if (!audience_fits(*facts.of, at, g) && refused(refusal::audience_required)) return refusal::audience_required;
    if (at.assurance > assurance_of(*facts.of, g) || !is_recent(at, g, now)) return refusal::assurance_required;
    if (!scopes_suffice(at, g) && refused(refusal::scope_required)) return refusal::scope_required;
    const bool included = at.include_scopes.empty() || includes_allowed(*facts.of, at, g, facts.query);
    if (!included && refused(refusal::include_forbidden)) return refusal::include_forbidden;
    return std::nullopt;
}

}  // namespace

// The only maker of permits.
struct judgement {
    static verdict of_operator(const request_facts& facts) noexcept {
        const auto* at = find_route(facts);
        if (at == nullptr) return denied{no_route(facts), nullptr};
        if (const auto why = judge_idempotency(facts, *at)) return denied{*why, at};
        return permit(*at, nullptr, version_for_public(facts));
    }

    static verdict of_token(const request_facts& facts, const lookup& token, timestamp now, const lookup& actor, quota taken) noexcept {
        const grant& g = *token.found;
        const auto* at = find_route(facts);
        if (const auto why = judge_grant(facts, token, now)) return denied{*why, at};
        const auto* version = version_for(facts, &g);
        if (const auto& allowed = pace_of(facts, at); allowed.limited() && taken != quota::within) {
            if (taken == quota::exceeded) return denied{refusal::rate_limited, at, version};
            return weigh_first{&allowed, at != nullptr && at->rate.limited() ? at : nullptr};
        }
        if (at == nullptr) return denied{no_route(facts), nullptr, version};
        objection noted;
        if (const auto why = judge_demands(facts, *at, g, now, noted)) return denied{*why, at, version};
        if (version == nullptr && facts.of->rules.versions.enabled()) return denied{refusal::version_unknown, at};
        if (names_actor(facts) && is_actor_name(facts.acting_as) && actor.outcome == lookup::kind::not_yet) return look_up_actor_first{};
        if (const auto why = judge_actor(facts, actor)) return denied{*why, at, version};
        if (const auto why = judge_idempotency(facts, *at)) return denied{*why, at, version};
        return permit(*at, &g, version, noted);
    }

    static verdict of_public(const request_facts& facts, const route& at) noexcept { return permit(at, nullptr, version_for_public(facts)); }
};

std::string_view bare_idempotency_key(std::string_view value) noexcept {
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
    return value;
}

verdict judge(const request_facts& facts, const lookup& token, timestamp now, const lookup& actor, quota taken) noexcept {
    if (facts.of == nullptr) return denied{refusal::host_unknown, nullptr};
    if (facts.of->rules.https_only && !facts.secure) return denied{refusal::insecure_transport, nullptr};
    if (const auto* at = public_route(facts)) return judgement::of_public(facts, *at);
    if (facts.local_operator && facts.of->trusts_caller_identity) return judgement::of_operator(facts);
    if (const auto why = judge_presented(facts.presented)) return denied{*why, facts.match.found};
    if (token.outcome == lookup::kind::not_yet) return look_up_first{};
    if (const auto why = judge_lookup(token)) return denied{*why, facts.match.found};
    return judgement::of_token(facts, token, now, actor, taken);
}

}  // namespace tollgate
