// What clients discover: authorization server metadata (RFC 8414) and protected resource metadata (RFC 9728).
#include "control/oauth_operations.hpp"

#include "tollgate/codec/json.hpp"
#include "tollgate/rules/rulebook.hpp"

#include <string>

namespace tollgate {
namespace {

operation_answer answer(const json::object& body) {
    return {200, "application/json", {{"Cache-Control", "max-age=300"}, {"Access-Control-Allow-Origin", "*"}}, json::serialize(body)};
}

// Those that users' and clients' tokens may have.
json::array scopes_of(const api& of) {
    json::array out;
    const auto& o = of.rules.oauth;
    if (o.scopes.empty())
        for (const auto& entry : of.catalogue) out.emplace_back(entry.name);
    for (const auto& scope : o.scopes) out.emplace_back(scope);
    return out;
}

json::array methods_of(const oauth_rules& o, bool introspection) {
    json::array out{"client_secret_basic", "client_secret_post"};
    if (o.clients_are_registered && !introspection) out.emplace_back("none");
    return out;
}

}  // namespace

operation_answer oauth_server_metadata_operation(const oauth_parts&, const operation_call& call) {
    const auto& o = call.of->rules.oauth;
    const auto at = [&](const std::string& path) { return call.origin + path; };
    json::array grants;
    if (o.authorization_code) grants.emplace_back("authorization_code");
    if (o.refresh_token) grants.emplace_back("refresh_token");
    if (o.client_credentials) grants.emplace_back("client_credentials");
    if (o.password) grants.emplace_back("password");
    json::object body{{"issuer", call.origin}, {"token_endpoint", at(o.token)}, {"scopes_supported", scopes_of(*call.of)},
        {"response_types_supported", o.authorization_code ? json::array{"code"} : json::array{}}, {"grant_types_supported", std::move(grants)},
        {"token_endpoint_auth_methods_supported", methods_of(o, false)}};
    if (o.authorization_code) {
        body["authorization_endpoint"] = at(o.authorize);
        body["response_modes_supported"] = json::array{"query"};
        body["code_challenge_methods_supported"] = json::array{"S256"};
        body["authorization_response_iss_parameter_supported"] = true;
        body["acr_values_supported"] = json::array{"aal1", "aal2"};
    }
    if (!o.revoke.empty()) {
        body["revocation_endpoint"] = at(o.revoke);
        body["revocation_endpoint_auth_methods_supported"] = methods_of(o, false);
    }
    if (!o.introspect.empty()) {
        body["introspection_endpoint"] = at(o.introspect);
        body["introspection_endpoint_auth_methods_supported"] = methods_of(o, true);
    }
    if (!o.registration.empty()) body["registration_endpoint"] = at(o.registration);
    return answer(body);
}

operation_answer oauth_resource_metadata_operation(const oauth_parts&, const operation_call& call) {
    const auto& rules = call.of->rules;
    json::object body{{"resource", call.origin}, {"authorization_servers", json::array{call.origin}}, {"scopes_supported", scopes_of(*call.of)},
        {"bearer_methods_supported", json::array{"header"}}};
    if (!rules.name.empty()) body["resource_name"] = rules.name;
    return answer(body);
}

}  // namespace tollgate
