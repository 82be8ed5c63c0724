// attempts.hpp - how tries to guess something are slowed: some are free, then each must wait twice as long as the one before.
//
// Counts by key, whatever is behind it: an account that does not exist is slowed as one that does. A try that came too early is not
// counted, so nobody is locked out for good by somebody else's guessing: the wait never exceeds `longest`.
// Pure: no clock. Threads: none of its own; callers lock. Bounds: `cells` keys; beyond, the one that was quiet longest goes.
#pragma once

#include "tollgate/base/clock.hpp"
#include "tollgate/model/digest.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <unordered_map>

namespace tollgate {

struct attempt_rules {
    std::uint32_t free = 5;                    // tries at once
    std::chrono::seconds longest{60};          // between two tries
    std::chrono::seconds forgotten_after{900};  // without a try
};

class attempts {
 public:
    attempts(const attempt_rules& rules, std::size_t cells) : rules_(rules), cells_(cells) {}

    // How long until a try under `key` may be looked at; zero: now.
    [[nodiscard]] std::chrono::microseconds wait(const digest& key, timestamp now) const;
    // A try is looked at, and counts as failed until it is known better: many at once count one by one.
    void began(const digest& key, timestamp now);
    // It was right: everything before it is forgotten.
    void forget(const digest& key);
    // It was right, and says nothing about those before it (an address that many share, or that guesses beside its own account).
    void take_back(const digest& key);

    [[nodiscard]] std::size_t size() const noexcept { return by_key_.size(); }

 private:
    struct cell {
        digest key;
        std::uint32_t tries = 0;
        timestamp last;
    };
    using place = std::list<cell>::iterator;
    [[nodiscard]] bool is_forgotten(const cell& c, timestamp now) const { return now >= c.last + rules_.forgotten_after; }

    attempt_rules rules_;
    std::size_t cells_;
    std::list<cell> order_;  // quiet longest first
    std::unordered_map<digest, place> by_key_;
};

}  // namespace tollgate
