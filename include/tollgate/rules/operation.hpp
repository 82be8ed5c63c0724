// operation.hpp - something the gateway answers itself: name -> (facts, permit, body) -> answer.
//
// `x-tollgate-handler` in a document names it. control/ fills the table, app/ wires it, gateway/ calls through it on a
// blocking thread, so that an operation may wait for the ledger.
#pragma once

#include "tollgate/base/secret.hpp"
#include "tollgate/model/token.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate {

struct api;

// Of a call with an access token (rules/access_token.hpp): for whom, as it was judged. Ids are texts; empty: nobody.
struct operation_access {
    std::string id, parent, client, user;
    std::string kind, audience, tenant, environment, owner;
    std::vector<std::string> scopes;  // by name
    bool full_access = false;
    unsigned assurance = 1;
    timestamp asserted_at;
};

struct operation_call {
    const api* of = nullptr;          // the API on which the operation is mounted
    std::string actor;                // who calls: "operator:<uid>", "token:<id>", "user:<id>", "client:<id>"
    std::string acting_as;            // the actor that the token acts for (PL-8); empty: none
    std::string from;                 // peer address, or "unix"
    std::string method, path, query;  // path canonical; query without '?'
    std::vector<std::string> parameters;  // path parameters, decoded, in order
    std::vector<std::pair<std::string, std::string>> headers;  // lower-case names
    std::string body;
    std::string request_id;
    std::string environment;          // of the host
    std::string origin;               // as the caller reached the API: "https://api.example:8443"
    std::string authorization;        // the Authorization header, for oauth.* alone: they authenticate clients
    std::optional<operation_access> access;
};

struct operation_answer {
    unsigned status = 200;
    std::string content_type = "application/json";
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    std::optional<std::string> kept_body{};  // what an idempotent repeat is answered instead of `body`: without the secret (PL-6)
    bool outcome_unknown = false;            // whether anything happened is not known: a repeat must not run it again
};

using operation = std::function<operation_answer(const operation_call&)>;
using operation_table = std::map<std::string, operation, std::less<>>;

}  // namespace tollgate
