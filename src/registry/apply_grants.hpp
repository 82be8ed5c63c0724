// apply_grants.hpp - what follows from a change of an authorization, a MAC key or a revoked access token.
//
// A part of token_applier, with its rules: deterministic, and revoked is sticky; besides, an authorization's generation never falls.
// Threads: the committer; bits() any; load() while there is no committer yet.
// Errors: invalid (a record that is not one), full (bounds::revoked_access_tokens, bounds::mac_keys).
#pragma once

#include "numbers.hpp"
#include "revoked_bits.hpp"

#include "tollgate/model/authorization.hpp"
#include "tollgate/model/digest.hpp"
#include "tollgate/model/mac_key.hpp"
#include "tollgate/registry/mac_keeper.hpp"
#include "tollgate/store/ledger.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate {

class grants_applier {
 public:
    struct plan {
        std::vector<authorization> authorizations;
        std::vector<mac_key> keys;
        std::vector<revoked_access> revoked;
    };

    grants_applier(const database& db, number_table& numbers, mac_keeper& macs) : db_(db), numbers_(numbers), macs_(macs) {}

    [[nodiscard]] static bool is_kind(std::string_view key) noexcept;
    result<void> read(record_put& put, const record_view& before, plan& into) const;
    [[nodiscard]] static std::size_t names_of(const plan& p) noexcept { return p.authorizations.size() * 7; }
    // `at`: of the change's event. What is changed goes to `changed`.
    void write(const plan& p, timestamp at, write_batch& batch, std::vector<digest>& changed);
    void applied();
    void discarded();

    // From the store, when it was opened. `scan`: the ledger's.
    result<void> load(const ledger& from);
    [[nodiscard]] const revoked_bits& bits() const noexcept { return bits_; }

 private:
    result<void> read_authorization(record_put& put, const record_view& before, plan& into) const;
    result<void> read_key(const record_put& put, plan& into) const;
    result<void> read_revoked(const record_put& put, plan& into) const;
    void drop_ended(timestamp at, write_batch& batch);

    const database& db_;
    number_table& numbers_;
    mac_keeper& macs_;
    revoked_bits bits_;
    std::map<std::uint32_t, mac_key> keys_, fresh_keys_;  // durable; of the group under way
    std::size_t revoked_ = 0;                             // durable and under way
    std::size_t added_ = 0, dropped_ = 0;                 // of the group under way
};

}  // namespace tollgate
