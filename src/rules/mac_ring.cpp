#include "tollgate/rules/mac_ring.hpp"

#include "tollgate/crypto/hkdf.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace tollgate {

namespace {

hmac_key derive(const secret& master, std::string_view use, std::uint32_t id, std::string_view api_name) {
    std::array<std::uint8_t, 32> bytes{};
    hkdf_sha256(master.reveal(), {}, fmt::format("tollgate {} 1 {} {}", use, id, api_name), bytes);
    hmac_key out(bytes);
    wipe(bytes.data(), bytes.size());
    return out;
}

}  // namespace

mac_ring::mac_ring(const secret& master, const std::vector<mac_key>& keys, const rulebook& book) {
    for (const auto& of : book.apis()) {
        if (!of->rules.oauth.enabled()) continue;
        auto& signers = by_api_.emplace_back(of_api{of->name, {}}).signers;
        for (const auto& k : keys)
            signers.push_back(
                {k.id, k.verifies_until.value_or(timestamp{}), derive(master, "access", k.id, of->name), derive(master, "refresh", k.id, of->name)});
        std::sort(signers.begin(), signers.end(), [](const signer& a, const signer& b) { return a.id < b.id; });
    }
}

const mac_ring::of_api* mac_ring::find(const api& of) const noexcept {
    const auto at = std::find_if(by_api_.begin(), by_api_.end(), [&of](const of_api& a) { return a.name == of.name; });
    return at == by_api_.end() ? nullptr : &*at;
}

const mac_ring::signer* mac_ring::current(const api& of) const noexcept {
    const auto* const found = find(of);
    if (found == nullptr || found->signers.empty()) return nullptr;
    const auto& newest = found->signers.back();
    return newest.verifies_until.is_set() ? nullptr : &newest;
}

const mac_ring::signer* mac_ring::find(const api& of, std::uint32_t id, timestamp now) const noexcept {
    const auto* const found = find(of);
    if (found == nullptr) return nullptr;
    const auto& signers = found->signers;
    const auto at = std::find_if(signers.rbegin(), signers.rend(), [id](const signer& s) { return s.id == id; });
    if (at == signers.rend() || (at->verifies_until.is_set() && now >= at->verifies_until)) return nullptr;
    return &*at;
}

}  // namespace tollgate
