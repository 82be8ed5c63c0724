// Dynamic client registration (RFC 7591): where a contract allows it, and as many as it allows.
#include "control/oauth_answers.hpp"
#include "control/oauth_operations.hpp"
#include "tollgate/codec/json.hpp"
#include "tollgate/registry/clients.hpp"
#include "tollgate/rules/rulebook.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <optional>
#include <sstream>

namespace tollgate {
namespace {

// Two who register at once must not both find the last place free.
std::mutex one_at_a_time;

operation_answer invalid_metadata(std::string_view what) { return oauth_error("invalid_client_metadata", what); }

std::optional<std::string> text(const json::object& body, std::string_view name) {
    const auto* value = body.if_contains(name);
    return value != nullptr && value->is_string() ? std::optional(std::string(value->get_string())) : std::nullopt;
}

// False: it is there, and no list of texts.
bool texts(const json::object& body, std::string_view name, std::vector<std::string>& out) {
    const auto* value = body.if_contains(name);
    if (value == nullptr) return true;
    if (!value->is_array()) return false;
    for (const auto& item : value->get_array()) {
        if (!item.is_string()) return false;
        out.emplace_back(item.get_string());
    }
    return true;
}

result<std::size_t> registered_clients(const client_directory& clients, std::string_view of_api) {
    std::size_t count = 0;
    client_query query;
    query.api = of_api;
    do {
        const auto page = clients.list(query);
        if (!page) return page.error();
        count += static_cast<std::size_t>(std::ranges::count_if(page->clients, &oauth_client::registered));
        query.cursor = page->next_cursor;
    } while (!query.cursor.empty());
    return count;
}

json::array list(const std::vector<std::string>& from) {
    json::array out;
    for (const auto& s : from) out.emplace_back(s);
    return out;
}

}  // namespace

operation_answer oauth_register_operation(const oauth_parts& with, const operation_call& call) {
    const auto& o = call.of->rules.oauth;
    boost::system::error_code failed;
    const auto value = json::parse(call.body, failed);
    if (failed || !value.is_object()) return invalid_metadata("the body is not a JSON object");
    const auto& body = value.get_object();
    create_client wish;
    wish.registered = true;
    wish.name = text(body, "client_name").value_or("Unnamed client");
    const auto method = text(body, "token_endpoint_auth_method").value_or("client_secret_basic");
    if (method != "none" && method != "client_secret_basic" && method != "client_secret_post")
        return invalid_metadata("token_endpoint_auth_method: none, client_secret_basic or client_secret_post");
    wish.confidential = method != "none";
    std::vector<std::string> grants, responses;
    if (!texts(body, "redirect_uris", wish.redirect_uris)) return oauth_error("invalid_redirect_uri", "redirect_uris is not a list of texts");
    if (!texts(body, "grant_types", grants) || !texts(body, "response_types", responses)) return invalid_metadata("a list is not one of texts");
    if (grants.empty()) grants = {"authorization_code"};
    for (const auto& g : grants) {
        const bool offered = (g == "authorization_code" && o.authorization_code) || (g == "refresh_token" && o.refresh_token);
        if (!offered) return invalid_metadata(fmt::format("grant_types: `{}` is not for clients that register themselves", g.substr(0, 40)));
    }
    if (std::ranges::any_of(responses, [](const std::string& r) { return r != "code"; }))
        return invalid_metadata("response_types: code is the only one");
    if (wish.redirect_uris.empty()) return oauth_error("invalid_redirect_uri", "at least one redirect_uri is needed");
    wish.grants = grants;
    std::istringstream words(text(body, "scope").value_or(""));
    for (std::string s; words >> s;) {
        const bool had = call.of->scope(s) && (o.scopes.empty() || std::ranges::find(o.scopes, s) != o.scopes.end());
        if (had) wish.scopes.push_back(s);  // RFC 7591 §2: what cannot be had is left out
    }
    client_directory clients(with.tokens);
    const std::lock_guard turn(one_at_a_time);
    const auto there = registered_clients(clients, call.of->name);
    if (!there) return oauth_unavailable();
    if (*there >= o.registered_clients) return oauth_error("temporarily_unavailable", "as many clients as may be are registered", 429);
    std::vector<field_problem> problems;
    const auto made = clients.add(*call.of, wish, {"client:new", call.from}, problems);
    if (!problems.empty()) {
        const auto& p = problems.front();
        return oauth_error(p.field.starts_with("redirect_uri") ? "invalid_redirect_uri" : "invalid_client_metadata", p.field + ": " + p.what);
    }
    if (!made) return oauth_unavailable();
    json::object out{{"client_id", made->record.id}, {"client_name", made->record.name}, {"redirect_uris", list(made->record.redirect_uris)},
        {"grant_types", list(grants)}, {"response_types", json::array{"code"}}, {"token_endpoint_auth_method", method},
        {"client_id_issued_at", made->record.created_at.us / 1'000'000}};
    if (!wish.scopes.empty()) {
        std::string scope;
        for (const auto& s : wish.scopes) scope.append(scope.empty() ? "" : " ").append(s);
        out["scope"] = scope;
    }
    if (!made->text.empty()) {
        out["client_secret"] = made->text.reveal();
        out["client_secret_expires_at"] = 0;
    }
    return oauth_json(201, out);
}

}  // namespace tollgate
