#include "tollgate/control/portal.hpp"

#include "control/browser_session.hpp"
#include "control/call_headers.hpp"
#include "control/console_files.hpp"
#include "control/front_end.hpp"
#include "control/management_answers.hpp"
#include "control/operations.hpp"
#include "control/session_cookie.hpp"

#include "tollgate/base/bounds.hpp"
#include "tollgate/codec/text.hpp"
#include "tollgate/crypto/sha256.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>

namespace tollgate {
namespace {

constexpr std::array endpoints{
    portal_endpoint{"GET", "", "portal.page"},
    portal_endpoint{"GET", "/", "portal.page"},
    portal_endpoint{"GET", "/assets/{file}", "portal.file"},
    portal_endpoint{"POST", "/sessions", portal_sign_in},
    portal_endpoint{"GET", "/session", "portal.session"},
    portal_endpoint{"DELETE", "/session", "portal.sign_out"},
    portal_endpoint{"GET", "/apis", "portal.api"},
    portal_endpoint{"GET", "/apis/{api}/words", "portal.words"},
    portal_endpoint{"GET", "/apis/{api}/scopes", "portal.scopes"},
    portal_endpoint{"GET", "/apis/{api}/routes", "portal.routes"},
    portal_endpoint{"GET", "/api-tokens", "portal.tokens"},
    portal_endpoint{"POST", "/api-tokens", "portal.create"},
    portal_endpoint{"GET", "/api-tokens/{id}", "portal.token"},
    portal_endpoint{"PATCH", "/api-tokens/{id}", "portal.update"},
    portal_endpoint{"DELETE", "/api-tokens/{id}", "portal.revoke"},
    portal_endpoint{"POST", "/api-tokens/{id}/rotate", "portal.rotate"},
    portal_endpoint{"POST", "/api-tokens/{id}/finish-grace", "portal.finish_grace"},
    portal_endpoint{"GET", "/usage", "portal.usage"},
};

// What a page of the session's own was told, and nobody else.
std::string proof_of(std::string_view cookie, const operation_call& call) {
    return hex(sha256_of_parts("tollgate portal 1", {cookie, call.of->name}).bytes);
}

operation_answer elsewhere() { return answer_problem(403, "The request came from another page", "reload the portal and try again"); }

std::string_view title_of(const api& of) noexcept { return of.rules.name.empty() ? of.name : of.rules.name; }

operation_answer answer_page(const operation_call& call, random_source& random) {
    const auto end = call.path.ends_with('/') ? call.path.size() - 1 : call.path.size();
    return answer_front_end(call, random, {portal_page(), std::string_view(call.path).substr(0, end), title_of(*call.of), portal_cookie});
}

operation_answer answer_session(const account_context& with, const operation_call& call) {
    const auto found = find_browser_session(with, call, session_use::portal);
    if (!found) return found.error().kind == errc::not_found ? answer_problem(401, "Nobody is signed in") : answer_failure(found.error());
    auto view = browser_session_view(found->in);
    view["csrf_token"] = proof_of(found->text, call);
    return answer_json(200, view);
}

bool may_rotate(const api& of) noexcept { return !of.rules.rotation.grace.never(); }

// The API as a user sees it: one host, one kind, the scopes that are for users.
operation_answer show_api(const operation_context& with, const operation_call& call) {
    const api& of = *call.of;
    auto view = api_view(with.book, of);
    const auto others = [&](const json::value& host) { return host.at("environment").as_string() != call.environment; };
    auto& hosts = view["hosts"].as_array();
    hosts.erase(std::remove_if(hosts.begin(), hosts.end(), others), hosts.end());
    view["environments"] = json::array{json::value(call.environment)};
    auto& kinds = view["kinds"].as_array();
    const auto another = [&](const json::value& kind) { return kind.at("kind").as_string() != of.portal.kind; };
    kinds.erase(std::remove_if(kinds.begin(), kinds.end(), another), kinds.end());
    view["scopes"] = std::ranges::count_if(of.catalogue, [&](const scope_entry& s) { return with.caller.holds(of, s.name); });
    if (!with.caller.holds(of, of.rules.scopes.wildcard)) view["wildcard"] = "";
    view["rotates"] = may_rotate(of);
    return answer_rows(json::array{std::move(view)});
}

operation_answer list_own_scopes(const operation_context& with, const operation_call& call) {
    json::array rows;
    for (const auto& scope : call.of->catalogue)
        if (with.caller.holds(*call.of, scope.name)) rows.push_back(scope_view(scope, call.of->rules));
    return answer_rows(std::move(rows));
}

// Who may read the API's document knows its routes; to others they are not told (W-10). The portal's own are nobody's affair.
operation_answer list_own_routes(const operation_context&, const operation_call& call) {
    json::array rows;
    if (call.of->publish != publish_mode::off)
        for (const auto& r : call.of->routes.routes())
            if (!r.handler.starts_with("portal.")) rows.push_back(route_view(r));
    return answer_rows(std::move(rows));
}

// How many tokens a user may make within a day, those included that are revoked by now: else making and revoking fills the store.
constexpr std::size_t made_a_day = 2 * bounds::portal_tokens;

// What is in the way of one more token of the user's; nothing: there is room. Two calls at once may both be the last.
result<std::optional<std::string>> why_no_more(const operation_context& with) {
    token_query query;
    query.api = with.caller.only_api()->name;
    query.owner = with.caller.only_owner().value_or("");
    const auto yesterday = with.time.now() + -std::chrono::hours(24);
    const auto stands = [](const token& t) { return t.state != token_state::revoked; };
    const auto is_new = [&](const token& t) { return t.created_at > yesterday; };
    query.keep = [&](const token& t) { return stands(t) || is_new(t); };
    for (std::size_t standing = 0, made = 0;;) {
        const auto page = with.tokens.list(query);
        if (!page) return page.error();
        for (const auto& t : page->tokens) {
            if (!with.caller.reaches(t)) continue;
            standing += stands(t) ? 1 : 0;
            made += is_new(t) ? 1 : 0;
        }
        if (standing >= bounds::portal_tokens) return std::optional(fmt::format("{} is the most: revoke one first", bounds::portal_tokens));
        if (made >= made_a_day) return std::optional(fmt::format("{} were made within a day, which is the most: come back tomorrow", made));
        if (page->next_cursor.empty()) return std::optional<std::string>();
        query.cursor = page->next_cursor;
    }
}

operation_answer create_own_token(const operation_context& with, const operation_call& call) {
    const auto obstacle = why_no_more(with);
    if (!obstacle) return answer_failure(obstacle.error());
    if (*obstacle) return answer_problem(409, "There is no room for another token", **obstacle);
    return create_token_operation(with, call);
}

operation_answer rotate_own_token(const operation_context& with, const operation_call& call) {
    if (!may_rotate(*call.of)) return answer_problem(409, "Tokens of this API are not rotated", "make another one, and revoke this one");
    return rotate_token_operation(with, call);
}

struct named_operation {
    std::string_view name;
    operation_answer (*run)(const operation_context&, const operation_call&);
};
// For who is signed in.
constexpr std::array operations{
    named_operation{"portal.api", show_api},
    named_operation{"portal.scopes", list_own_scopes},
    named_operation{"portal.routes", list_own_routes},
    named_operation{"portal.tokens", list_tokens_operation},
    named_operation{"portal.create", create_own_token},
    named_operation{"portal.token", show_token_operation},
    named_operation{"portal.update", update_token_operation},
    named_operation{"portal.revoke", revoke_token_operation},
    named_operation{"portal.rotate", rotate_own_token},
    named_operation{"portal.finish_grace", finish_grace_operation},
    named_operation{"portal.usage", show_usage_operation},
};

class portal {
 public:
    explicit portal(portal_parts with) : with_(std::move(with)) {}

