// route_table.hpp - method and path -> route, and what the route demands. Immutable once built.
//
// Built by rules/openapi.hpp from a document. Matching compares segment by segment from the left, literal before
// template (`{id}.json` before `{id}`), going back when the chosen way lacks the path or the method. Literals match
// percent-decoded: `%3A` is a ':' here, since it may be one to the upstream. A final '/' is significant.
// Does no allocation while matching, and visits no more nodes than the table has. Threads: immutable after seal(); any.
// Bounds: the eight methods of OpenAPI, max_parameters a route, max_literal_bytes a segment.
#pragma once

#include "tollgate/model/scope_set.hpp"
#include "tollgate/rules/pace.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate {

// One alternative of a route's security: all of these must hold.
struct demand {
    struct scope {
        std::string name;
        scope_set satisfied_by;  // itself, everything that implies it, and the wildcard
    };
    std::vector<scope> all_of;   // empty: a valid token is enough
};

enum class idempotency_mode : std::uint8_t { none, accepted, required };

struct route {
    std::uint32_t number = 0;            // in the table; for counters
    std::string method;                  // upper-case; HEAD is matched by GET (W-11)
    std::string path;                    // as templated in the document, base path included: the metrics label
    std::string operation_id;
    bool is_public = false;              // explicit `security: []` or `{}`
    std::vector<demand> any_of;          // OR of ANDs; empty and not public: a valid token
    std::vector<std::string> audiences;  // x-audiences; empty: any. GET-only audiences are listed per operation
    unsigned assurance = 1;              // x-aal
    std::chrono::seconds assurance_age{0};  // how long ago a second factor may have been given; 0: any time
    idempotency_mode idempotency = idempotency_mode::none;
    std::map<std::string, std::string> include_scopes;  // x-include-scopes
    pace rate;                           // x-rate-limit: a limit of its own; unlimited: the contract's counts
    std::string handler;                 // x-tollgate-handler; empty: forwarded
    bool encoded_slash = false;          // x-encoded-slash: allow (some parameter may hold %2F)
    std::uint32_t slash_parameters = ~0u;  // which ones: bit i is the template's parameter i

    // The scopes that would have done, for people and for RFC 6750 `scope`: of the first alternative.
    [[nodiscard]] std::string scope_text() const;
};

struct route_match {
    enum class kind : std::uint8_t { none, method_missing, found } outcome = kind::none;
    const route* found = nullptr;
    std::string_view allow;  // for method_missing: value of the Allow header; lives as long as the table
    static constexpr std::size_t max_parameters = 16;
    std::array<std::string_view, max_parameters> parameters{};  // still percent-encoded, in order of the template
    std::uint8_t parameter_count = 0;
};

class route_table {
 public:
    route_table();
    ~route_table();
    route_table(route_table&&) noexcept;
    route_table& operator=(route_table&&) noexcept;

    // `path`: canonical (codec/path.hpp), beginning with '/', without the query. `method`: upper-case as received.
    // Parameters are non-empty; one that contains %2F matches only routes with encoded_slash. HEAD is taken by HEAD, else GET.
    // method_missing: the path exists, by whatever way; `allow` names every method that some way has.
    [[nodiscard]] route_match match(std::string_view method, std::string_view path) const noexcept;

    [[nodiscard]] const std::vector<route>& routes() const noexcept;

    // Used by rules/openapi.cpp; path and method have passed check_template() and is_method(). Gives the route its number.
    // False: the same shape and method stand there already, under the path `other`.
    bool add(route r, std::string& other);
    // After the last add().
    void seal();

    static constexpr std::size_t max_literal_bytes = 256;  // of one segment, decoded
    // Why `path` cannot be a route's template: a sentence that says what to write instead; empty: it can.
    [[nodiscard]] static std::string check_template(std::string_view path);
    // Names of the template's parameters, in its order.
    [[nodiscard]] static std::vector<std::string> parameter_names(std::string_view path);
    [[nodiscard]] static bool is_method(std::string_view method) noexcept;  // upper-case, one of OpenAPI's eight

 private:
    struct tree;
    std::unique_ptr<tree> tree_;
    std::vector<route> routes_;
};

}  // namespace tollgate
