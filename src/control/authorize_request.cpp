#include "control/authorize_request.hpp"

#include "control/form_fields.hpp"

#include "tollgate/codec/base64.hpp"
#include "tollgate/registry/clients.hpp"

#include <algorithm>
#include <charconv>

namespace tollgate {
namespace {

using problem = authorize_problem;

std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> out;
    while (!text.empty()) {
        const auto word = text.substr(0, text.find(' '));
        text.remove_prefix(std::min(text.size(), word.size() + 1));
        if (!word.empty() && std::ranges::find(out, word) == out.end()) out.emplace_back(word);
    }
    return out;
}

bool has(const std::vector<std::string>& list, std::string_view item) { return std::ranges::find(list, item) != list.end(); }

// The redirect URI of the request: the client's only one may be left out.
std::optional<std::string> redirect_uri_of(const oauth_client& client, std::string_view asked) {
    if (asked.empty() && client.redirect_uris.size() == 1) return client.redirect_uris.front();
    return has(client.redirect_uris, asked) ? std::optional<std::string>(asked) : std::nullopt;
}

// What users may be asked for: the contract's scopes for users, those of the API where it names none; of these the client's.
bool may_be_asked(const api& of, const oauth_client& client, const std::string& scope) {
    const bool known = std::ranges::find(of.catalogue, scope, &scope_entry::name) != of.catalogue.end();
    const auto& offered = of.rules.oauth.scopes;
    return known && (offered.empty() || has(offered, scope)) && (client.scopes.empty() || has(client.scopes, scope));
}

// A SHA-256 in base64url: 43 letters.
bool is_challenge(std::string_view text) {
    constexpr std::size_t letters = 43;
    return text.size() == letters && unbase64url(text).has_value();
}

// Of the API itself: its origin, or a path on it.
bool is_resource_of(std::string_view origin, std::string_view resource) {
    if (!resource.starts_with(origin)) return false;
    return resource.size() == origin.size() || resource[origin.size()] == '/';
}

class reader {
 public:
    reader(registry& tokens, const operation_call& call) : tokens_(tokens), call_(call) {}

    std::variant<authorize_request, problem> run() {
        auto read = read_form(call_.query);
        if (!read) return to_user("The request cannot be read", "a parameter stands twice, or an escape is broken");
        in_ = std::move(*read);
        const auto client = client_directory(tokens_).show(get("client_id"));
        if (!client && client.error().kind != errc::not_found) return problem{.ours = true};
        if (!client || client->state != account_state::active || client->api != call_.of->name)
            return to_user("The application is not known here", "client_id is of no client of this service");
        out_.client = *client;
        out_.state = get("state");
        const auto uri = redirect_uri_of(*client, get("redirect_uri"));
        if (!uri) return to_user("The application asks to be answered at an address that is not its own", "redirect_uri is not one of the client's");
        out_.redirect_uri = *uri;
        if (auto wrong = read_rest()) return std::move(*wrong);
        return std::move(out_);
    }

 private:
    [[nodiscard]] std::string_view get(std::string_view name) const { return field(in_, name); }
    static problem to_user(const char* error, const char* what) { return {.error = error, .what = what}; }
    [[nodiscard]] std::optional<problem> to_client(const char* error, std::string what) const {
        return problem{.may_return = true, .where = out_.redirect_uri, .state = out_.state, .error = error, .what = std::move(what)};
    }

    std::optional<problem> read_rest() {
        if (get("response_type") != "code") return to_client("unsupported_response_type", "response_type must be code");
        if (!has(out_.client.grants, "authorization_code")) return to_client("unauthorized_client", "the client may not use authorization codes");
        if (!get("request").empty()) return to_client("request_not_supported", "request objects are not read here");
        if (!get("request_uri").empty()) return to_client("request_uri_not_supported", "request objects are not read here");
        if (const auto mode = get("response_mode"); !mode.empty() && mode != "query")
            return to_client("invalid_request", "response_mode must be query");
        if (get("code_challenge_method") != "S256" || !is_challenge(get("code_challenge")))
            return to_client("invalid_request", "PKCE is demanded: code_challenge_method=S256, and a code_challenge of 43 letters");
        out_.code_challenge = get("code_challenge");
        out_.resource = get("resource");
        if (!out_.resource.empty() && !is_resource_of(call_.origin, out_.resource))
            return to_client("invalid_target", "resource is not this service: " + call_.origin);
        if (auto wrong = read_prompt()) return wrong;
        return read_scopes();
    }

    std::optional<problem> read_prompt() {
        out_.login_hint = get("login_hint");
        const auto prompts = words_of(get("prompt"));
        out_.sign_in_again = has(prompts, "login");
        out_.without_asking = has(prompts, "none");
        out_.second_factor = has(words_of(get("acr_values")), "aal2");
        const auto age = get("max_age");
        if (age.empty()) return std::nullopt;
        std::int64_t seconds = 0;
        const auto [end, failed] = std::from_chars(age.data(), age.data() + age.size(), seconds);
        if (failed != std::errc() || end != age.data() + age.size() || seconds < 0)
            return to_client("invalid_request", "max_age is a number of seconds");
        out_.max_age_s = seconds;
        return std::nullopt;
    }

    std::optional<problem> read_scopes() {
        out_.scopes = words_of(get("scope"));
        const auto& rules = call_.of->rules;
        if (out_.scopes.empty()) out_.scopes = rules.oauth.defaults.empty() ? rules.scopes.defaults : rules.oauth.defaults;
        for (const auto& scope : out_.scopes)
            if (!may_be_asked(*call_.of, out_.client, scope)) return to_client("invalid_scope", "a scope is unknown, or not for this client");
        if (out_.scopes.empty() && !call_.of->catalogue.empty()) return to_client("invalid_scope", "scope names at least one");
        return std::nullopt;
    }

    registry& tokens_;
    const operation_call& call_;
    form_fields in_;
    authorize_request out_;
};

}  // namespace

std::variant<authorize_request, authorize_problem> read_authorize_request(registry& tokens, const operation_call& call) {
    return reader(tokens, call).run();
}

std::string return_to(std::string_view uri, const std::vector<std::pair<std::string_view, std::string_view>>& parameters) {
    std::string out(uri);
    char next = uri.find('?') == std::string_view::npos ? '?' : '&';
    for (const auto& [name, value] : parameters) {
        if (value.empty()) continue;
        out.append(1, std::exchange(next, '&')).append(name).append(1, '=').append(form_escaped(value));
    }
    return out;
}

}  // namespace tollgate
