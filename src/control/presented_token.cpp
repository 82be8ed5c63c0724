#include "control/presented_token.hpp"

#include "tollgate/registry/authorizations.hpp"

namespace tollgate {
namespace {

failure nothing() { return {errc::not_found, "no such token"}; }

result<presented_token> look_at_access(const oauth_parts& with, const api& of, const access_claims& claims) {
    const auto read = [&](const holder& who) { return with.tokens.read(holder_key(who)); };
    const auto revoked = read({holder_kind::access, claims.id});
    if (!revoked) return revoked.error();
    if (*revoked) return nothing();
    grant client, user;
    const std::pair<const std::optional<held>*, grant*> besides[] = {{&claims.client, &client}, {&claims.user, &user}};
    for (const auto& [who, into] : besides) {
        if (!*who) continue;
        const auto found = read((*who)->who);
        if (!found) return found.error();
        if (!*found) return nothing();
        *into = **found;
    }
    const auto parent = read(claims.parent.who);
    if (!parent) return parent.error();
    if (!*parent) return nothing();
    return presented_token(presented_access{claims, grant_of(claims, **parent, &client, &user, of)});
}

}  // namespace

result<presented_token> look_at(const oauth_parts& with, const operation_call& call, std::string_view text) {
    const auto& of = *call.of;
    const auto ring = with.tokens.macs().ring();
    const auto now = with.time.now();
    if (const auto access = read_access_token(text, of, *ring, now)) return look_at_access(with, of, *access);
    if (const auto refresh = read_refresh_token(text, of, *ring, now)) {
        auto family = authorization_book(with.tokens).show(text_of({holder_kind::authorization, refresh->authorization}));
        if (!family) return family.error();
        return presented_token(presented_family{*refresh, std::move(*family)});
    }
    auto key = with.tokens.find_by_secret(text);
    if (!key) return key.error();
    if (key->api != of.name || key->environment != call.environment) return nothing();
    return presented_token(std::move(*key));
}

}  // namespace tollgate
