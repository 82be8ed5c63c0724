// mac_keeper.hpp - the ring of MAC keys as it is now, for every thread: derived anew when the ledger says that keys have changed.
//
// A thread keeps the ring that it has and asks version() each time, which is one load of what nobody writes; only when it moved does
// it fetch the new one. A new ring is there before the change that brought it is answered.
// Threads: version() and ring() any; the others one at a time, and not from an event loop. Lifetime: the rulebook of the last
// set_rules() outlives it.
#pragma once

#include "tollgate/base/secret.hpp"
#include "tollgate/model/mac_key.hpp"
#include "tollgate/rules/mac_ring.hpp"
#include "tollgate/rules/rulebook.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace tollgate {

class mac_keeper {
 public:
    // Without a master there are no keys.
    explicit mac_keeper(secret master) : master_(std::move(master)) {}

    void set_rules(const rulebook& book);
    void set_keys(std::vector<mac_key> keys);

    [[nodiscard]] std::uint64_t version() const noexcept { return version_.load(std::memory_order_acquire); }
    [[nodiscard]] std::shared_ptr<const mac_ring> ring() const;

 private:
    void derive();

    const secret master_;
    mutable std::mutex mutex_;
    const rulebook* book_ = nullptr;
    std::vector<mac_key> keys_;
    std::shared_ptr<const mac_ring> ring_ = std::make_shared<const mac_ring>();
    std::atomic<std::uint64_t> version_{1};
};

// One thread's hold of the ring.
class mac_hold {
 public:
    explicit mac_hold(const mac_keeper& of) : of_(of) {}
    [[nodiscard]] const mac_ring& now() {
        if (const auto version = of_.version(); version != seen_) [[unlikely]] {
            ring_ = of_.ring();
            seen_ = version;
        }
        return *ring_;
    }

 private:
    const mac_keeper& of_;
    std::uint64_t seen_ = 0;
    std::shared_ptr<const mac_ring> ring_;
};

}  // namespace tollgate
