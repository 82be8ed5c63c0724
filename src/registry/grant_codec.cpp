#include "grant_codec.hpp"

#include "keys.hpp"

#include <cstring>

namespace tollgate {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::uint8_t kStateBits = 3, kExpires = 4, kSuperseded = 8, kFullAccess = 16, kAddresses = 32, kSecondFactor = 64, kKnown = 127;
constexpr unsigned kMappedBits = 96, kFourBits = 129;  // of the IPv4 in IPv6; codes up to 128 are IPv6 prefixes

void append_varint(std::string& out, std::uint32_t value) {
    for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
    out.push_back(static_cast<char>(value));
}

std::uint8_t flags_of(const grant& g) {
    std::uint8_t flags = static_cast<std::uint8_t>(g.state);
    if (g.state == token_state::revoked) return flags;
    if (g.expires_at.is_set()) flags |= kExpires;
    if (g.superseded_at.is_set()) flags |= kSuperseded;
    if (g.full_access) flags |= kFullAccess;
    if (g.restricted_addresses) flags |= kAddresses;
    if (g.second_factor) flags |= kSecondFactor;
    return flags;
}

void append_scopes(std::string& out, const scope_set& scopes) {
    std::uint32_t n = 0;
    scopes.each([&](scope_number) { ++n; });
    append_varint(out, n);
    std::uint32_t next = 0;  // the lowest that may follow
    scopes.each([&](scope_number s) {
        append_varint(out, s - next);
        next = s + 1u;
    });
}

// Of each block only the bytes that its prefix reaches into. An IPv4 block counts its own bits, from kFourBits on.
void append_addresses(std::string& out, const std::vector<ip_block>& blocks) {
    append_varint(out, static_cast<std::uint32_t>(blocks.size()));
    for (const auto& b : blocks) {
        const bool four = b.base.is_v4() && b.prefix_bits >= kMappedBits;
        const auto bits = four ? b.prefix_bits - kMappedBits : b.prefix_bits;
        append_number(out, static_cast<std::uint8_t>(four ? kFourBits + bits : bits));
        const std::size_t skipped = four ? kMappedBits / 8 : 0;
        for (std::size_t i = 0; i < (bits + 7) / 8; ++i) out.push_back(static_cast<char>(b.base.bytes[skipped + i]));
    }
}

// Takes fields from the front of a row; once one is missing, all that follow are zero and ok() says no.
class row_reader {
 public:
    explicit row_reader(std::string_view row) : rest_(row) {}
    [[nodiscard]] bool ok() const noexcept { return ok_; }
    [[nodiscard]] bool at_end() const noexcept { return rest_.empty(); }

    template <class T>
    T fixed() {
        const auto value = take_number<T>(rest_);
        ok_ = ok_ && value.has_value();
        return value.value_or(0);
    }
    std::uint32_t varint() {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 35; shift += 7) {
            const auto byte = fixed<std::uint8_t>();
            value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
            if ((byte & 0x80) != 0) continue;
            ok_ = ok_ && value <= 0xffff'ffff;
            return static_cast<std::uint32_t>(value);
        }
        ok_ = false;
        return 0;
    }
    atom name() { return static_cast<atom>(varint()); }
    token_id id() {
        token_id id;
        for (auto& b : id.bytes) b = fixed<std::uint8_t>();
        return id;
    }
    scope_set scopes() {
        scope_set set;
        std::uint64_t next = 0;
        for (auto n = varint(); n > 0 && ok_; --n) {
            next += varint();
            if (next >= bounds::scopes_per_api) ok_ = false;
            else set.add(static_cast<scope_number>(next));
            ++next;
        }
        return set;
    }
    std::vector<ip_block> addresses() {
        std::vector<ip_block> blocks;
        for (auto n = varint(); n > 0 && ok_; --n) blocks.push_back(block());
        return blocks;
    }

 private:
    ip_block block() {
        const unsigned code = fixed<std::uint8_t>();
        const bool four = code >= kFourBits;
        const unsigned bits = four ? code - kFourBits : code;
        ip_block b{four ? ip_address::v4(0) : ip_address{}, four ? bits + kMappedBits : bits};
        ok_ = ok_ && b.prefix_bits <= 8 * b.base.bytes.size();
        const std::size_t skipped = four ? kMappedBits / 8 : 0;
        for (std::size_t i = 0; ok_ && i < (bits + 7) / 8; ++i) b.base.bytes[skipped + i] = fixed<std::uint8_t>();
        return b;
    }

    std::string_view rest_;
    bool ok_ = true;
};

void read_live(row_reader& in, std::uint8_t flags, indexed_grant& g) {
    g.kind = in.name();
    g.audience = in.name();
    g.tenant = in.name();
    g.owner = in.name();
    g.version = in.name();
    g.epoch = in.varint();
    g.generation = in.varint();
    if ((flags & kExpires) != 0) g.expires_at.us = static_cast<std::int64_t>(in.fixed<std::uint64_t>());
    if ((flags & kSuperseded) != 0) g.superseded_at.us = static_cast<std::int64_t>(in.fixed<std::uint64_t>());
    g.full_access = (flags & kFullAccess) != 0;
    g.restricted_addresses = (flags & kAddresses) != 0;
    g.second_factor = (flags & kSecondFactor) != 0;
    g.scopes = in.scopes();
    if (g.restricted_addresses) g.addresses = in.addresses();
}

}  // namespace

std::string encode_grant(const indexed_grant& g) {
    std::string row;
    row.reserve(64);  // few are longer
    const auto flags = flags_of(g);
    append_number(row, kVersion);
    append_number(row, flags);
    row.append(id_bytes(g.id));
    append_varint(row, static_cast<std::uint32_t>(g.api));
    append_varint(row, static_cast<std::uint32_t>(g.environment));
    if (g.state == token_state::revoked) return row;
    for (const auto a : {g.kind, g.audience, g.tenant, g.owner, g.version}) append_varint(row, static_cast<std::uint32_t>(a));
    append_varint(row, g.epoch);
    append_varint(row, g.generation);
    if ((flags & kExpires) != 0) append_number(row, g.expires_at.us);
    if ((flags & kSuperseded) != 0) append_number(row, g.superseded_at.us);
    append_scopes(row, g.scopes);
    if (g.restricted_addresses) append_addresses(row, g.addresses);
    return row;
}

result<indexed_grant> decode_grant(std::string_view row) {
    row_reader in(row);
    const auto version = in.fixed<std::uint8_t>();
    const auto flags = in.fixed<std::uint8_t>();
    if (!in.ok() || version != kVersion) return failure{errc::corrupt, "a row of the digest index is of another version"};
    indexed_grant g;
    g.id = in.id();
    g.api = in.name();
    g.environment = in.name();
    const auto state = flags & kStateBits;
    const bool known = state <= static_cast<int>(token_state::revoked) && (flags & ~kKnown) == 0;
    g.state = static_cast<token_state>(state);
    if (known && g.state != token_state::revoked) read_live(in, flags, g);
    if (!known || !in.ok() || !in.at_end()) return failure{errc::corrupt, "a row of the digest index is not a grant"};
    return g;
}

}  // namespace tollgate
