#include "session_cookie.hpp"

#include "tollgate/codec/text.hpp"
#include "tollgate/net/event.hpp"
#include "tollgate/net/spawn.hpp"

namespace tollgate {
namespace {

std::string_view value_of(const workspace& ws, std::string_view name) {
    for (const auto& f : ws.request)
        if (equal_ignoring_case(f.name, name)) return f.value;
    return {};
}

bool changes_nothing(std::string_view method) noexcept { return method == "GET" || method == "HEAD"; }

// Browsers name the origin of what they send with POST, PUT, PATCH and DELETE.
bool is_from_own_page(const workspace& ws) {
    const auto origin = value_of(ws, "Origin"), site = value_of(ws, "Sec-Fetch-Site");
    const auto at = origin.find("://");
    return at != std::string_view::npos && equal_ignoring_case(origin.substr(at + 3), ws.request.host) && (site.empty() || site == "same-origin");
}

}  // namespace

void note_session(worker& w, workspace& ws) {
    const auto cookies = value_of(ws, "Cookie");
    if (cookies.empty() || !w.shared().sessions->may_have(cookies)) return;
    if (changes_nothing(ws.request.method) || is_from_own_page(ws)) ws.x.cookies = cookies;
}

task<std::optional<refusal>> read_session(worker& w, workspace& ws) {
    result<std::optional<session_standing>> found = std::optional<session_standing>();
    event finished(w.io());
    const bool queued = w.shared().blocking.run([&w, sessions = w.shared().sessions, &ws, &found, &finished] {
        found = sessions->find(ws.x.cookies);
        post_to(w.io(), [&finished] { finished.set(); });
    });
    if (!queued) co_return refusal::overloaded;
    co_await finished.wait();
    ws.x.by_session = found && found->has_value();
    if (!found) co_return refusal::store_unavailable;
    if (!ws.x.by_session) {
        ws.x.facts.presented = {};  // it may have ended since the request was judged by it
        co_return std::nullopt;
    }
    ws.granted = (*found)->may;
    ws.session_user = (*found)->user;
    ws.x.facts.presented = {credential::kind::plausible, {}};
    co_return std::nullopt;
}

}  // namespace tollgate
