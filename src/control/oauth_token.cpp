// The token endpoint (RFC 6749 §3.2).
#include "control/oauth_answers.hpp"
#include "control/oauth_clients.hpp"
#include "control/oauth_operations.hpp"
#include "control/token_issuer.hpp"
#include "tollgate/codec/base64.hpp"
#include "tollgate/control/code_book.hpp"
#include "tollgate/control/sign_in.hpp"
#include "tollgate/crypto/sha256.hpp"
#include "tollgate/registry/authorizations.hpp"
#include "tollgate/registry/clients.hpp"
#include "tollgate/registry/users.hpp"
#include "tollgate/rules/rulebook.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

namespace tollgate {
namespace {

using names = std::vector<std::string>;

bool among(const names& list, std::string_view name) { return std::ranges::find(list, name) != list.end(); }

// What one request works with.
struct token_request {
    const oauth_parts& with;
    const operation_call& call;
    const oauth_input& in;
    const known_client& client;
    [[nodiscard]] const api& of() const noexcept { return *call.of; }
    [[nodiscard]] const oauth_rules& rules() const noexcept { return call.of->rules.oauth; }
    [[nodiscard]] caller who(std::string_view user) const {
        return {user.empty() ? "client:" + client.id() : fmt::format("user:{}", user), call.from};
    }
};

operation_answer no_such_grant() { return oauth_error("invalid_grant", "it is not valid, has expired, was used or is another client's"); }

operation_answer store_failure(const failure& why) { return why.kind == errc::not_found ? no_such_grant() : oauth_unavailable(); }

// RFC 8707 §2: this API is the only resource that its tokens are for.
bool is_for_us(const token_request& r, std::string_view resource) {
    if (!resource.starts_with(r.call.origin)) return false;
    const auto rest = resource.substr(r.call.origin.size());
    return rest.empty() || rest.front() == '/';
}

// The scopes of a client or user: of those that are asked for, each must be among what may be had.
std::variant<names, operation_answer> choose_scopes(const token_request& r, const names& of_client) {
    const auto asked = read_scope(r.in.get("scope"));
    if (!asked) return oauth_error("invalid_scope", "the scope cannot be read");
    const auto& o = r.rules();
    const auto may = [&](const std::string& s) {
        return r.of().scope(s).has_value() && (o.scopes.empty() || among(o.scopes, s)) && (of_client.empty() || among(of_client, s));
    };
    if (!asked->empty()) {
        for (const auto& s : *asked)
            if (!may(s)) return oauth_error("invalid_scope", fmt::format("`{}` is not to be had here", s));
        return *asked;
    }
    names out;
    for (const auto& s : o.defaults.empty() ? r.of().rules.scopes.defaults : o.defaults)
        if (may(s)) out.push_back(s);
    if (out.empty() && !r.of().catalogue.empty()) return oauth_error("invalid_scope", "there is no default: ask for a scope");
    return out;
}

// PA-5: an API token, exchanged. Never more than it has.
operation_answer exchange_key(const token_request& r, const token& key) {
    issue_wish wish;
    wish.parent = {{holder_kind::token, token_id::parse(key.id).value_or(token_id{})}, key.epoch};
    wish.parent_ends = key.expires_at;
    const auto asked = read_scope(r.in.get("scope"));
    if (!asked) return oauth_error("invalid_scope", "the scope cannot be read");
    scope_set held_scopes;
    for (const auto& s : key.scopes)
        if (const auto n = r.of().scope(s)) held_scopes.add(*n);
    const auto reach = key.full_access ? r.of().everything : r.of().closure(held_scopes);
    for (const auto& s : *asked) {
        const auto n = r.of().scope(s);
        if (!n || !reach.has(*n)) return oauth_error("invalid_scope", fmt::format("the key has no scope `{}`", s));
    }
    wish.scopes = asked->empty() ? key.scopes : *asked;
    wish.every_scope = asked->empty() && key.full_access;
    return issue(r.with, r.call, wish, "client_credentials", r.in.get("scope"));
}

operation_answer grant_client(const token_request& r) {
    if (r.client.key) return exchange_key(r, *r.client.key);
    const auto& client = *r.client.client;
    if (!client.confidential) return oauth_error("unauthorized_client", "a client without a secret gets no token for itself");
    auto scopes = choose_scopes(r, client.scopes);
    if (auto* refused = std::get_if<operation_answer>(&scopes)) return std::move(*refused);
    issue_wish wish;
    wish.parent = held_client(client);
    wish.scopes = std::move(std::get<names>(scopes));
    return issue(r.with, r.call, wish, "client_credentials", r.in.get("scope"));
}

// A user's consent, or word, becomes an authorization; the first tokens are issued in it.
operation_answer authorize(const token_request& r, const user& who, names scopes, unsigned assurance, timestamp asserted_at, std::string_view grant,
    std::string* made_id = nullptr) {
    const auto& client = *r.client.client;
    const auto* kind = r.of().rules.find_kind(r.rules().kind);
    authorization wish;
    wish.client = client.id;
    wish.client_epoch = client.epoch;
    wish.user = who.id;
    wish.user_epoch = who.epoch;
    if (kind != nullptr) {
        wish.kind = kind->kind;
        wish.audience = kind->audience;
    }
    wish.environment = r.call.environment;
    wish.tenant = who.tenant;
    wish.owner = who.subject;
    wish.scopes = std::move(scopes);
    wish.version = r.of().rules.versions.initial;
    wish.assurance = assurance;
    if (assurance > 1) wish.asserted_at = asserted_at;
    authorization_book book(r.with.tokens);
    const auto made = book.add(r.of(), std::move(wish), r.who(who.id));
    if (!made) return oauth_unavailable();
    if (made_id != nullptr) *made_id = made->id;
    return issue(r.with, r.call, wish_of(*made), grant, r.in.get("scope"), refresh_text(r.with, r.call, *made));
}

operation_answer grant_password(const token_request& r) {
    using kind = sign_in::outcome::kind;
    if (r.with.sign_ins == nullptr || r.client.key) return oauth_error("unauthorized_client", "this client signs nobody in");
    if (!r.in.has("username") || !r.in.has("password")) return oauth_error("invalid_request", "username and password are needed");
    auto scopes = choose_scopes(r, r.client.client->scopes);
    if (auto* refused = std::get_if<operation_answer>(&scopes)) return std::move(*refused);
    const secret password(r.in.get("password"));
    const auto said = r.with.sign_ins->by_password(r.of(), r.in.get("username"), password, r.call.from, r.in.get("totp"));
    switch (said.what) {
        case kind::ok: break;
        case kind::second_factor_wanted: return oauth_error("invalid_grant", "a second factor is needed: send its code as `totp`");
        case kind::slow_down: {
            auto answer = oauth_error("slow_down", "too many tries: wait before the next", 429);
            answer.headers.emplace_back("Retry-After", fmt::format("{}", said.retry_after_s));
            return answer;
        }
        case kind::unavailable: return oauth_unavailable(said.retry_after_s);
        case kind::refused: return oauth_error("invalid_grant", "the user name or the password is wrong");
    }
    return authorize(r, said.who, std::move(std::get<names>(scopes)), said.assurance, said.asserted_at, "password");
}

// RFC 7636 §4.6, S256 alone.
bool verifies(std::string_view verifier, std::string_view challenge) {
    if (verifier.size() < 43 || verifier.size() > 128) return false;
    return base64url(sha256(verifier).bytes) == challenge;
}

bool fits(const token_request& r, const code_grant& code) {
    if (code.api != r.of().name || code.environment != r.call.environment || code.client != r.client.id() ||
        code.client_epoch != r.client.client->epoch)
        return false;
    const auto& redirect_uri = r.in.get("redirect_uri");  // OAuth 2.1 leaves it out: PKCE ties the code to the client
    if (redirect_uri != code.redirect_uri && !(redirect_uri.empty() && !code.code_challenge.empty())) return false;
    const auto& verifier = r.in.get("code_verifier");
    if (code.code_challenge.empty()) return verifier.empty() && r.client.client->confidential;
    return verifies(verifier, code.code_challenge);
}

operation_answer grant_code(const token_request& r) {
    if (r.with.codes == nullptr || r.client.key) return oauth_error("unauthorized_client", "no code was given to this client");
    const auto& text = r.in.get("code");
    if (text.empty()) return oauth_error("invalid_request", "code is needed");
    const auto redeemed = r.with.codes->redeem(text);
    if (!redeemed.authorization.empty()) {  // RFC 6749 §4.1.2: one of two who have it stole it
        const auto ended = authorization_book(r.with.tokens).end(redeemed.authorization, "authorization.code_reuse", r.who({}));
        r.with.log.warn("an authorization code was presented again: what it led to has ended",
            {{"authorization", redeemed.authorization}, {"client", r.client.id()}, {"from", r.call.from}});
        if (!ended) return oauth_unavailable();
    }
    if (!redeemed.grant || !fits(r, *redeemed.grant)) return no_such_grant();
    const auto& code = *redeemed.grant;
    const auto who = user_directory(r.with.tokens).show(code.user);
    if (!who) return store_failure(who.error());
    if (who->state != account_state::active || who->epoch != code.user_epoch) return no_such_grant();
    std::string made;
    auto answer = authorize(r, *who, code.scopes, code.assurance, code.asserted_at, "authorization_code", &made);
    if (!made.empty()) r.with.codes->noted(text, made);
    return answer;
}

operation_answer grant_refresh(const token_request& r) {
    const auto& text = r.in.get("refresh_token");
    if (text.empty()) return oauth_error("invalid_request", "refresh_token is needed");
    if (r.client.key) return oauth_error("unauthorized_client", "a key has no refresh tokens");
    const auto claims = read_refresh_token(text, r.of(), *r.with.tokens.macs().ring(), r.with.time.now());
    if (!claims) return no_such_grant();
    authorization_book book(r.with.tokens);
    const auto id = text_of({holder_kind::authorization, claims->authorization});
    const auto family = book.show(id);
    if (!family) return store_failure(family.error());
    if (family->client != r.client.id() || family->api != r.of().name || family->environment != r.call.environment) return no_such_grant();
    const auto asked = read_scope(r.in.get("scope"));
    if (!asked || !std::ranges::all_of(*asked, [&](const std::string& s) { return among(family->scopes, s); }))
        return oauth_error("invalid_scope", "no more may be asked for than was allowed");
    const auto who = user_directory(r.with.tokens).show(family->user);
    if (!who) return store_failure(who.error());
    const bool gone = who->state != account_state::active || who->epoch != family->user_epoch || r.client.client->epoch != family->client_epoch;
    const auto next = gone ? authorization_book::refreshed{} : book.refresh(r.of(), id, claims->generation, r.who(family->user));
    if (!next) return store_failure(next.error());
    if (next->what == presented_refresh::over || next->what == presented_refresh::spent) return no_such_grant();
    auto wish = wish_of(next->record);
    if (!asked->empty()) wish.scopes = *asked;
    return issue(r.with, r.call, wish, "refresh_token", r.in.get("scope"), refresh_text(r.with, r.call, next->record));
}

}  // namespace

operation_answer oauth_token_operation(const oauth_parts& with, const operation_call& call) {
    auto read = oauth_input::read(call);
    if (const auto* wrong = std::get_if<std::string>(&read)) return oauth_error("invalid_request", *wrong);
    const auto& in = std::get<oauth_input>(read);
    const auto& o = call.of->rules.oauth;
    const auto& grant = in.get("grant_type");
    if (grant.empty()) return oauth_error("invalid_request", "grant_type is needed");
    const auto known = authenticate(with, call, in);
    if (const auto* refused = std::get_if<operation_answer>(&known)) return *refused;
    const token_request r{with, call, in, std::get<known_client>(known)};
    const bool offered = (grant == "client_credentials" && o.client_credentials) || (grant == "password" && o.password) ||
        (grant == "authorization_code" && o.authorization_code) || (grant == "refresh_token" && o.refresh_token);
    if (!offered) return oauth_error("unsupported_grant_type", "this API has no such grant");
    if (!r.client.may(grant)) return oauth_error("unauthorized_client", "this client may not use this grant");
    for (const auto& resource : in.resources())
        if (!is_for_us(r, resource)) return oauth_error("invalid_target", "tokens are issued here for this API alone");
    if (grant == "client_credentials") return grant_client(r);
    if (grant == "password") return grant_password(r);
    return grant == "authorization_code" ? grant_code(r) : grant_refresh(r);
}

}  // namespace tollgate
