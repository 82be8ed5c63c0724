// The table as a tree of segments in flat arrays; all literal children of all nodes share one hash table.
#include "tollgate/rules/route_table.hpp"

#include "rules/openapi_template.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace tollgate {

namespace {

constexpr std::uint32_t none = ~0u;

// In the order in which Allow lists them.
constexpr std::array<std::string_view, 8> methods = {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"};
constexpr std::size_t get = 1;
constexpr std::size_t head = 2;

template <class T>
std::uint64_t load(const char* from) noexcept {
    T value;
    std::memcpy(&value, from, sizeof value);
    return value;
}

// A short word as one number.
constexpr std::uint64_t pack(std::string_view word) noexcept {
    std::uint64_t out = word.size();
    for (const char c : word) out = out << 8 | static_cast<unsigned char>(c);
    return out;
}

constexpr auto packed_methods = [] {
    std::array<std::uint64_t, methods.size()> out{};
    for (std::size_t i = 0; i < methods.size(); ++i) out[i] = pack(methods[i]);
    return out;
}();

std::size_t method_index(std::string_view method) noexcept {
    if (method.empty() || method.size() > 7) return methods.size();
    const auto wanted = pack(method);
    std::size_t i = 0;
    while (i < methods.size() && packed_methods[i] != wanted) ++i;
    return i;
}

std::uint64_t mix(std::uint64_t a, std::uint64_t b) noexcept {
    const auto product = static_cast<unsigned __int128>(a ^ 0x9E3779B97F4A7C15u) * (b ^ 0xD1B54A32D192ED03u);
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

// Of a few bytes, in few instructions. Nothing hostile is ever stored under it: the documents are the operator's.
std::uint32_t hash_of(std::uint32_t parent, std::string_view text) noexcept {
    const char* at = text.data();
    std::size_t left = text.size();
    std::uint64_t state = (static_cast<std::uint64_t>(parent) << 32) | left;
    for (; left > 16; at += 8, left -= 8) state = mix(state, load<std::uint64_t>(at));
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    if (left >= 8) {
        first = load<std::uint64_t>(at);
        last = load<std::uint64_t>(at + left - 8);
    } else if (left >= 4) {
        first = load<std::uint32_t>(at);
        last = load<std::uint32_t>(at + left - 4);
    } else if (left > 0) {
        first = static_cast<unsigned char>(at[0]) | static_cast<std::uint64_t>(static_cast<unsigned char>(at[left / 2])) << 8;
        last = static_cast<unsigned char>(at[left - 1]);
    }
    return static_cast<std::uint32_t>(mix(mix(state, first), last));
}

int hex_digit(char c) noexcept { return c <= '9' ? c - '0' : c - 'A' + 10; }

// One byte or one escape of a canonical path; `at` moves behind it.
char decode_next(std::string_view raw, std::size_t& at) noexcept {
    if (raw[at] != '%' || raw.size() - at < 3) return raw[at++];
    const int byte = hex_digit(raw[at + 1]) << 4 | hex_digit(raw[at + 2]);
    at += 3;
    return static_cast<char>(byte);
}

bool has_slash(std::string_view raw) noexcept { return raw.find("%2F") != raw.npos; }

// The place behind `piece` when it stands at `at`, else npos.
std::size_t behind(std::string_view raw, std::size_t at, std::string_view piece) noexcept {
    for (const char c : piece)
        if (at >= raw.size() || decode_next(raw, at) != c) return raw.npos;
    return at;
}

struct parameters {
    route_match& into;
    std::uint32_t slashes = 0;  // bit i: parameter i holds %2F

    [[nodiscard]] std::size_t count() const noexcept { return into.parameter_count; }
    void push(std::string_view raw, bool slash) noexcept {
        slashes |= static_cast<std::uint32_t>(slash) << count();
        into.parameters[into.parameter_count++] = raw;
    }
    void drop_to(std::size_t n) noexcept {
        into.parameter_count = static_cast<std::uint8_t>(n);
        slashes &= (1u << n) - 1;
    }
};

// A segment like `{id}.json`: every parameter takes as little as it can, and at least one character.
bool match_mixed(const std::vector<std::string>& literals, std::string_view raw, parameters& out) noexcept {
    const auto before = out.count();
    std::size_t at = behind(raw, 0, literals.front());
    for (std::size_t i = 1; i < literals.size() && at != raw.npos; ++i) {
        const bool last = i + 1 == literals.size();
        const auto from = at;
        std::size_t next = raw.npos;
        while (at < raw.size() && next == raw.npos) {
            (void)decode_next(raw, at);
            next = behind(raw, at, literals[i]);
            if (last && next != raw.size()) next = raw.npos;
        }
        if (next != raw.npos) {
            const auto value = raw.substr(from, at - from);
            out.push(value, has_slash(value));
        }
        at = next;
    }
    if (at != raw.npos) return true;
    out.drop_to(before);
    return false;
}

std::string allow_text(unsigned set) {
    std::string out;
    if ((set >> get & 1) != 0) set |= 1u << head;
    for (std::size_t i = 0; i < methods.size(); ++i) {
        if ((set >> i & 1) == 0) continue;
        if (!out.empty()) out += ", ";
        out += methods[i];
    }
    return out;
}

}  // namespace

struct route_table::tree {
    struct pattern {
        template_segment segment;
        bool whole = false;  // the segment is one parameter and nothing else
        std::uint32_t child = none;
    };
    struct node {
        std::array<std::uint32_t, methods.size()> routes;
        std::uint32_t literal_count = 0;
        std::vector<pattern> patterns;  // most literal text first, the whole parameter last
        node() { routes.fill(none); }
    };
    struct literal {
        std::uint32_t parent = none;
        std::uint32_t child = none;
        std::string text;
    };
    struct slot {
        std::uint32_t hash = 0;
        std::uint32_t which = none;  // index into literals
    };

    std::vector<node> nodes{1};
    std::vector<literal> literals;
    std::vector<slot> slots{1};
    std::vector<std::string> allow;  // by set of methods

    [[nodiscard]] std::uint32_t find_literal(std::uint32_t parent, std::string_view text) const noexcept {
        const auto hash = hash_of(parent, text);
        const auto mask = slots.size() - 1;
        for (std::size_t i = hash & mask; slots[i].which != none; i = (i + 1) & mask) {
            if (slots[i].hash != hash) continue;
            const auto& found = literals[slots[i].which];
            if (found.parent == parent && found.text == text) return found.child;
        }
        return none;
    }

    void insert(std::uint32_t which) {
        const auto hash = hash_of(literals[which].parent, literals[which].text);
        const auto mask = slots.size() - 1;
        std::size_t i = hash & mask;
        while (slots[i].which != none) i = (i + 1) & mask;
        slots[i] = {hash, which};
    }

    std::uint32_t new_node() {
        nodes.emplace_back();
        return static_cast<std::uint32_t>(nodes.size() - 1);
    }

    std::uint32_t literal_child(std::uint32_t parent, const std::string& text) {
        if (const auto known = find_literal(parent, text); known != none) return known;
        const auto child = new_node();
        ++nodes[parent].literal_count;
        literals.push_back({parent, child, text});
        if (literals.size() * 2 > slots.size()) {
            slots.assign(std::bit_ceil(literals.size() * 4), {});
            for (std::uint32_t i = 0; i < literals.size(); ++i) insert(i);
        } else {
            insert(static_cast<std::uint32_t>(literals.size() - 1));
        }
        return child;
    }

    std::uint32_t pattern_child(std::uint32_t parent, template_segment segment) {
        for (const auto& known : nodes[parent].patterns)
            if (known.segment.same_shape(segment)) return known.child;
        const auto child = new_node();
        const bool whole = segment.parameters.size() == 1 && segment.literal_bytes() == 0;
        auto& patterns = nodes[parent].patterns;
        pattern added{std::move(segment), whole, child};
        const auto before = [](const pattern& a, const pattern& b) {
            return a.whole != b.whole ? b.whole : a.segment.literal_bytes() > b.segment.literal_bytes();
        };
        const auto place = std::upper_bound(patterns.begin(), patterns.end(), added, before);
        patterns.insert(place, std::move(added));
        return child;
    }
};

namespace {

template <class Tree>
struct search {
    const Tree& tree;
    const std::vector<route>& routes;
    std::string_view path;
    std::size_t method;
    bool escapes;          // some '%' in the path
    parameters found;
    unsigned allowed = 0;  // methods of complete ways that lack ours

    // `at`: behind the '/' of the next segment; beyond the end: the path is used up.
    bool descend(std::uint32_t at_node, std::size_t at) noexcept {
        const auto& node = tree.nodes[at_node];
        if (at > path.size()) return finish(node);
        const char* begin = path.data() + at;
        const auto* end = static_cast<const char*>(std::memchr(begin, '/', path.size() - at));
        const std::string_view segment(begin, end == nullptr ? path.size() - at : static_cast<std::size_t>(end - begin));
        const auto next = at + segment.size() + 1;
        if (node.literal_count != 0) {
            const auto child = literal(at_node, segment);
            if (child != none && descend(child, next)) return true;
        }
        for (const auto& pattern : node.patterns) {
            const auto before = found.count();
            if (!take(pattern, segment)) continue;
            if (descend(pattern.child, next)) return true;
            found.drop_to(before);
        }
        return false;
    }

    [[nodiscard]] std::uint32_t literal(std::uint32_t at_node, std::string_view segment) const noexcept {
        if (!escapes || segment.find('%') == segment.npos) return tree.find_literal(at_node, segment);
        if (has_slash(segment)) return none;
        char decoded[route_table::max_literal_bytes];
        std::size_t size = 0;
        for (std::size_t at = 0; at < segment.size();) {
            if (size == sizeof decoded) return none;
            decoded[size++] = decode_next(segment, at);
        }
        return tree.find_literal(at_node, {decoded, size});
    }

    template <class Pattern>
    bool take(const Pattern& pattern, std::string_view segment) noexcept {
        if (segment.empty()) return false;
        if (!pattern.whole) return match_mixed(pattern.segment.literals, segment, found);
        found.push(segment, escapes && has_slash(segment));
        return true;
    }

    [[nodiscard]] bool takes_slashes(std::uint32_t number) const noexcept {
        return found.slashes == 0 || (routes[number].encoded_slash && (found.slashes & ~routes[number].slash_parameters) == 0);
    }

    template <class Node>
    bool finish(const Node& node) noexcept {
        std::uint32_t ours = method < methods.size() ? node.routes[method] : none;
        if (ours == none && method == head) ours = node.routes[get];
        if (ours != none && takes_slashes(ours)) {
            found.into.found = &routes[ours];
            return true;
        }
        for (std::size_t i = 0; i < methods.size(); ++i)
            if (node.routes[i] != none && takes_slashes(node.routes[i])) allowed |= 1u << i;
        return false;
    }
};

}  // namespace

std::string route::scope_text() const {
    std::string out;
    if (any_of.empty()) return out;
    for (const auto& scope : any_of.front().all_of) {
        if (!out.empty()) out += ' ';
        out += scope.name;
    }
    return out;
}

route_table::route_table() : tree_(std::make_unique<tree>()) {}
route_table::~route_table() = default;
route_table::route_table(route_table&&) noexcept = default;
route_table& route_table::operator=(route_table&&) noexcept = default;

bool route_table::is_method(std::string_view method) noexcept { return method_index(method) < methods.size(); }

const std::vector<route>& route_table::routes() const noexcept { return routes_; }

bool route_table::add(route r, std::string& other) {
    auto segments = parse_template(r.path);
    const auto method = method_index(r.method);
    TOLLGATE_CHECK(segments.has_value() && method < methods.size());
    std::uint32_t at = 0;
    for (auto& segment : *segments)
        at = segment.is_literal() ? tree_->literal_child(at, segment.literals.front()) : tree_->pattern_child(at, std::move(segment));
    auto& place = tree_->nodes[at].routes[method];
    if (place != none) {
        other = routes_[place].path;
        return false;
    }
    place = r.number = static_cast<std::uint32_t>(routes_.size());
    routes_.push_back(std::move(r));
    return true;
}

void route_table::seal() {
    tree_->allow.clear();
    for (unsigned set = 0; set < 1u << methods.size(); ++set) tree_->allow.push_back(allow_text(set));
}

route_match route_table::match(std::string_view method, std::string_view path) const noexcept {
    route_match out;
    if (!path.starts_with('/')) return out;
    search<tree> run{*tree_, routes_, path, method_index(method), path.find('%') != path.npos, {out}};
    if (run.descend(0, 1)) {
        out.outcome = route_match::kind::found;
    } else if (run.allowed != 0) {
        TOLLGATE_CHECK(!tree_->allow.empty());
        out.outcome = route_match::kind::method_missing;
        out.allow = tree_->allow[run.allowed];
    }
    return out;
}

}  // namespace tollgate
