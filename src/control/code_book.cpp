#include "tollgate/control/code_book.hpp"

#include "tollgate/base/bounds.hpp"
#include "tollgate/codec/base64.hpp"
#include "tollgate/crypto/sha256.hpp"

#include <array>

namespace tollgate {

secret code_book::issue(code_grant what) {
    std::array<std::uint8_t, 32> bytes{};
    random_.fill(bytes);
    secret text(base64url(bytes));
    const auto key = sha256(text.reveal());
    const auto now = time_.now();
    const std::lock_guard lock(mutex_);
    make_room(now);
    codes_.emplace(key, entry{std::move(what), now + bounds::code_time, false, {}});
    order_.push_back(key);
    return text;
}

// A code that was redeemed stays for a while longer than it would have worked, so that it is known when it comes again.
void code_book::make_room(timestamp now) {
    const auto is_over = [&](const digest& key) { return now >= codes_.at(key).ends_at + 10 * bounds::code_time; };
    while (!order_.empty() && (order_.size() >= bounds::codes || is_over(order_.front()))) {
        codes_.erase(order_.front());
        order_.pop_front();
    }
}

code_book::redeemed code_book::redeem(std::string_view code) {
    const auto key = sha256(code);
    const std::lock_guard lock(mutex_);
    const auto found = codes_.find(key);
    if (found == codes_.end()) return {};
    auto& e = found->second;
    if (e.spent) return {std::nullopt, e.authorization};
    if (time_.now() >= e.ends_at) return {};
    e.spent = true;
    return {e.what, {}};
}

void code_book::noted(std::string_view code, std::string authorization) {
    const auto key = sha256(code);
    const std::lock_guard lock(mutex_);
    if (const auto found = codes_.find(key); found != codes_.end()) found->second.authorization = std::move(authorization);
}

std::size_t code_book::size() const {
    const std::lock_guard lock(mutex_);
    return order_.size();
}

}  // namespace tollgate
