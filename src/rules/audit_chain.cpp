#include "tollgate/rules/audit_chain.hpp"

#include "tollgate/codec/digest_text.hpp"
#include "tollgate/codec/text.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cstring>

namespace tollgate {
namespace {

// What is linked begins with these, so that no other use of the key gives bytes that pass for a link.
constexpr std::string_view link_label = "tollgate audit link 1";
constexpr std::string_view id_label = "tollgate audit key id 1";

}  // namespace

std::string audit_link::text() const { return hex(bytes); }

std::optional<audit_link> audit_link::parse(std::string_view hexadecimal) {
    const auto read = parse_digest(hexadecimal);
    return read ? std::optional(audit_link{read->bytes}) : std::nullopt;
}

std::string audit_head::text() const { return fmt::format("{}:{}", at, link.text()); }

std::optional<audit_head> audit_head::parse(std::string_view text) {
    audit_head out;
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const auto [end, error] = std::from_chars(text.data(), text.data() + colon, out.at);
    const auto link = audit_link::parse(text.substr(colon + 1));
    if (error != std::errc() || end != text.data() + colon || !link) return std::nullopt;
    out.link = *link;
    return out;
}

audit_key::audit_key() : key_(std::array<std::uint8_t, 32>{}) {}

audit_key::audit_key(std::span<const std::uint8_t, 32> bytes) : key_(bytes) {
    const auto named = key_.tag(id_label);
    std::memcpy(&id_, named.data(), sizeof id_);
    if (id_ == 0) id_ = 1;
}

audit_link audit_key::link(const audit_link& before, revision at, std::string_view text) const {
    std::string whole;
    whole.reserve(link_label.size() + sizeof before.bytes + sizeof at + text.size());
    whole += link_label;
    whole.append(reinterpret_cast<const char*>(before.bytes.data()), before.bytes.size());
    for (int shift = 56; shift >= 0; shift -= 8) whole.push_back(static_cast<char>(at >> shift & 0xff));
    whole.append(text);
    return {key_.tag(whole)};
}

audit_row audit_key::seal(const audit_link& before, revision at, std::string text) const {
    const auto own = link(before, at, text);
    return {at, id_, before, own, std::move(text)};
}

}  // namespace tollgate
