// apply.hpp - what follows from a change: digests and their grants, listings, numbers, the audit row, invalidations.
//
// Deterministic: two nodes that apply the same changes in the same order have the same rows. What can be refused is
// refused before anything is taken, so that a refused change leaves no trace.
// Revoked is sticky: whatever a later or reordered change says, a revoked token stays revoked, and so do its digests; a
// digest that leaves its token's record becomes a tombstone.
// Threads: the ledger's committer; numbers().atoms() and find_scope() any.
// Errors: invalid (a record that is not one), exists (a digest that another token has), full (numbers).
#pragma once

#include "apply_grants.hpp"
#include "numbers.hpp"
#include "record_step.hpp"

#include "directory_rows.hpp"

#include "tollgate/model/actor.hpp"
#include "tollgate/model/oauth_client.hpp"
#include "tollgate/model/token.hpp"
#include "tollgate/model/token_id.hpp"
#include "tollgate/model/user.hpp"
#include "tollgate/registry/change_feed.hpp"
#include "tollgate/registry/known_digests.hpp"
#include "tollgate/rules/audit_chain.hpp"
#include "tollgate/store/disk_room.hpp"
#include "tollgate/store/ledger.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <functional>
#include <mutex>
#include <optional>
#include <vector>

namespace tollgate {

class token_applier final : public change_applier {
 public:
    // `at` is called with "commit:derive" for each change, then "commit:discarded", or "commit:durable" and "commit:applied", where tests suspend.
    token_applier(const database& db, change_feed& feed, mac_keeper& macs, std::function<void(std::string_view)> at, audit_key links = {});

    // Changes that only add are refused (unavailable) while it is low. Outlives the applier.
    void mind(disk_room& room) noexcept { room_ = &room; }
    // Is told of every digest that the index gets. Outlives the applier.
    void tell(known_digests& known) noexcept { known_ = &known; }
    // Before the first change, and by reopened(): numbers and the audit log's head, from the store.
    result<void> load();

    result<void> derive(revision r, change& c, const record_view& before, write_batch& batch) override;
    void close_group(write_batch& batch) override;
    void applied(revision r) noexcept override;
    void discarded() noexcept override;
    result<void> reopened() override;

    [[nodiscard]] number_table& numbers() noexcept { return numbers_; }
    [[nodiscard]] grants_applier& grants() noexcept { return grants_; }
    // What the audit log durably ends in; nothing while it is empty. Any thread.
    [[nodiscard]] std::optional<audit_head> audit_end() const;

 private:
    struct secret_of {
        digest key;
        const token_generation* generation;
    };
    struct token_step {
        explicit token_step(token& t) noexcept : becomes(t) {}
        token_id id;
        std::optional<token> was;
        token& becomes;  // in its change, which ends with its caller
        std::vector<secret_of> secrets;
        std::vector<digest> dropped;  // in `was`, no longer in `becomes`
    };
    struct actor_step : record_step<actor> {
        digest key;
    };
    struct plan {
        std::vector<token_step> tokens;
        std::vector<actor_step> actors;
        grants_applier::plan grants;
        std::vector<record_step<user>> users;
        std::vector<record_step<oauth_client>> clients;
        std::vector<std::string> names;
        std::vector<std::pair<std::string, std::string>> scopes;  // API, scope
    };

    result<plan> read(change& c, const record_view& before) const;
    result<void> read_token(record_put& put, const record_view& before, plan& into) const;
    result<void> read_actor(record_put& put, const record_view& before, plan& into) const;
    result<void> read_user(record_put& put, const record_view& before, plan& into) const;
    result<void> read_client(record_put& put, const record_view& before, plan& into) const;
    template <class T>
    result<void> vacant_names(const record_step<T>& step) const;
    result<void> read_scope(const record_put& put, plan& into) const;
    result<void> read_secrets(token_step& step, const plan& others) const;
    // Whether `id` may have the key; exists, in these words: another has it.
    result<void> vacant(const digest& key, const token_id& id, std::string_view taken) const;
    result<void> admit(const plan& p) const;
    void put_index(const digest& key, const indexed_grant& row, write_batch& batch);
    void write(const token_step& step, write_batch& batch);
    void write_audit(revision r, const audit_event& event, write_batch& batch);
    void write(const actor_step& step, write_batch& batch);
    template <class T>
    void write(const record_step<T>& step, write_batch& batch);
    static void write_listing(const std::vector<std::string>& then, const std::vector<std::string>& now, write_batch& batch);

    const database& db_;
    change_feed& feed_;
    std::function<void(std::string_view)> at_;
    disk_room* room_ = nullptr;
    known_digests* known_ = nullptr;
    number_table numbers_;
    grants_applier grants_;
    std::vector<digest> changed_;  // of the group under way
    audit_key links_;
    audit_head head_;  // of the group under way
    audit_head end_;  // durable; under `end_mutex_`
    mutable std::mutex end_mutex_;
    std::uint64_t last_user_ = 0, last_user_end_ = 0;  // the highest number of a user: of the group under way; durable
    boost::unordered_flat_map<digest, token_id, std::hash<digest>> taken_;  // likewise: digests and their tokens
};

}  // namespace tollgate
