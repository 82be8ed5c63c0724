// From bytes to a tree: limits, encoding, choice of reader; and what both readers share.
#include "tollgate/base/bounds.hpp"
#include "tollgate/codec/document.hpp"
#include "tollgate/codec/utf8.hpp"

#include "codec/document_readers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

namespace tollgate {

namespace document_readers {

namespace {

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

std::size_t digits(std::string_view text, std::size_t at) noexcept {
    std::size_t n = 0;
    while (at + n < text.size() && is_digit(text[at + n])) ++n;
    return n;
}

bool one_of(std::string_view text, std::initializer_list<std::string_view> known) noexcept {
    return std::find(known.begin(), known.end(), text) != known.end();
}

// Whole numbers of the core schema: [-+]?[0-9]+, 0o…, 0x….
bool is_core_integer(std::string_view text) noexcept {
    const bool octal = text.starts_with("0o");
    if (octal || text.starts_with("0x")) {
        const auto rest = text.substr(2);
        return !rest.empty() && rest.find_first_not_of(octal ? "01234567" : "0123456789abcdefABCDEF") == rest.npos;
    }
    if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
    return !text.empty() && digits(text, 0) == text.size();
}

bool is_core_real(std::string_view text) noexcept {
    if (one_of(text, {".nan", ".NaN", ".NAN"})) return true;
    if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
    if (one_of(text, {".inf", ".Inf", ".INF"})) return true;
    std::size_t at = digits(text, 0);
    std::size_t seen = at;
    if (at < text.size() && text[at] == '.') {
        const auto fraction = digits(text, at + 1);
        seen += fraction;
        at += 1 + fraction;
    }
    if (seen == 0) return false;
    if (at == text.size()) return true;
    if (text[at] != 'e' && text[at] != 'E') return false;
    ++at;
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
    const auto exponent = digits(text, at);
    return exponent > 0 && at + exponent == text.size();
}

}  // namespace

bool is_json_number(std::string_view text, bool& integer) noexcept {
    std::size_t at = text.starts_with('-') ? 1 : 0;
    const auto whole = digits(text, at);
    if (whole == 0 || (whole > 1 && text[at] == '0')) return false;
    at += whole;
    integer = at == text.size();
    if (integer) return true;
    if (text[at] == '.' && digits(text, at + 1) == 0) return false;
    return is_core_real(text);
}

node plain_scalar(std::string text, int line) {
    if (one_of(text, {"", "~", "null", "Null", "NULL"})) return node::make_null(line);
    if (one_of(text, {"true", "True", "TRUE"})) return node::make_bool(true, line);
    if (one_of(text, {"false", "False", "FALSE"})) return node::make_bool(false, line);
    if (is_core_integer(text)) return node::make_number(std::move(text), true, line);
    if (is_core_real(text)) return node::make_number(std::move(text), false, line);
    return node::make_string(std::move(text), line);
}

std::vector<std::pair<std::size_t, std::size_t>> repeated_keys(const std::vector<node::member>& members) {
    std::vector<std::pair<std::size_t, std::size_t>> out;
    if (members.size() < 2) return out;
    std::vector<std::pair<std::string_view, std::size_t>> keys;
    keys.reserve(members.size());
    for (std::size_t i = 0; i < members.size(); ++i) keys.emplace_back(members[i].first, i);
    std::sort(keys.begin(), keys.end());
    std::size_t first = 0;
    for (std::size_t i = 1; i < keys.size(); ++i) {
        if (keys[i].first != keys[first].first) first = i;
        else out.emplace_back(keys[i].second, keys[first].second);
    }
    std::sort(out.begin(), out.end());
    return out;
}

std::string repeated_key_text(std::string_view key, int first_line) {
    return fmt::format("key '{}' stands twice in this mapping, first in line {}; remove or rename one", key, first_line);
}

}  // namespace document_readers

namespace {

void add_whole_file(const std::string& file, int line, std::string what, problem_list& problems) {
    problems.add({problem::level::error, file, line, {}, std::move(what)});
}

}  // namespace

std::optional<document> parse_document(std::string file, std::string_view text, problem_list& problems) {
    if (text.size() > bounds::document_bytes) {
        add_whole_file(file, 0, fmt::format("larger than {} MiB; split it", bounds::document_bytes >> 20), problems);
        return std::nullopt;
    }
    if (const auto good = valid_utf8(text); good != text.size()) {
        const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(good), '\n');
        add_whole_file(file, static_cast<int>(line), "not UTF-8; save the file as UTF-8", problems);
        return std::nullopt;
    }
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    const auto start = text.find_first_not_of(" \t\r\n");
    const bool looks_like_json = start != text.npos && (text[start] == '{' || text[start] == '[');
    const bool named_json = file.ends_with(".json");
    std::optional<node> root;
    if (looks_like_json || named_json) {
        problem_list json_problems;
        root = document_readers::read_json(file, text, json_problems);
        if (root || named_json)
            for (const auto& p : json_problems.items()) problems.add(p);
    }
    if (!root && !named_json) root = document_readers::read_yaml(file, text, problems);
    if (!root) return std::nullopt;
    return document{std::move(file), *std::move(root)};
}

std::optional<document> load_document(const std::string& file, problem_list& problems) {
    errno = 0;
    std::ifstream in(file, std::ios::binary);
    std::string text;
    char block[65536];
    while (in && text.size() <= bounds::document_bytes) {
        in.read(block, sizeof block);
        text.append(block, static_cast<std::size_t>(in.gcount()));
    }
    if (!in.eof() && text.size() <= bounds::document_bytes) {
        const int why = errno != 0 ? errno : EIO;
        add_whole_file(file, 0, fmt::format("cannot be read: {}", std::strerror(why)), problems);
        return std::nullopt;
    }
    return parse_document(file, text, problems);
}

}  // namespace tollgate
