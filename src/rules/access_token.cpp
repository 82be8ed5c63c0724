#include "tollgate/rules/access_token.hpp"

#include "tollgate/base/bounds.hpp"
#include "tollgate/codec/base64.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace tollgate {

namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::uint8_t kParentBits = 3, kClient = 4, kUser = 8, kEveryScope = 16, kSecondFactor = 32, kKnown = 63;
constexpr std::size_t kTagBytes = 32;

class writer {
 public:
    template <class T>
    void number(T value) {
        for (int shift = static_cast<int>(sizeof(T)) * 8 - 8; shift >= 0; shift -= 8)
            text_.push_back(static_cast<char>(static_cast<std::uint64_t>(value) >> shift & 0xff));
    }
    void id(const token_id& id) { text_.append(reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()); }
    void who(const held& h) {
        id(h.who.id);
        number(h.epoch);
    }
    // A bit each, lowest first, as many bytes as it takes.
    void scopes(const scope_set& set) {
        std::array<std::uint8_t, bounds::scopes_per_api / 8> bits{};
        std::size_t size = 0;
        set.each([&](scope_number n) {
            bits[n / 8] = static_cast<std::uint8_t>(bits[n / 8] | 1u << n % 8);
            size = n / 8 + 1u;
        });
        text_.append(reinterpret_cast<const char*>(bits.data()), size);
    }
    // The finished text, with the tag of `key`.
    [[nodiscard]] secret signed_by(const hmac_key& key, std::string_view prefix) {
        const auto tag = key.tag(text_);
        text_.append(reinterpret_cast<const char*>(tag.data()), tag.size());
        auto out = std::string(prefix) + base64url({reinterpret_cast<const std::uint8_t*>(text_.data()), text_.size()});
        wipe(text_.data(), text_.size());
        return secret(std::move(out));
    }

 private:
    std::string text_;
};

// The bytes of a text, once its tag was found to be right.
class reader {
 public:
    // Whether `text` is what the API's key of that use has signed.
    bool open(std::string_view text, std::string_view prefix, const api& of, mac_use use, const mac_ring& ring, timestamp now) noexcept {
        if (prefix.empty() || !text.starts_with(prefix)) return false;
        const auto size = read_base64url(text.substr(prefix.size()), bytes_);
        if (!size || *size < kTagBytes + 5) return false;
        end_ = *size - kTagBytes;
        if (number<std::uint8_t>() != kVersion) return false;
        const auto* signer = ring.find(of, number<std::uint32_t>(), now);
        if (signer == nullptr) return false;
        const std::string_view body(reinterpret_cast<const char*>(bytes_.data()), end_);
        return signer->of(use).verifies(body, std::span<const std::uint8_t, kTagBytes>(bytes_.data() + end_, kTagBytes));
    }
    template <class T>
    T number() noexcept {
        std::uint64_t value = 0;
        if (end_ - at_ < sizeof(T)) ok_ = false;
        else
            for (std::size_t i = 0; i < sizeof(T); ++i) value = value << 8 | bytes_[at_++];
        return static_cast<T>(value);
    }
    token_id id() noexcept {
        token_id out;
        for (auto& b : out.bytes) b = number<std::uint8_t>();
        return out;
    }
    held who(holder_kind kind) noexcept {
        held out{{kind, id()}, 0};
        out.epoch = number<std::uint32_t>();
        return out;
    }
    // What is left.
    void scopes(scope_set& out) noexcept {
        ok_ = ok_ && end_ - at_ <= bounds::scopes_per_api / 8;
        for (std::size_t base = 0; ok_ && at_ < end_; base += 8)
            for (unsigned bits = bytes_[at_++], bit = 0; bit < 8; ++bit)
                if ((bits >> bit & 1) != 0) out.add(static_cast<scope_number>(base + bit));
    }
    timestamp time() noexcept { return {static_cast<std::int64_t>(number<std::uint64_t>())}; }
    [[nodiscard]] bool finished() const noexcept { return ok_ && at_ == end_; }

 private:
    std::array<std::uint8_t, bounds::access_token_bytes> bytes_{};
    std::size_t at_ = 0, end_ = 0;
    bool ok_ = true;
};

// The state that `claimed` leaves of a token: revoked when it is another than it was.
token_state state_by(const held& claimed, const grant& now) noexcept { return now.epoch == claimed.epoch ? now.state : token_state::revoked; }

}  // namespace

