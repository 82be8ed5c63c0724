// Revocation (RFC 7009) and introspection (RFC 7662).
#include "control/oauth_answers.hpp"
#include "control/oauth_clients.hpp"
#include "control/oauth_operations.hpp"
#include "control/presented_token.hpp"
#include "control/token_issuer.hpp"
#include "tollgate/codec/text.hpp"
#include "tollgate/crypto/sha256.hpp"
#include "tollgate/registry/authorizations.hpp"
#include "tollgate/rules/rulebook.hpp"

#include <algorithm>

namespace tollgate {
namespace {

// To whom it was issued, as an id.
std::string client_of(const presented_access& access) {
    const auto& claims = access.claims;
    return text_of(claims.client ? claims.client->who : claims.parent.who);
}

operation_answer done() { return oauth_json(200, {}); }  // some clients read a body

operation_answer not_yours() { return oauth_error("unauthorized_client", "the token was issued to another client"); }

std::int64_t seconds(timestamp t) noexcept { return t.us / 1'000'000; }

json::object inactive() { return {{"active", false}}; }

json::object active(const api& of, const operation_call& call, std::string scope) {
    json::object out{{"active", true}, {"scope", std::move(scope)}, {"iss", call.origin}, {"aud", call.origin}, {"api", of.name}};
    if (!call.environment.empty()) out["environment"] = call.environment;
    return out;
}

json::object describe(const oauth_parts& with, const operation_call& call, const presented_access& access) {
    const auto& [claims, now] = access;
    if (now.state != token_state::active || with.time.now() >= now.expires_at) return inactive();
    auto out = active(*call.of, call, call.of->effective_scopes(now.scopes, now.full_access));
    out["token_type"] = "Bearer";
    out["client_id"] = client_of(access);
    out["jti"] = claims.id.text();
    out["iat"] = seconds(claims.issued_at);
    out["exp"] = seconds(now.expires_at);
    const auto& atoms = with.tokens.atoms();
    if (claims.user) out["sub"] = now.owner != atom::none ? std::string(atoms.text(now.owner)) : text_of(claims.user->who);
    else out["sub"] = client_of(access);
    if (now.tenant != atom::none) out["tenant"] = atoms.text(now.tenant);
    if (claims.assurance > 1) {  // RFC 9470 §6.2
        out["acr"] = "aal2";
        out["auth_time"] = seconds(claims.asserted_at);
    }
    return out;
}

json::object describe(const oauth_parts& with, const operation_call& call, const presented_family& refresh) {
    const auto& family = refresh.family;
    if (judge_refresh(family, refresh.claims.generation, with.time.now()) != presented_refresh::alive) return inactive();
    auto out = active(*call.of, call, joined(family.scopes));
    out["client_id"] = family.client;
    out["sub"] = family.owner.empty() ? family.user : family.owner;
    out["exp"] = seconds(family.expires_at.value_or(timestamp{}));
    return out;
}

json::object describe(const oauth_parts& with, const operation_call& call, const token& key, std::string_view text) {
    const auto now = with.time.now();
    const auto own = hex(sha256(text).bytes);
    const auto generation = std::ranges::find(key.generations, own, &token_generation::digest);
    const bool over = generation == key.generations.end() || (generation->ends_at && now >= *generation->ends_at);
    if (key.state != token_state::active || over || (key.expires_at && now >= *key.expires_at)) return inactive();
    auto out = active(*call.of, call, key.full_access ? call.of->effective_scopes({}, true) : joined(key.scopes));
    out["token_type"] = "Bearer";
    out["client_id"] = key.id;
    out["sub"] = key.owner.empty() ? key.id : key.owner;
    out["iat"] = seconds(key.created_at);
    if (key.expires_at) out["exp"] = seconds(*key.expires_at);
    return out;
}

}  // namespace

operation_answer oauth_revoke_operation(const oauth_parts& with, const operation_call& call) {
    auto read = oauth_input::read(call);
    if (const auto* wrong = std::get_if<std::string>(&read)) return oauth_error("invalid_request", *wrong);
    const auto& in = std::get<oauth_input>(read);
    const auto known = authenticate(with, call, in);
    if (const auto* refused = std::get_if<operation_answer>(&known)) return *refused;
    const auto& client = std::get<known_client>(known);
    const auto& text = in.get("token");
    if (text.empty()) return oauth_error("invalid_request", "token is needed");
    const caller who{"client:" + client.id(), call.from};
    const auto presented = look_at(with, call, text);
    if (!presented) return presented.error().kind == errc::not_found ? done() : oauth_unavailable();
    authorization_book book(with.tokens);
    if (const auto* access = std::get_if<presented_access>(&*presented)) {
        if (client_of(*access) != client.id()) return not_yours();
        const revoked_access which{access->claims.id.text(), call.of->name, with.time.now(), access->claims.expires_at};
        const auto ended = book.revoke_access(which, who);
        return ended ? done() : oauth_unavailable();
    }
    if (const auto* refresh = std::get_if<presented_family>(&*presented)) {
        if (refresh->family.client != client.id()) return not_yours();
        const auto ended = book.end(refresh->family.id, "authorization.revoke", who);
        return ended ? done() : oauth_unavailable();
    }
    return oauth_error("unsupported_token_type", "a key is revoked where keys are kept");
}

operation_answer oauth_introspect_operation(const oauth_parts& with, const operation_call& call) {
    auto read = oauth_input::read(call);
    if (const auto* wrong = std::get_if<std::string>(&read)) return oauth_error("invalid_request", *wrong);
    const auto& in = std::get<oauth_input>(read);
    const auto known = authenticate(with, call, in);
    if (const auto* refused = std::get_if<operation_answer>(&known)) return *refused;
    if (!std::get<known_client>(known).confidential()) return oauth_client_refusal(call);  // RFC 7662 §2.1: no scanning by anybody
    const auto& text = in.get("token");
    if (text.empty()) return oauth_error("invalid_request", "token is needed");
    const auto presented = look_at(with, call, text);
    if (!presented) return presented.error().kind == errc::not_found ? oauth_json(200, inactive()) : oauth_unavailable();
    if (const auto* access = std::get_if<presented_access>(&*presented)) return oauth_json(200, describe(with, call, *access));
    if (const auto* refresh = std::get_if<presented_family>(&*presented)) return oauth_json(200, describe(with, call, *refresh));
    return oauth_json(200, describe(with, call, std::get<token>(*presented), text));
}

}  // namespace tollgate
