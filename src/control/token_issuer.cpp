#include "control/token_issuer.hpp"

#include "control/oauth_answers.hpp"
#include "tollgate/rules/rulebook.hpp"

#include <algorithm>

namespace tollgate {
namespace {

atom environment_of(const operation_call& call) noexcept {
    const auto at = std::ranges::find(call.of->environments, call.environment, &environment::name);
    return at == call.of->environments.end() ? atom::none : at->number;
}

void count(issue_counts& issued, std::string_view grant_type) noexcept {
    auto& which = grant_type == "password"   ? issued.password
        : grant_type == "authorization_code" ? issued.authorization_code
        : grant_type == "refresh_token"      ? issued.refresh_token
                                             : issued.client_credentials;
    which.fetch_add(1, std::memory_order_relaxed);
}

token_id id_of(std::string_view text, holder_kind kind) { return token_id::parse(text, prefix_of(kind)).value_or(token_id{}); }

}  // namespace

std::string joined(const std::vector<std::string>& scopes) {
    std::string out;
    for (const auto& s : scopes) out.append(out.empty() ? "" : " ").append(s);
    return out;
}

operation_answer issue(const oauth_parts& with, const operation_call& call, const issue_wish& wish, std::string_view grant_type,
    std::string_view asked, const secret& refresh) {
    const auto& of = *call.of;
    const auto ring = with.tokens.macs().ring();
    const auto* signer = ring->current(of);
    if (signer == nullptr) return oauth_unavailable();
    const auto now = with.time.now();
    access_claims claims;
    claims.id = token_id::make(now, with.random);
    claims.api = of.number;
    claims.environment = environment_of(call);
    claims.parent = wish.parent;
    claims.client = wish.client;
    claims.user = wish.user;
    claims.every_scope = wish.every_scope;
    for (const auto& name : wish.scopes)
        if (const auto n = of.scope(name)) claims.scopes.add(*n);
    claims.issued_at = now;
    claims.expires_at = now + of.rules.oauth.access_life;
    if (wish.parent_ends) claims.expires_at = std::min(claims.expires_at, *wish.parent_ends);
    claims.assurance = wish.assurance;
    claims.asserted_at = wish.asserted_at;
    const auto text = write_access_token(claims, of.rules.oauth.access_prefix, *signer);
    count(with.issued, grant_type);
    with.log.info("an access token was issued",
        {{"api", of.name}, {"grant", grant_type}, {"id", claims.id.text()}, {"parent", text_of(wish.parent.who)}, {"from", call.from}});
    json::object body{{"access_token", text.reveal()}, {"token_type", "Bearer"}, {"expires_in", (claims.expires_at.us - now.us) / 1'000'000}};
    if (!refresh.empty()) body["refresh_token"] = refresh.reveal();
    const auto scope = wish.every_scope ? of.effective_scopes({}, true) : joined(wish.scopes);
    if (scope != asked) body["scope"] = scope;
    return oauth_json(200, body);
}

issue_wish wish_of(const authorization& of) {
    issue_wish out;
    out.parent = {{holder_kind::authorization, id_of(of.id, holder_kind::authorization)}, of.epoch};
    out.client = held{{holder_kind::client, id_of(of.client, holder_kind::client)}, of.client_epoch};
    out.user = held{{holder_kind::user, id_of(of.user, holder_kind::user)}, of.user_epoch};
    out.scopes = of.scopes;
    out.assurance = of.assurance;
    out.asserted_at = of.asserted_at.value_or(timestamp{});
    return out;
}

secret refresh_text(const oauth_parts& with, const operation_call& call, const authorization& of) {
    const auto ring = with.tokens.macs().ring();
    const auto* signer = ring->current(*call.of);
    if (of.generation == 0 || signer == nullptr) return {};
    const refresh_claims claims{id_of(of.id, holder_kind::authorization), of.generation, of.expires_at.value_or(timestamp{})};
    return write_refresh_token(claims, call.of->rules.oauth.refresh_prefix, *signer);
}

}  // namespace tollgate
