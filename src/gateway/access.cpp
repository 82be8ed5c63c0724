#include "access.hpp"

#include "tollgate/model/holder.hpp"

namespace tollgate {
namespace {

const lookup kAbsent{lookup::kind::absent, nullptr, {}};

// The grant of a holder, read from the records.
result<std::optional<indexed_grant>> read(const registry& tokens, const holder& who) { return tokens.read(holder_key(who)); }

result<std::optional<indexed_grant>> read(const registry& tokens, const std::optional<held>& who) {
    return who ? read(tokens, who->who) : result<std::optional<indexed_grant>>(std::nullopt);
}

}  // namespace

std::optional<lookup> find_access(worker& w, workspace& ws) {
    using where = grant_reader::where;
    auto& x = ws.x;
    const api& of = *x.facts.of;
    const auto claims = read_access_token(x.facts.presented.text, of, w.macs(), x.now);
    if (!claims) return kAbsent;
    const auto look = [&](const holder& who) {
        x.key = holder_key(who);
        return w.grants().find(x.key);
    };
    if (w.shared().tokens.maybe_revoked(claims->id)) {
        const auto found = look({holder_kind::access, claims->id});
        if (found.outcome == where::must_read) return std::nullopt;
        if (found.outcome == where::hit) return kAbsent;
    }
    grant client, user;  // copies: a grant that was found is there until the next is looked for
    const std::pair<const std::optional<held>*, grant*> besides[] = {{&claims->client, &client}, {&claims->user, &user}};
    for (const auto& [who, into] : besides) {
        if (!*who) continue;
        const auto found = look((*who)->who);
        if (found.outcome == where::must_read) return std::nullopt;
        if (found.outcome == where::absent) return kAbsent;
        *into = *found.value;
    }
    const auto parent = look(claims->parent.who);
    if (parent.outcome == where::must_read) return std::nullopt;
    if (parent.outcome == where::absent) return kAbsent;
    ws.addresses.assign(parent.addresses.begin(), parent.addresses.end());
    ws.granted = grant_of(*claims, *parent.value, &client, &user, of);
    ws.claims = *claims;
    x.counted = claims->parent.who.id;
    x.by_access = true;
    x.token_known = true;
    return lookup{lookup::kind::found, &ws.granted, ws.addresses};
}

standing look_at_access_again(const registry& tokens, const workspace& ws, const grant& judged) {
    const api& of = *ws.x.facts.of;
    const auto claims = read_access_token(ws.x.facts.presented.text, of, *tokens.macs().ring(), ws.x.now);
    if (!claims) return standing::changed;
    const auto revoked = tokens.maybe_revoked(claims->id) ? read(tokens, {holder_kind::access, claims->id}) : std::optional<indexed_grant>();
    const auto client = read(tokens, claims->client), user = read(tokens, claims->user), parent = read(tokens, claims->parent.who);
    if (!revoked || !client || !user || !parent) return standing::unknown;
    if (*revoked || !*parent) return standing::changed;
    const auto now = grant_of(*claims, **parent, *client ? &**client : nullptr, *user ? &**user : nullptr, of);
    if (now != judged) return standing::changed;
    return !now.restricted_addresses || contains((*parent)->addresses, ws.x.facts.client) ? standing::same : standing::changed;
}

}  // namespace tollgate
