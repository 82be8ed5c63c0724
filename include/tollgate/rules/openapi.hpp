// openapi.hpp - an OpenAPI 3.0 or 3.1 document -> route table and scopes catalogue.
//
// Read: `servers` base paths (of foreign hosts only the path counts; several base paths: each), `paths` (path-level and
// operation-level `servers` too), `security` (OR of ANDs, operation over global; no `security` anywhere means a valid
// token; only explicit `[]` or `{}` is public), `$ref` within the document, the scopes catalogue under
// `components.securitySchemes.*.flows.*.scopes` or `x-scopes` (root or operation), and the extensions x-audiences,
// x-aal, x-idempotency, x-include-scopes, x-rate-limit, x-tollgate-handler, x-encoded-slash. Alternatives that the gateway cannot
// verify (basic, apiKey, mutualTLS) are dropped; if none is left the document is refused unless `unsupported_is_token`.
// Problems name file, line and JSON path, and what to write instead.
#pragma once

#include "tollgate/codec/document.hpp"
#include "tollgate/rules/contract.hpp"
#include "tollgate/rules/route_table.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tollgate {

// Gives a scope its number within the API: the ledger's for `serve`, 0, 1, 2… for `check` and tests.
using scope_numbering = std::function<result<scope_number>(std::string_view scope)>;
scope_numbering counting_numbers();

struct openapi_options {
    bool unsupported_is_token = false;  // `unsupported_security: token`
    std::vector<route> own{};           // besides the document's; one that it has too, with the same handler, is the document's
};

struct compiled_api {
    route_table routes;
    std::vector<scope_entry> catalogue;  // the document's and the contract's, in the document's order; every scope once
    std::vector<std::pair<std::string, scope_number>> numbers;  // of every scope in the catalogue, and the wildcard
};

std::optional<compiled_api> compile_openapi(
    const document& doc, const contract& rules, const scope_numbering& number, const openapi_options& options, problem_list& problems);

// The document to publish (`/openapi.json`, PA-4): as read, with root `x-scopes: {name: description}` and each
// operation's `security` and `x-scopes`. JSON text.
std::string publish_openapi(const document& doc, const compiled_api& api, const contract& rules);

}  // namespace tollgate
