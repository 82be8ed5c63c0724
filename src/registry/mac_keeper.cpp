#include "tollgate/registry/mac_keeper.hpp"

namespace tollgate {

void mac_keeper::set_rules(const rulebook& book) {
    const std::lock_guard lock(mutex_);
    book_ = &book;
    derive();
}

void mac_keeper::set_keys(std::vector<mac_key> keys) {
    const std::lock_guard lock(mutex_);
    keys_ = std::move(keys);
    derive();
}

std::shared_ptr<const mac_ring> mac_keeper::ring() const {
    const std::lock_guard lock(mutex_);
    return ring_;
}

// The version is raised last: who sees it finds the ring.
void mac_keeper::derive() {
    if (book_ == nullptr || master_.empty()) return;
    ring_ = std::make_shared<const mac_ring>(master_, keys_, *book_);
    version_.fetch_add(1, std::memory_order_acq_rel);
}

}  // namespace tollgate
