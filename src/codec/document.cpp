// The tree itself: building, asking, writing; problems and JSON paths.
#include "tollgate/codec/document.hpp"

#include "codec/document_readers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

namespace tollgate {

std::string problem::text() const {
    std::string out = file;
    if (line > 0) out += fmt::format(":{}", line);
    out += severity == level::error ? ": error: " : ": warning: ";
    out += what;
    if (!where.empty()) out += fmt::format(" (at {})", where);
    return out;
}

bool problem_list::has_errors() const noexcept {
    return std::any_of(items_.begin(), items_.end(), [](const problem& p) { return p.severity == problem::level::error; });
}

std::optional<bool> node::as_bool() const noexcept {
    if (kind_ != kind::boolean) return std::nullopt;
    return text_.front() == 't' || text_.front() == 'T';
}

std::optional<std::int64_t> node::as_integer() const noexcept {
    if (kind_ != kind::integer) return std::nullopt;
    std::string_view digits = text_;
    const bool negative = digits.starts_with('-');
    if (negative || digits.starts_with('+')) digits.remove_prefix(1);
    int base = 10;
    if (digits.starts_with("0x")) base = 16;
    if (digits.starts_with("0o")) base = 8;
    if (base != 10) digits.remove_prefix(2);
    std::uint64_t magnitude = 0;
    const auto [end, wrong] = std::from_chars(digits.data(), digits.data() + digits.size(), magnitude, base);
    if (wrong != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    constexpr auto largest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    if (magnitude > largest + (negative ? 1 : 0)) return std::nullopt;
    return static_cast<std::int64_t>(negative ? 0 - magnitude : magnitude);
}

std::optional<double> node::as_real() const noexcept {
    if (const auto whole = as_integer()) return static_cast<double>(*whole);
    if (kind_ != kind::real && kind_ != kind::integer) return std::nullopt;
    std::string_view digits = text_;
    const bool negative = digits.starts_with('-');
    if (negative || digits.starts_with('+')) digits.remove_prefix(1);
    double value = 0;
    if (digits == ".inf" || digits == ".Inf" || digits == ".INF") {
        value = std::numeric_limits<double>::infinity();
    } else if (digits == ".nan" || digits == ".NaN" || digits == ".NAN") {
        return std::numeric_limits<double>::quiet_NaN();
    } else if (std::from_chars(digits.data(), digits.data() + digits.size(), value).ec != std::errc{}) {
        return std::nullopt;
    }
    return negative ? -value : value;
}

const node* node::find(std::string_view key) const noexcept {
    for (const auto& [name, value] : members_)
        if (name == key) return &value;
    return nullptr;
}

const std::vector<node::member>& node::members() const noexcept { return members_; }
const std::vector<node>& node::items() const noexcept { return items_; }

node node::make_null(int line) {
    node n;
    n.line_ = line;
    return n;
}

node node::make_bool(bool v, int line) {
    node n = make_null(line);
    n.kind_ = kind::boolean;
    n.text_ = v ? "true" : "false";
    return n;
}

node node::make_string(std::string v, int line) {
    node n = make_null(line);
    n.kind_ = kind::string;
    n.text_ = std::move(v);
    return n;
}

node node::make_number(std::string text, bool integer, int line) {
    node n = make_string(std::move(text), line);
    n.kind_ = integer ? kind::integer : kind::real;
    return n;
}

node node::make_sequence(int line) {
    node n = make_null(line);
    n.kind_ = kind::sequence;
    return n;
}

node node::make_mapping(int line) {
    node n = make_null(line);
    n.kind_ = kind::mapping;
    return n;
}

void node::push(node item) { items_.push_back(std::move(item)); }

void node::append(std::string key, node value) { members_.emplace_back(std::move(key), std::move(value)); }

void node::set(std::string key, node value) {
    for (auto& [name, old] : members_) {
        if (name != key) continue;
        old = std::move(value);
        return;
    }
    append(std::move(key), std::move(value));
}

namespace {

void write_string(std::string_view text, std::string& out) {
    out += '"';
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (c == '\n') {
            out += "\\n";
        } else if (static_cast<unsigned char>(c) < 0x20) {
            fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
        } else {
            out += c;
        }
    }
    out += '"';
}

void write_number(const node& n, std::string& out) {
    bool integer = false;
    if (document_readers::is_json_number(n.text(), integer)) {
        out += n.text();
    } else if (const auto whole = n.as_integer()) {
        out += fmt::format("{}", *whole);
    } else if (const auto real = n.as_real(); real && std::isfinite(*real)) {
        out += fmt::format("{}", *real);
    } else {
        write_string(n.text(), out);
    }
}

void write_node(const node& n, std::string& out) {
    switch (n.what()) {
        case node::kind::null: out += "null"; return;
        case node::kind::boolean: out += *n.as_bool() ? "true" : "false"; return;
        case node::kind::integer:
        case node::kind::real: write_number(n, out); return;
        case node::kind::string: write_string(n.text(), out); return;
        case node::kind::sequence: break;
        case node::kind::mapping: break;
    }
    const bool mapping = n.is_mapping();
    out += mapping ? '{' : '[';
    bool first = true;
    for (const auto& item : n.items()) {
        if (!std::exchange(first, false)) out += ',';
        write_node(item, out);
    }
    for (const auto& [key, value] : n.members()) {
        if (!std::exchange(first, false)) out += ',';
        write_string(key, out);
        out += ':';
        write_node(value, out);
    }
    out += mapping ? '}' : ']';
}

bool is_name(std::string_view key) noexcept {
    const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
    if (key.empty() || !letter(key.front())) return false;
    return std::all_of(key.begin(), key.end(), [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

// Edit distance with neighbouring letters swapped counted as one edit; `enough`, or more, where it is not less.
std::size_t edits(std::string_view a, std::string_view b, std::size_t enough) {
    if (std::max(a.size(), b.size()) - std::min(a.size(), b.size()) >= enough) return enough;
    std::vector<std::size_t> before_last(b.size() + 1);
    std::vector<std::size_t> last(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const bool same = a[i - 1] == b[j - 1];
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1)});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before_last[j - 2] + 1);
        }
        before_last.swap(last);
        last.swap(row);
        if (std::min(std::ranges::min(before_last) + 1, std::ranges::min(last)) >= enough) return enough;  // no later row has less
    }
    return last[b.size()];
}

}  // namespace

std::string node::to_json() const {
    std::string out;
    write_node(*this, out);
    return out;
}

std::string nearest(std::string_view name, const std::vector<std::string_view>& known, std::size_t within) {
    constexpr std::size_t longest = 200;  // beyond it nobody made a typing mistake, and the table would grow
    if (name.size() > longest) return {};
    std::size_t best = (within != 0 ? within : std::min<std::size_t>((name.size() + 2) / 3, 3)) + 1;
    std::string_view found;
    for (const auto candidate : known) {
        if (candidate.size() > longest) continue;
        const auto distance = edits(name, candidate, best);
        if (distance >= best) continue;
        best = distance;
        found = candidate;
    }
    return std::string(found);
}

std::string path_member(std::string_view base, std::string_view key) {
    std::string out(base);
    if (is_name(key)) return out.append(1, '.').append(key);
    out += "['";
    for (const char c : key) {
        if (c == '\'' || c == '\\') out += '\\';
        out += c;
    }
    return out.append("']");
}

std::string path_item(std::string_view base, std::size_t index) { return fmt::format("{}[{}]", base, index); }

}  // namespace tollgate
