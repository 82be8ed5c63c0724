#include "tollgate/crypto/tls_tickets.hpp"

#include "tollgate/base/secret.hpp"

#include <algorithm>

namespace tollgate {

tls_tickets::tls_tickets(random_source& random) : random_(random) { rotate(); }

tls_tickets::~tls_tickets() { wipe(keys_.data(), sizeof keys_); }

void tls_tickets::rotate() {
    key next;
    random_.fill(next.name);
    random_.fill(next.seal);
    random_.fill(next.tag);
    const std::lock_guard lock(mutex_);
    std::ranges::move_backward(keys_.begin(), keys_.end() - 1, keys_.end());
    keys_.front() = next;
    count_ = std::min(count_ + 1, kept);
    wipe(&next, sizeof next);
}

tls_tickets::key tls_tickets::current() const {
    const std::lock_guard lock(mutex_);
    return keys_.front();
}

std::optional<tls_tickets::found> tls_tickets::find(const std::uint8_t* name) const {
    const std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < count_; ++i)
        if (std::equal(keys_[i].name.begin(), keys_[i].name.end(), name)) return found{keys_[i], i == 0};
    return std::nullopt;
}

}  // namespace tollgate
