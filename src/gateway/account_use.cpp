#include "account_use.hpp"

namespace tollgate {
namespace {

// Whom the request says that it acts for; what is no actor's id is nobody.
std::string_view named_actor(const request_facts& facts) noexcept {
    const auto& field = facts.acting_as;
    return field.count == 1 && token_id::parse(field.value, token_id::actor_prefix) ? field.value : std::string_view();
}

// A token that the judge let through was used, whatever became of the request then.
void account_denial(worker& w, const workspace& ws) {
    const auto& x = ws.x;
    denial d;
    d.at = x.now;
    d.token = ws.granted.id;
    d.generation = ws.granted.generation;
    d.api = ws.granted.api;
    d.tenant = ws.granted.tenant;
    d.from = x.facts.client;
    d.why = *x.refused;
    if (x.by_access) d.parent = ws.claims.parent.who;
    w.denials().add(d, ws.request.method, x.request_id(), x.facts.path, named_actor(x.facts));
}

}  // namespace

void account_use(worker& w, const workspace& ws, std::uint64_t took_us) {
    const auto& x = ws.x;
    if (!x.token_known || x.facts.of == nullptr || w.shared().uses == nullptr) return;
    const bool denied = x.refused && x.permitted == nullptr;
    if (!denied && x.permitted == nullptr) return;  // broken off before anything was decided
    if (w.uses().full()) w.make_room_for_uses();
    grant who = ws.granted;
    who.id = x.counted;
    w.uses().add(who, x.facts.client, x.now, took_us, *x.facts.of, denied ? nullptr : x.permitted,
        x.facts.match.outcome == route_match::kind::found ? x.facts.match.found : nullptr);
    if (denied) account_denial(w, ws);
}

}  // namespace tollgate
