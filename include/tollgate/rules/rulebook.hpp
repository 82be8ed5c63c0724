// rulebook.hpp - everything that a configuration says about requests: immutable, swapped whole.
//
// host -> (API, environment); per API its contract, routes and wording.
// Threads: immutable after seal(); any.
#pragma once

#include "tollgate/model/atom.hpp"
#include "tollgate/rules/contract.hpp"
#include "tollgate/rules/openapi.hpp"

#include <memory>
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

struct environment {
    std::string name;             // empty where the contract names none
    atom number = atom::none;
    std::uint32_t pool = 0;       // index of the upstream pool in the server's table
};

struct api {
    std::string name;
    atom number = atom::none;
    contract rules;
    route_table routes;
    std::vector<scope_entry> catalogue;
    std::vector<std::pair<std::string, scope_number>> scope_numbers;
    std::vector<environment> environments;    // at least one; parallel to rules.environments where that is not empty
    std::vector<atom> kind_numbers;           // parallel to rules.kinds
    unlisted_mode unlisted = unlisted_mode::refuse;
    publish_mode publish = publish_mode::off;
    cors_rules cors;
    bool trusts_caller_identity = false;      // built-in API on the management socket: the peer is the operator
    std::string published;                    // /openapi.json
    route self_route;                         // what `unlisted: forward` judges by: a valid token, no scope
    scope_set everything;                     // every scope of the API, for full_access

    [[nodiscard]] std::optional<scope_number> scope(std::string_view name) const noexcept;
    [[nodiscard]] std::string_view scope_name(scope_number n) const noexcept;
    // Effective scopes as the upstream sees them: granted, and what they imply; space-separated.
    [[nodiscard]] std::string effective_scopes(const scope_set& granted, bool full_access) const;
};

struct host_entry {
    const api* of = nullptr;
    std::uint32_t environment = 0;  // index into of->environments
};

class rulebook {
 public:
    api& add(std::unique_ptr<api> a);
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