secret write_access_token(const access_claims& claims, std::string_view prefix, const mac_ring::signer& by) {
    writer out;
    out.number(kVersion);
    out.number(by.id);
    auto flags = static_cast<std::uint8_t>(claims.parent.who.kind);
    if (claims.client) flags |= kClient;
    if (claims.user) flags |= kUser;
    if (claims.every_scope) flags |= kEveryScope;
    if (claims.assurance > 1) flags |= kSecondFactor;
    out.number(flags);
    out.id(claims.id);
    out.number(static_cast<std::uint32_t>(claims.api));
    out.number(static_cast<std::uint32_t>(claims.environment));
    out.who(claims.parent);
    if (claims.client) out.who(*claims.client);
    if (claims.user) out.who(*claims.user);
    out.number(claims.issued_at.us);
    out.number(claims.expires_at.us);
    if (claims.assurance > 1) out.number(claims.asserted_at.us);
    if (!claims.every_scope) out.scopes(claims.scopes);
    return out.signed_by(by.access, prefix);
}

std::optional<access_claims> read_access_token(std::string_view text, const api& of, const mac_ring& ring, timestamp now) noexcept {
    reader in;
    if (!in.open(text, of.rules.oauth.access_prefix, of, mac_use::access, ring, now)) return std::nullopt;
    const auto flags = in.number<std::uint8_t>();
    const auto kind = static_cast<holder_kind>(flags & kParentBits);
    if ((flags & ~kKnown) != 0 || kind > holder_kind::client) return std::nullopt;
    access_claims out;
    out.id = in.id();
    out.api = static_cast<atom>(in.number<std::uint32_t>());
    out.environment = static_cast<atom>(in.number<std::uint32_t>());
    out.parent = in.who(kind);
    if ((flags & kClient) != 0) out.client = in.who(holder_kind::client);
    if ((flags & kUser) != 0) out.user = in.who(holder_kind::user);
    out.issued_at = in.time();
    out.expires_at = in.time();
    out.every_scope = (flags & kEveryScope) != 0;
    out.assurance = (flags & kSecondFactor) != 0 ? 2 : 1;
    if (out.assurance > 1) out.asserted_at = in.time();
    if (!out.every_scope) in.scopes(out.scopes);
    if (!in.finished() || out.api != of.number || !out.expires_at.is_set()) return std::nullopt;
    return out;
}

grant grant_of(const access_claims& claims, const grant& parent, const grant* client, const grant* user, const api& of) noexcept {
    grant out = parent;
    out.id = claims.id;
    out.superseded_at = {};
    out.state = state_by(claims.parent, parent);
    if (parent.environment != claims.environment && claims.parent.who.kind != holder_kind::client) out.state = token_state::revoked;
    out.environment = claims.environment;
    const auto weigh = [&out](const std::optional<held>& claimed, const grant* now) {
        if (!claimed) return;
        const auto state = now == nullptr ? token_state::revoked : state_by(*claimed, *now);
        if (state == token_state::revoked || (state == token_state::disabled && out.state == token_state::active)) out.state = state;
    };
    if (claims.parent.who.kind == holder_kind::client) {
        out.kind = of.client_kind;
        out.audience = of.client_audience;
    }
    weigh(claims.client, client);
    weigh(claims.user, user);
    out.expires_at = parent.expires_at.is_set() ? std::min(parent.expires_at, claims.expires_at) : claims.expires_at;
    out.second_factor = claims.assurance > 1;
    out.asserted_at = claims.asserted_at;
    if (claims.every_scope) return out;
    out.full_access = false;
    out.scopes = claims.scopes;
    if (parent.full_access || claims.scopes.within(parent.scopes)) return out;
    out.scopes = of.closure(claims.scopes);
    out.scopes &= of.closure(parent.scopes);
    return out;
}

secret write_refresh_token(const refresh_claims& claims, std::string_view prefix, const mac_ring::signer& by) {
    writer out;
    out.number(kVersion);
    out.number(by.id);
    out.id(claims.authorization);
    out.number(claims.generation);
    out.number(claims.expires_at.us);
    return out.signed_by(by.refresh, prefix);
}

std::optional<refresh_claims> read_refresh_token(std::string_view text, const api& of, const mac_ring& ring, timestamp now) noexcept {
    reader in;
    if (!in.open(text, of.rules.oauth.refresh_prefix, of, mac_use::refresh, ring, now)) return std::nullopt;
    refresh_claims out;
    out.authorization = in.id();
    out.generation = in.number<std::uint32_t>();
    out.expires_at = in.time();
    return in.finished() ? std::optional(out) : std::nullopt;
}

}  // namespace tollgate
