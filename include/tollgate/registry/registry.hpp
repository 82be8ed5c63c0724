// registry.hpp - the tokens: commands that change them, queries that list them, and the index that data planes read.
//
// Commands build one change each and commit it through the ledger; what follows from it (digests, listing indexes,
// grants, audit link, invalidations) is derived in apply (src/registry/apply.cpp). A secret exists only in create()'s answer.
// Threads: any but an event loop's; commands, queries and read() block on the store.
// Errors: as ledger::commit; bad input is errc::invalid, with one entry a field in `problems`.
#pragma once

#include "tollgate/base/clock.hpp"
#include "tollgate/base/error.hpp"
#include "tollgate/base/log.hpp"
#include "tollgate/base/random.hpp"
#include "tollgate/base/secret.hpp"
#include "tollgate/model/atom.hpp"
#include "tollgate/model/change.hpp"
#include "tollgate/model/digest.hpp"
#include "tollgate/model/grant.hpp"
#include "tollgate/model/token.hpp"
#include "tollgate/registry/change_feed.hpp"
#include "tollgate/rules/rulebook.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate {

// Who asks, for the audit log (C-7).
struct caller {
    std::string actor;  // "operator:<uid>", "token:<id>"
    std::string from;   // "unix", or an address
};

struct create_token {
    std::string name;
    std::string kind, audience, environment, tenant, owner;  // empty: the contract's default
    std::vector<std::string> scopes;                         // empty: the contract's defaults (PR-2), or refused (PL-3, PA-1)
    std::vector<std::string> allowed_ips;
    std::string expires_in;                                  // "15d", "6mo", "never"; empty: the kind's lifetime
    std::string expires_at;                                  // RFC 3339; not both
};

struct field_problem {
    std::string field;  // as in the API: "scopes[1]"
    std::string what;
};

struct created_token {
    token record;
    secret text;  // shown once
};

struct token_query {
    std::string api{}, owner{}, tenant{};  // empty: any
    std::optional<token_state> state{};
    std::string q{};             // part of the name, any case
    std::string cursor{};        // of the page before
    std::size_t limit = 100;     // at most bounds::page_rows
};

struct token_page {
    std::vector<token> tokens;   // newest last
    std::string next_cursor;     // empty: that was all
};

class registry {
 public:
    struct dependencies {
        class clock& time;
        random_source& random;
        log_sink& log;
        change_feed& feed;
    };
    struct options {
        std::string path;                        // directory of the `control` database
        std::size_t cache_bytes = 256ull << 20;
    };
    static result<std::unique_ptr<registry>> open(const options& o, dependencies d);
    ~registry();

    // --- numbers (loading a configuration) ---
    // The number of a text, allotted and made durable where it is new.
    result<atom> number_of(std::string_view text);
    // The number of a scope of an API, likewise. Errors: full (bounds::scopes_per_api).
    result<scope_number> scope_number_of(std::string_view api, std::string_view scope);
    [[nodiscard]] const atom_table& atoms() const noexcept;

    // --- commands ---
    // `problems` gets every wrong field, not just the first.
    result<created_token> create(const api& of, const create_token& wish, const caller& who, std::vector<field_problem>& problems);
    // Permanent; a token that is revoked already answers its record unchanged. Errors: not_found.
    // `if_revision`: refused with conflict when the record has another.
    result<token> revoke(std::string_view id, const caller& who, std::optional<revision> if_revision = std::nullopt);

    // --- queries ---
    [[nodiscard]] result<token> show(std::string_view id) const;
    [[nodiscard]] result<token_page> list(const token_query& query) const;
    // The record behind a secret, revoked ones too. Errors: not_found.
    [[nodiscard]] result<token> find_by_secret(std::string_view text) const;
    // Audit events, newest first, at most `limit`.
    [[nodiscard]] result<std::vector<audit_event>> audit(std::size_t limit) const;

    // --- the data plane's cold read (blocking threads only) ---
    [[nodiscard]] result<std::optional<grant>> read(const digest& key) const;

    // --- the store's own state ---
    [[nodiscard]] bool is_open() const noexcept;
    void close();              // later calls answer unavailable; caches go on answering
    result<void> reopen();

    // Where tests suspend on purpose; empty outside tests, and set before the first call. "read:after": on the blocking
    // thread between a cold read and its answer. "commit:durable" and "commit:applied": by the committer, before and after
    // invalidations are published, both before anybody is answered.
    std::function<void(std::string_view point)> probe;

 private:
    struct impl;
    explicit registry(std::unique_ptr<impl> i);
    std::unique_ptr<impl> impl_;
};

}  // namespace tollgate
