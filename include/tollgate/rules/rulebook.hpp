// rulebook.hpp - everything that a configuration says about requests: immutable, swapped whole.
//
// host -> (API, environment); per API its contract, routes and wording.
// Threads: immutable once built; any. Lifetime: an api lives as long as the rulebook; its address is stable.
#pragma once

#include "tollgate/model/atom.hpp"
#include "tollgate/rules/contract.hpp"
#include "tollgate/rules/openapi.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tollgate {

enum class unlisted_mode : std::uint8_t { refuse, forward };
enum class publish_mode : std::uint8_t { off, token, everyone };

struct cors_rules {
    bool enabled = false;
    bool any_origin = false;            // "*"
    std::vector<std::string> origins;   // exact, lower-case
};

// What users of the API do for themselves on its front door: sign in under `path`, and keep tokens of one kind that are their own.
struct portal_rules {
    std::string path;                 // "/portal"; empty: there is no portal
    std::string kind;                 // of the tokens, one of the contract's
    std::vector<std::string> scopes;  // that they may have; empty: every scope of the API
    [[nodiscard]] bool enabled() const noexcept { return !path.empty(); }
};

struct environment {
    std::string name;             // empty where the contract names none
    atom number = atom::none;
    std::uint32_t pool = 0;       // index of the upstream pool in the server's table
};

struct api {
    std::string name;
    std::uint32_t index = 0;                  // in the rulebook: for counters and pools
    atom number = atom::none;
    contract rules;
    route_table routes;
    std::vector<scope_entry> catalogue;
    std::vector<std::pair<std::string, scope_number>> scope_numbers;
    std::vector<environment> environments;    // at least one; parallel to rules.environments where that is not empty
    std::vector<atom> kind_numbers;           // parallel to rules.kinds
    std::vector<atom> version_numbers;        // parallel to rules.versions.supported
    atom client_kind = atom::none, client_audience = atom::none;  // of the access tokens of clients (oauth.kind)
    unlisted_mode unlisted = unlisted_mode::refuse;
    publish_mode publish = publish_mode::off;
    cors_rules cors;
    portal_rules portal;
    bool signs_users_in = false;              // pages of the gateway's own set a session's cookie on its hosts, which no service behind gets
    bool enforced = true;                     // false: lacking scopes, includes and audiences are noted, not refused (C-16)
    bool trusts_caller_identity = false;      // built-in API on the management socket: the peer is the operator
    std::string published;                    // /openapi.json
    route document_route;                     // GET /openapi.json, where `publish` says so and no operation covers it
    route self_route;                         // what `unlisted: forward` judges by: a valid token, no scope
    scope_set everything;                     // every scope of the API, for full_access; filled by seal()

    // Derives what is looked up per request from rules, catalogue and scope_numbers. rulebook::add() calls it.
    void seal();
    // The scopes that satisfy a demand for `name`: itself, what implies it, the wildcard. nullptr: no such scope.
    [[nodiscard]] const scope_set* satisfying(std::string_view name) const noexcept;

    // What `granted` unlocks: themselves and what they imply; of the wildcard, everything. No allocation.
    [[nodiscard]] scope_set closure(const scope_set& granted) const noexcept;
    [[nodiscard]] std::optional<scope_number> scope(std::string_view name) const noexcept;
    [[nodiscard]] std::string_view scope_name(scope_number n) const noexcept;
    // Effective scopes as the upstream sees them: granted, and what they imply, in the catalogue's order; of the
    // wildcard only its name. Space-separated. full_access: the whole catalogue.
    [[nodiscard]] std::string effective_scopes(const scope_set& granted, bool full_access) const;

 private:
    struct scope_facts {
        scope_number number = 0;
        scope_set unlocks;       // itself and what it implies
        scope_set satisfied_by;  // itself, what implies it, the wildcard
    };
    std::vector<scope_facts> scope_facts_;      // parallel to scope_numbers
    std::vector<std::size_t> catalogue_order_;  // catalogue entries as indexes into scope_numbers
    std::optional<scope_number> wildcard_;
};

struct host_entry {
    const api* of = nullptr;
    std::uint32_t environment = 0;  // index into of->environments
};

class rulebook {
 public:
    api& add(std::unique_ptr<api> a);  // seals it
    // `host` lower-case without port, or "*". False: taken.
    bool add_host(std::string host, const api& of, std::uint32_t environment);

    // `host`: lower-case, port and final dot removed (codec). Empty: only "*" takes it. Nothing: host_unknown.
    [[nodiscard]] const host_entry* find(std::string_view host) const noexcept;
    [[nodiscard]] const api* by_name(std::string_view name) const noexcept;
    [[nodiscard]] const std::vector<std::unique_ptr<api>>& apis() const noexcept { return apis_; }
    [[nodiscard]] const std::vector<std::pair<std::string, host_entry>>& hosts() const noexcept { return host_list_; }

 private:
    struct hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view s) const noexcept { return std::hash<std::string_view>{}(s); }
    };
    std::vector<std::unique_ptr<api>> apis_;
    std::unordered_map<std::string, host_entry, hash, std::equal_to<>> hosts_;
    std::vector<std::pair<std::string, host_entry>> host_list_;
    host_entry any_;
};

}  // namespace tollgate
