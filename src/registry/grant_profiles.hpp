// grant_profiles.hpp - what many grants have in common, kept once: scopes and the words of API, kind, audience and environment.
//
// A cache of a million grants holds a few hundred different ones of these; keeping them apart halves what an entry takes.
// Threads: one. Bounds: as many profiles as grants that name them; the last one that leaves takes its profile along.
#pragma once

#include "tollgate/base/check.hpp"
#include "tollgate/model/grant.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <functional>
#include <vector>

namespace tollgate {

struct grant_profile {
    scope_set scopes;
    timestamp asserted_at;
    atom api = atom::none;
    atom kind = atom::none;
    atom audience = atom::none;
    atom environment = atom::none;
    atom version = atom::none;
    bool full_access = false;
    bool second_factor = false;
    friend bool operator==(const grant_profile&, const grant_profile&) = default;
};

// A grant without its profile.
struct kept_grant {
    token_id id;
    timestamp expires_at;
    timestamp superseded_at;
    atom tenant = atom::none;
    atom owner = atom::none;
    std::uint32_t epoch = 0;
    std::uint32_t generation = 0;
    std::uint32_t profile = 0;
    token_state state = token_state::revoked;
    bool restricted_addresses = false;
};

class grant_profiles {
 public:
    // Counts one more grant under its profile.
    kept_grant keep(const grant& g) {
        const auto number = intern({g.scopes, g.asserted_at, g.api, g.kind, g.audience, g.environment, g.version, g.full_access, g.second_factor});
        return {g.id, g.expires_at, g.superseded_at, g.tenant, g.owner, g.epoch, g.generation, number, g.state, g.restricted_addresses};
    }
    void release(const kept_grant& g) noexcept {
        auto& e = entries_[g.profile];
        TOLLGATE_CHECK(e.grants > 0);
        if (--e.grants != 0) return;
        numbers_.erase(e.what);
        free_.push_back(g.profile);  // room was made by intern()
    }
    void restore(const kept_grant& from, grant& into) const noexcept {
        const auto& p = entries_[from.profile].what;
        into.id = from.id;
        into.scopes = p.scopes;
        into.expires_at = from.expires_at;
        into.superseded_at = from.superseded_at;
        into.api = p.api;
        into.kind = p.kind;
        into.audience = p.audience;
        into.environment = p.environment;
        into.tenant = from.tenant;
        into.owner = from.owner;
        into.version = p.version;
        into.epoch = from.epoch;
        into.generation = from.generation;
        into.state = from.state;
        into.full_access = p.full_access;
        into.second_factor = p.second_factor;
        into.asserted_at = p.asserted_at;
        into.restricted_addresses = from.restricted_addresses;
    }
    void clear() noexcept {
        entries_.clear();
        free_.clear();
        numbers_.clear();
    }
    [[nodiscard]] std::size_t size() const noexcept { return numbers_.size(); }

 private:
    struct entry {
        grant_profile what;
        std::uint32_t grants = 0;
    };
    struct profile_hash {
        std::size_t operator()(const grant_profile& p) const noexcept {
            std::uint64_t h = static_cast<std::uint64_t>(p.asserted_at.us);
            const auto mix = [&](std::uint64_t word) { h = (h ^ word) * 0x9e37'79b9'7f4a'7c15u, h ^= h >> 29; };
            for (const auto word : p.scopes.raw()) mix(word);
            mix(static_cast<std::uint64_t>(p.api) << 32 | static_cast<std::uint32_t>(p.kind));
            mix(static_cast<std::uint64_t>(p.audience) << 32 | static_cast<std::uint32_t>(p.environment));
            mix(static_cast<std::uint64_t>(p.version) << 2 | (p.full_access ? 2u : 0u) | (p.second_factor ? 1u : 0u));
            return h;
        }
    };

    std::uint32_t intern(const grant_profile& p) {
        const auto [at, fresh] = numbers_.try_emplace(p, 0);
        if (fresh) {
            if (free_.empty()) {
                at->second = static_cast<std::uint32_t>(entries_.size());
                entries_.push_back({p, 0});
                free_.reserve(entries_.capacity());
            } else {
                at->second = free_.back();
                free_.pop_back();
                entries_[at->second] = {p, 0};
            }
        }
        ++entries_[at->second].grants;
        return at->second;
    }

    std::vector<entry> entries_;
    std::vector<std::uint32_t> free_;
    boost::unordered_flat_map<grant_profile, std::uint32_t, profile_hash> numbers_;
};

}  // namespace tollgate
