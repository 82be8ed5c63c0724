#include "operations.hpp"

#include "access.hpp"
#include "answer.hpp"
#include "idempotency.hpp"
#include "tollgate/codec/path.hpp"
#include "tollgate/codec/text.hpp"
#include "tollgate/net/event.hpp"
#include "tollgate/net/spawn.hpp"

#include <algorithm>

namespace tollgate {
namespace {

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

operation_access describe_access(worker& w, const workspace& ws, const grant& g) {
    const auto& atoms = w.shared().tokens.atoms();
    const auto text = [](const std::optional<held>& who) { return who ? text_of(who->who) : std::string(); };
    const auto& claims = ws.claims;
    operation_access out;
    out.id = claims.id.text();
    out.parent = text_of(claims.parent.who);
    out.client = claims.parent.who.kind == holder_kind::client ? out.parent : text(claims.client);
    out.user = text(claims.user);
    out.kind = atoms.text(g.kind);
    out.audience = atoms.text(g.audience);
    out.tenant = atoms.text(g.tenant);
    out.environment = atoms.text(g.environment);
    out.owner = atoms.text(g.owner);
    g.scopes.each([&](scope_number n) { out.scopes.emplace_back(ws.x.facts.of->scope_name(n)); });
    out.full_access = g.full_access;
    out.assurance = claims.assurance;
    out.asserted_at = claims.asserted_at;
    return out;
}

// Who calls with an access token: the user, the client for itself, or the token that was exchanged for it.
std::string actor_of(const operation_access& access) {
    if (!access.user.empty()) return "user:" + access.user;
    return (access.client.empty() ? "token:" : "client:") + access.parent;
}

operation_call describe(worker& w, const connection& c, const workspace& ws, const permit& by) {
    const auto& x = ws.x;
    operation_call call;
    call.of = x.facts.of;
    call.environment = x.facts.of->environments[x.facts.environment].name;
    call.origin = origin_of(c, ws);
    if (x.by_session) call.actor = "user:" + ws.session_user;
    else if (by.by() != nullptr && x.by_access) {
        call.access = describe_access(w, ws, *by.by());
        call.actor = actor_of(*call.access);
    } else if (by.by() != nullptr) call.actor = "token:" + by.by()->id.text();
    else if (c.local_operator) call.actor = "operator:" + std::to_string(c.uid);
    if (x.acts) call.acting_as = x.facts.acting_as.value;
    call.from = x.client;
    call.method = x.facts.method;
    call.path = x.facts.path;
    call.query = x.facts.query;
    for (std::size_t i = 0; i < x.facts.match.parameter_count; ++i) {
        std::string decoded;
        if (percent_decode(x.facts.match.parameters[i], false, decoded)) call.parameters.push_back(std::move(decoded));
    }
    for (const auto& f : ws.request) {
        if (f.id == field_name::authorization) {  // the text stays where it was checked
            if (by.through().handler.starts_with("oauth.")) call.authorization = f.value;
            continue;
        }
        std::string name(f.name);
        std::transform(name.begin(), name.end(), name.begin(), lower);
        call.headers.emplace_back(std::move(name), f.value);
    }
    call.body = ws.body_out;
    call.request_id = x.request_id();
    return call;
}

// Whether the grant that was judged is still what the index says. Blocking.
standing look_again(const registry& tokens, const digest& key, const grant* judged, const ip_address& client) {
    if (judged == nullptr) return standing::same;  // a public route, or the local operator
    const auto now = tokens.read(key);
    if (!now) return standing::unknown;
    if (!now->has_value() || **now != *judged) return standing::changed;
    const bool listed = !judged->restricted_addresses || contains((*now)->addresses, client);
    return listed ? standing::same : standing::changed;
}

standing look_at_session_again(const session_source& sessions, const workspace& ws) {
    const auto now = sessions.find(ws.x.cookies);
    if (!now) return standing::unknown;
    return now->has_value() && (*now)->may == ws.granted ? standing::same : standing::changed;
}

// The same of the actor that the token acts for.
standing look_at_both_again(const registry& tokens, const session_source* sessions, const workspace& ws, const grant* judged) {
    if (ws.x.by_session) return look_at_session_again(*sessions, ws);
    const auto token =
        judged != nullptr && ws.x.by_access ? look_at_access_again(tokens, ws, *judged) : look_again(tokens, ws.x.key, judged, ws.x.facts.client);
    return token == standing::same && ws.x.acts ? look_again(tokens, ws.x.actor_key, &ws.acted_for, ws.x.facts.client) : token;
}

}  // namespace

task<std::optional<refusal>> read_whole_body(worker& w, connection& c, workspace& ws, std::size_t limit) {
    auto& x = ws.x;
    if (x.body.seen_bytes() == 0) ws.body_out.clear();
    std::string_view slice;
    for (;;) {
        const auto step = x.body.next(slice);
        if (step == body_reader::step::done) co_return std::nullopt;
        if (step == body_reader::step::refused) co_return refusal::bad_request;
        if (step == body_reader::step::too_large) co_return refusal::payload_too_large;
        if (step == body_reader::step::data) {
            if (ws.body_out.size() + slice.size() > limit) co_return refusal::payload_too_large;
            ws.body_out += slice;
            continue;
        }
        if (ws.request.expects_continue && !x.told_to_continue) {
            x.told_to_continue = true;
            iovec part{const_cast<char*>(kContinue.data()), kContinue.size()};
            c.bytes.write_within(w.shared().timeouts.response_idle);
            const error_code ec = co_await c.bytes.write(std::span(&part, 1));
            c.bytes.no_write_deadline();
            if (ec) co_return refusal::bad_request;
        }
        c.bytes.read_within(w.shared().timeouts.body_idle);
        const auto [ec, n] = co_await c.bytes.read_some(ws.downstream.free(), ws.downstream.free_bytes());
        const bool late = c.bytes.read_expired();
        c.bytes.no_read_deadline();
        if (ec) co_return late ? refusal::request_timeout : refusal::bad_request;
        ws.downstream.received(n);
    }
}

task<operation_end> run_operation(worker& w, connection& c, workspace& ws, permit by) {
    using kind = operation_end::kind;
    const auto& table = w.shared().operations;
    const auto it = table.find(by.through().handler);
    if (it == table.end()) co_return operation_end{kind::refused, after::close, refusal::route_not_found};
    const operation_call call = describe(w, c, ws, by);
    operation_answer answer;
    standing token = standing::same;
    event finished(w.io());
    const bool queued = w.shared().blocking.run(
        [&w, &tokens = w.shared().tokens, sessions = w.shared().sessions, &ws, &by, &call, &answer, &token, &finished, &run = it->second] {
            token = look_at_both_again(tokens, sessions, ws, by.by());  // it may have waited in the queue for long (C-4)
            if (token == standing::same) answer = run(call);
            post_to(w.io(), [&finished] { finished.set(); });
        });
    if (!queued) co_return operation_end{kind::refused, after::close, refusal::overloaded};
    co_await finished.wait();
    if (token == standing::changed) co_return operation_end{kind::overtaken, after::close, refusal::overloaded};
    if (token == standing::unknown) co_return operation_end{kind::refused, after::close, refusal::store_unavailable};
    if (ws.x.idempotent == once::claimed) co_await keep_operation(w, ws, answer);
    const after then = co_await send_answer(w, c, ws, answer);
    co_return operation_end{kind::answered, then, refusal::overloaded};
}

}  // namespace tollgate
