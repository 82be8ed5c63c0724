#include "tollgate/rules/origin.hpp"

#include "tollgate/base/bounds.hpp"
#include "tollgate/codec/text.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace tollgate {

namespace {

enum class word : std::uint8_t { none, https, other };  // on the caller's scheme

std::string_view trimmed(std::string_view s) noexcept {
    while (!s.empty() && (s.front() == ' ' || s.front() == '\t')) s.remove_prefix(1);
    while (!s.empty() && (s.back() == ' ' || s.back() == '\t')) s.remove_suffix(1);
    return s;
}

word word_of(std::string_view scheme) noexcept { return equal_ignoring_case(scheme, "https") ? word::https : word::other; }

// A quote inside a quoted string, seen from the right.
bool is_escaped(std::string_view text, std::size_t at) noexcept {
    std::size_t backslashes = 0;
    while (backslashes < at && text[at - 1 - backslashes] == '\\') ++backslashes;
    return backslashes % 2 == 1;
}

// Where the last element of `list` begins. Read from the right, too: what a caller wrote on the left (an open quote, say) cannot
// swallow what a proxy wrote behind it.
std::size_t begin_of_last(std::string_view list) noexcept {
    bool quoted = false;
    for (std::size_t i = list.size(); i > 0; --i) {
        const char c = list[i - 1];
        if (c == '"' && !(quoted && is_escaped(list, i - 1))) quoted = !quoted;
        else if (c == ',' && !quoted) return i;
    }
    return 0;
}

// The elements of all fields of one name, the last one first.
class from_the_right {
 public:
    from_the_right(const request_head& head, field_name id) noexcept : head_(head), id_(id), left_(head.field_count) {}

    bool next(std::string_view& element) noexcept {
        if (!in_list_ && !next_list()) return false;
        const auto begin = begin_of_last(list_);
        element = trimmed(list_.substr(begin));
        in_list_ = begin != 0;
        list_ = list_.substr(0, begin == 0 ? 0 : begin - 1);
        return true;
    }

 private:
    bool next_list() noexcept {
        while (left_ > 0) {
            const auto& f = head_.fields[--left_];
            if (f.id != id_) continue;
            list_ = f.value;
            return true;
        }
        return false;
    }

    const request_head& head_;
    field_name id_;
    std::size_t left_;  // fields that were not looked at
    std::string_view list_;
    bool in_list_ = false;
};

struct hop {
    std::optional<ip_address> from;
    word scheme = word::none;
};

std::optional<hop> read_forwarded_for(std::string_view element) noexcept {
    const auto from = read_forwarded_node(element);
    if (!from) return std::nullopt;
    return hop{from, word::none};
}

// Up to the next `;` outside quotes.
std::string_view take_pair(std::string_view& element) noexcept {
    bool quoted = false;
    std::size_t i = 0;
    for (; i < element.size() && (quoted || element[i] != ';'); ++i) {
        if (quoted && element[i] == '\\') ++i;
        else if (element[i] == '"') quoted = !quoted;
    }
    const auto pair = trimmed(element.substr(0, i));
    element.remove_prefix(std::min(i + 1, element.size()));
    return pair;
}

// Addresses and schemes need no escapes, so one with a backslash is none.
std::string_view unquoted(std::string_view value) noexcept {
    if (value.size() < 2 || value.front() != '"' || value.back() != '"') return value;
    return value.substr(1, value.size() - 2);
}

// One element of Forwarded (RFC 7239 §4): for=…;proto=…;by=…;host=… in any order, none twice.
std::optional<hop> read_forwarded(std::string_view element) noexcept {
    hop out;
    while (!element.empty()) {
        const auto pair = take_pair(element);
        if (pair.empty()) continue;
        const auto equals = pair.find('=');
        if (equals == std::string_view::npos) return std::nullopt;
        const auto name = pair.substr(0, equals);
        const auto value = unquoted(pair.substr(equals + 1));
        if (equal_ignoring_case(name, "for")) {
            if (out.from) return std::nullopt;
            out.from = read_forwarded_node(value);
            if (!out.from) return std::nullopt;
        } else if (equal_ignoring_case(name, "proto")) {
            if (out.scheme != word::none) return std::nullopt;
            out.scheme = word_of(value);
        }
    }
    return out;
}

// How far one kind of field leads.
struct walk {
    bool present = false;  // there is such a field
    bool read = false;     // its last entry could be read
    ip_address client;
    word scheme = word::none;
};

template <class Read>
walk walk_left(const ip_address& peer, std::span<const ip_block> trusted, from_the_right elements, Read&& read) noexcept {
    walk out{false, false, peer, word::none};
    std::string_view element;
    for (std::size_t hops = 0; hops < bounds::forwarding_hops && elements.next(element); ++hops) {
        out.present = true;
        if (hops > 0 && !contains(trusted, out.client)) break;
        const auto at = read(element);
        if (!at) break;
        if (hops == 0 || at->from) out.scheme = at->scheme;
        if (!at->from) break;
        out.client = *at->from;
        out.read = true;
    }
    return out;
}

word word_of_list(from_the_right elements) noexcept {
    word out = word::none;
    for (std::string_view element; elements.next(element);) {
        if (word_of(element) != word::https) return word::other;
        out = word::https;
    }
    return out;
}

bool is_port(std::string_view text) noexcept {
    constexpr std::size_t digits = 5;
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    return text.size() >= 2 && text.size() <= 1 + digits && text.front() == ':' && std::all_of(text.begin() + 1, text.end(), digit);
}

}  // namespace

std::optional<ip_address> read_forwarded_node(std::string_view text) noexcept {
    if (text.starts_with('[')) {
        const auto close = text.find(']');
        if (close == std::string_view::npos) return std::nullopt;
        const auto inside = text.substr(1, close - 1), behind = text.substr(close + 1);
        if (inside.find(':') == std::string_view::npos || (!behind.empty() && !is_port(behind))) return std::nullopt;
        return ip_address::parse(inside);
    }
    const auto colon = text.find(':');
    const bool one_colon = colon != std::string_view::npos && text.find(':', colon + 1) == std::string_view::npos;
    if (!one_colon) return ip_address::parse(text);
    return is_port(text.substr(colon)) ? ip_address::parse(text.substr(0, colon)) : std::nullopt;
}

origin find_origin(const ip_address& peer, std::span<const ip_block> trusted, const request_head& head) noexcept {
    const auto listed = walk_left(peer, trusted, {head, field_name::x_forwarded_for}, read_forwarded_for);
    const auto told = walk_left(peer, trusted, {head, field_name::forwarded}, read_forwarded);
    origin out{peer, false, false, false};
    out.contradicted = listed.present && told.present && (!listed.read || !told.read || listed.client != told.client);
    if (out.contradicted) {
        out.client = ip_address{};
        return out;
    }
    out.reported = listed.read || told.read;
    if (out.reported) out.client = listed.read ? listed.client : told.client;
    const auto scheme = word_of_list({head, field_name::x_forwarded_proto});
    const bool denied = scheme == word::other || told.scheme == word::other;
    out.secure = !denied && (scheme == word::https || told.scheme == word::https);
    return out;
}

}  // namespace tollgate
