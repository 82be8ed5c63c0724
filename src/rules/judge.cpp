#include "tollgate/rules/judge.hpp"

#include "rules/include_rule.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>

namespace tollgate {

namespace {

constexpr std::size_t kIdempotencyKeyBytes = 255;  // PL-6

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
        case credential::kind::plausible: return std::nullopt;
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
objection judge_grant(const request_facts& facts, const grant& g, timestamp now) noexcept {
    if (g.api != facts.of->number) return refusal::invalid_token;
    if (facts.environment >= facts.of->environments.size() || g.environment != facts.of->environments[facts.environment].number)
        return refusal::wrong_environment;
    if (g.state == token_state::revoked) return refusal::invalid_token;
    if (g.state == token_state::disabled) return refusal::disabled_token;
    if (is_over(g.expires_at, now) || is_over(g.superseded_at, now)) return refusal::expired_token;
    if (g.restricted_addresses) return refusal::address_not_allowed;  // address lists are not read yet: closed
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

// Bare and quoted are the same key (IETF draft), so quotes do not count.
objection judge_idempotency(const request_facts& facts, const route& at) noexcept {
    if (at.idempotency == idempotency_mode::none) return std::nullopt;
    if (!facts.has_idempotency_key) return at.idempotency == idempotency_mode::required ? objection(refusal::idempotency_required) : objection();
    auto key = facts.idempotency_key;
    if (key.size() >= 2 && key.front() == '"' && key.back() == '"') key = key.substr(1, key.size() - 2);
    if (key.empty() || key.size() > kIdempotencyKeyBytes) return refusal::idempotency_invalid;
    return std::nullopt;
}

// What the route demands of the token.
objection judge_demands(const request_facts& facts, const route& at, const grant& g) noexcept {
    if (!audience_fits(*facts.of, at, g)) return refusal::audience_required;
    if (at.assurance > 1) return refusal::assurance_required;  // no token carries a second factor yet
    if (!scopes_suffice(at, g)) return refusal::scope_required;
    if (!at.include_scopes.empty() && !includes_allowed(*facts.of, at, g, facts.query)) return refusal::include_forbidden;
    return judge_idempotency(facts, at);
}

}  // namespace

// The only maker of permits.
struct judgement {
    static verdict of_operator(const request_facts& facts) noexcept {
        const auto* at = find_route(facts);
        if (at == nullptr) return denied{no_route(facts), nullptr};
        return permit(*at, nullptr);
    }

    static verdict of_token(const request_facts& facts, const grant& g, timestamp now) noexcept {
        const auto* at = find_route(facts);
        if (const auto why = judge_grant(facts, g, now)) return denied{*why, at};
        if (at == nullptr) return denied{no_route(facts), nullptr};
        if (const auto why = judge_demands(facts, *at, g)) return denied{*why, at};
        return permit(*at, &g);
    }

    static verdict of_public(const route& at) noexcept { return permit(at, nullptr); }
};

verdict judge(const request_facts& facts, const lookup& token, timestamp now) noexcept {
    if (facts.of == nullptr) return denied{refusal::host_unknown, nullptr};
    if (facts.of->rules.https_only && !facts.secure) return denied{refusal::insecure_transport, nullptr};
    if (const auto* at = public_route(facts)) return judgement::of_public(*at);
    if (facts.local_operator && facts.of->trusts_caller_identity) return judgement::of_operator(facts);
    if (const auto why = judge_presented(facts.presented)) return denied{*why, facts.match.found};
    if (token.outcome == lookup::kind::not_yet) return look_up_first{};
    if (const auto why = judge_lookup(token)) return denied{*why, facts.match.found};
    return judgement::of_token(facts, *token.found, now);
}

}  // namespace tollgate
