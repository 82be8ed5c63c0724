// registry.hpp - the tokens: commands that change them, queries that list them, and the index that data planes read.
//
// Commands build one change each and commit it through the ledger; what follows from it (digests, listing indexes,
// grants, audit link, invalidations) is derived in apply (src/registry/apply.cpp). A secret exists only in the answers of
// create() and rotate().
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
#include "tollgate/model/token_id.hpp"
#include "tollgate/model/user.hpp"
#include "tollgate/registry/actors.hpp"
#include "tollgate/registry/change_feed.hpp"
#include "tollgate/registry/import.hpp"
#include "tollgate/registry/known_digests.hpp"
#include "tollgate/registry/mac_keeper.hpp"
#include "tollgate/rules/audit_chain.hpp"
#include "tollgate/rules/rulebook.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate {

struct latency_histogram;  // tollgate/telemetry/counters.hpp

// Who asks, for the audit log (C-7).
struct caller {
    std::string actor;  // "operator:<uid>", "token:<id>"
    std::string from;   // "unix", or an address
    std::string acting_as{};  // the actor that a token acted for (PL-8); empty: none
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

// What is to become of a token; what is unset stays as it is.
struct update_token {
    std::optional<std::string> name;
    std::optional<std::vector<std::string>> scopes;       // all of them; a token with Full access is narrowed to these (PA-2)
    std::optional<std::vector<std::string>> allowed_ips;  // all of them; empty: any
    std::optional<std::string> expires_in, expires_at;    // as in create_token; a kind's longest life counts from the creation
};

// On what a change depends besides the life of its token.
struct change_terms {
    caller who;
    std::optional<revision> if_revision{};               // refused with conflict when the record has another
    std::function<result<void>(const token&)> allowed{};  // asked with the record as it stands, before every try (C-14); empty: yes
};

// Which tokens go together, and how.
struct bulk_revocation {
    std::string api{}, owner{}, tenant{};           // empty: any
    std::optional<timestamp> issued_before{};
    std::function<bool(const token&)> reached{};    // what the caller may not reach does not count; empty: everything
    std::optional<std::size_t> expected{};          // conflict when another number matches
    bool count_only = false;
};

struct bulk_outcome {
    std::size_t matched = 0, revoked = 0;
};

struct token_query {
    std::string api{}, owner{}, tenant{};  // empty: any
    std::optional<token_state> state{};
    std::string scope{};         // was given, as such
    std::string q{};             // how the name, or a word in it, begins; any case
    std::optional<timestamp> expires_before{};  // and not revoked
    std::function<bool(const token&)> keep{};  // what else a row must be; empty: anything
    std::string cursor{};        // of the page before, with the same query
    std::size_t limit = 100;     // at most bounds::page_rows
};

struct token_page {
    std::vector<token> tokens;   // newest last
    std::string next_cursor;     // empty: that was all
};

struct restore_options;  // restore.hpp
struct restore_report;

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
        audit_key links{};                       // of the audit log's rows
        secret master{};                         // 32 bytes that keys of issued tokens are derived from; empty: there are none
    };
    static result<std::unique_ptr<registry>> open(options o, dependencies d);
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

    // Each of these is one change, retried while others change the same token, and answers the record as it then is. What
    // would change nothing leaves no trace. Errors: not_found, wrong_state (rules/lifecycle.hpp), and of the terms.
    // `of`: the token's API. `problems`: as in create().
    result<token> update(
        const api& of, std::string_view id, const update_token& wish, const change_terms& terms, std::vector<field_problem>& problems);
    // A new secret under the same id. `grace`: how long the one before goes on working; unset: what the contract says.
    result<created_token> rotate(const api& of, std::string_view id, const change_terms& terms, std::optional<lifetime> grace = std::nullopt);
    // Every old secret ends now.
    result<token> finish_grace(std::string_view id, const change_terms& terms);
    result<token> disable(std::string_view id, const change_terms& terms);
    result<token> enable(std::string_view id, const change_terms& terms);
    // Counts what matches and is not revoked, then revokes each, with an audit event of its own. When it fails on the way,
    // what was revoked stays so, and the same call goes on from there. Errors: full (bounds::bulk_tokens).
    result<bulk_outcome> revoke_all(const bulk_revocation& which, const caller& who);

    // An entry of the registry of `of`, for a tenant and environment (PL-8). `problems` as above.
    result<actor> add_actor(const api& of, const create_actor& wish, const caller& who, std::vector<field_problem>& problems);
    // Permanent; one that was removed already answers its record unchanged. Errors: not_found, conflict (as revoke).
    result<actor> remove_actor(std::string_view id, const caller& who, std::optional<revision> if_revision = std::nullopt);

    // --- moving in and out ---
    // `lines`: JSON objects, one a line. A line with a problem is left out, named, and stops no other.
    result<import_report> import_lines(std::string_view lines, const import_options& how, const caller& who);
    // Records behind the id `cursor`, revoked ones too, at most bounds::export_rows. `api` empty: of every API.
    [[nodiscard]] result<export_page> export_records(std::string_view api, const std::string& cursor) const;
    // A copy of the store in the directory `to`, which must not exist; changes go on. The copy has been opened and every
    // block of it read. Answers the newest revision in it.
    result<revision> backup(const std::string& to, const caller& who);

    // --- queries ---
    [[nodiscard]] result<token> show(std::string_view id) const;
    [[nodiscard]] result<token_page> list(const token_query& query) const;
    // The record behind a secret, revoked ones too. Errors: not_found.
    [[nodiscard]] result<token> find_by_secret(std::string_view text) const;
    // Removed ones too. Errors: not_found.
    [[nodiscard]] result<actor> show_actor(std::string_view id) const;
    [[nodiscard]] result<actor_page> list_actors(const actor_query& query) const;
    // Audit events, newest first, at most `limit`.
    [[nodiscard]] result<std::vector<audit_event>> audit(std::size_t limit) const;

    // Tokens of an API that end from `from` on and before `to`, soonest first, revoked ones apart, until `row` answers false.
    result<void> expiring(
        std::string_view of_api, timestamp from, timestamp to, const std::function<bool(const token_id& id, timestamp at)>& row) const;

    // Linked rows from revision `from` on (inclusive), oldest first or `back`wards, until `row` answers false. Errors besides
    // the store's: corrupt, for a row that is none.
    result<void> audit_scan(revision from, bool back, const std::function<bool(audit_row)>& row) const;
    // What the audit log durably ends in; nothing while it is empty.
    [[nodiscard]] std::optional<audit_head> audit_end() const;
    // An event that changes no record. An `audit.cut` takes rows away (src/store/FORMAT.md): only audit/audit_keeper makes one.
    result<revision> note(audit_event event);

    // --- the data plane's cold read (blocking threads only) ---
    // `key`: a digest, or a holder's (model/holder.hpp). A revoked access token is a revoked grant; one that was not, nothing.
    [[nodiscard]] result<std::optional<indexed_grant>> read(const digest& key) const;
    // Which digests are worth a read.
    [[nodiscard]] known_digests& known() const noexcept;

    // --- tokens that are not stored (authorizations.hpp has the commands) ---
    // Their keys, as they are now. Any thread.
    [[nodiscard]] mac_keeper& macs() const noexcept;
    // False: certainly not revoked by itself. True: read() of its holder key knows. Any thread, no I/O.
    [[nodiscard]] bool maybe_revoked(const token_id& access) const noexcept;

    // --- the store's own state ---
    [[nodiscard]] bool is_open() const noexcept;
    // From when a group of changes is taken until it is durable; from then until every thread decides by it.
    [[nodiscard]] const latency_histogram& changes_durable() const noexcept;
    [[nodiscard]] const latency_histogram& changes_visible() const noexcept;
    void close();              // later calls answer unavailable; caches go on answering
    result<void> reopen();
    // Writes into tables what only the log has, where that is much: it is read again on every start. Blocking.
    result<void> write_out();
    // Closes and opens where that alone gets changes going again, and the disk takes writes; else nothing is done.
    result<void> recover();

    // Where tests suspend on purpose; empty outside tests, and set before the first call. "read:after": on the blocking
    // thread between a cold read and its answer. "commit:durable" and "commit:applied": by the committer, before and after
    // invalidations are published, both before anybody is answered.
    std::function<void(std::string_view point)> probe;

 private:
    struct impl;
    friend class authorization_book;
    class importer;
    class restorer;
    friend class user_directory;    // users.hpp
    friend class client_directory;  // clients.hpp
    friend result<user> find_user(const registry& in, std::string_view id);
    friend result<restore_report> restore_store(const restore_options& how, const dependencies& with);
    explicit registry(std::unique_ptr<impl> i);
    std::unique_ptr<impl> impl_;
};

}  // namespace tollgate