    [[nodiscard]] const portal_parts& parts() const noexcept { return with_; }

    // Calls `run` with what is in force now; who is signed in is its own affair.
    template <class F>
    operation_answer openly(F run) const {
        const auto pinned = with_.book();
        return run(account_context{with_.tokens, *pinned, with_.time, with_.who_signs_in});
    }

    operation_answer signed_in(const named_operation& wanted, const operation_call& call) const {
        return openly([&](const account_context& at) {
            const auto found = find_browser_session(at, call, session_use::portal);
            if (!found) return found.error().kind == errc::not_found ? answer_problem(401, "Nobody is signed in") : answer_failure(found.error());
            const bool changes = call.method != "GET" && call.method != "HEAD";
            if (changes && (!is_from_own_page(call) || header_of(call, "x-csrf-token") != proof_of(found->text, call))) return elsewhere();
            const auto caller = operations_caller::of_portal(call, found->in.who);
            return wanted.run({at.tokens, at.book, at.time, caller, with_.done, no_clock_, at.who_signs_in}, call);
        });
    }

 private:
    portal_parts with_;
    clock_desk no_clock_;
};

}  // namespace

std::span<const portal_endpoint> portal_endpoints() noexcept { return endpoints; }

std::span<const std::string_view> portal_operation_names() noexcept {
    static const auto names = [] {
        std::array<std::string_view, endpoints.size()> out;
        std::ranges::transform(endpoints, out.begin(), &portal_endpoint::handler);
        return out;
    }();
    return names;
}

void add_portal(operation_table& table, portal_parts with) {
    const auto kept = std::make_shared<const portal>(std::move(with));
    table["portal.page"] = [kept](const operation_call& call) { return answer_page(call, kept->parts().random); };
    table["portal.file"] = answer_front_end_file;
    table["portal.words"] = [kept](const operation_call& call) { return answer_json(200, words_view(kept->parts().words(call.of->name))); };
    table["portal.session"] = [kept](const operation_call& call) {
        return kept->openly([&](const account_context& at) { return answer_session(at, call); });
    };
    table[std::string(portal_sign_in)] = [kept](const operation_call& call) {
        if (!is_from_own_page(call)) return elsewhere();
        return kept->openly([&](const account_context& at) { return sign_in_browser(at, call, session_use::portal); });
    };
    table["portal.sign_out"] = [kept](const operation_call& call) {
        if (!is_from_own_page(call)) return elsewhere();
        return kept->openly([&](const account_context& at) { return sign_out_browser(at, call, session_use::portal); });
    };
    for (const auto& o : operations) table[std::string(o.name)] = [kept, &o](const operation_call& call) { return kept->signed_in(o, call); };
}

}  // namespace tollgate
