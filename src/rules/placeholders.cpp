#include "rules/placeholders.hpp"

#include "tollgate/codec/document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <utility>

namespace tollgate {

namespace {

struct filled_name {
    std::string_view name;
    placeholder what;
};
constexpr std::array<filled_name, 9> kFilled{{
    {"scope", placeholder::scope},
    {"audience", placeholder::audience},
    {"instance", placeholder::instance},
    {"method", placeholder::method},
    {"trace_id", placeholder::trace_id},
    {"request_id", placeholder::request_id},
    {"retry_after", placeholder::retry_after},
    {"detail", placeholder::detail},
    {"environment", placeholder::environment},
}};

std::optional<std::string> settled(std::string_view name, const settled_names& names) {
    if (name == "reason") return std::string(names.reason);
    if (name == "status") return std::to_string(names.status);
    if (name == "title") return std::string(names.title);
    if (names.problem.empty()) return std::nullopt;
    if (name == "problem") return std::string(names.problem);
    if (name == "problem_path") return problem_path(names.problem);
    return std::nullopt;
}

std::vector<std::string_view> known_names(const settled_names& names) {
    std::vector<std::string_view> out{"reason", "status", "title"};
    for (const auto& f : kFilled) out.push_back(f.name);
    if (!names.problem.empty()) out.insert(out.end(), {"problem", "problem_path"});
    return out;
}

failure unknown_name(std::string_view name, const settled_names& names) {
    const auto near = nearest(name, known_names(names));
    return {errc::invalid,
        near.empty() ? fmt::format("{{{}}} is not known; known are {}; a literal brace is written twice", name, fmt::join(known_names(names), ", "))
                     : fmt::format("{{{}}} is not known: write {{{}}}; a literal brace is written twice", name, near)};
}

void append_as(wording_pieces& out, std::string_view text, text_use use) {
    if (use == text_use::plain) return append_literal(out, text);
    std::string escaped;
    append_json_escaped(escaped, text);
    append_literal(out, escaped);
}

result<void> append_name(wording_pieces& out, std::string_view name, const settled_names& names, text_use use) {
    if (const auto text = settled(name, names)) {
        append_as(out, *text, use);
        return {};
    }
    for (const auto& f : kFilled) {
        if (f.name != name) continue;
        append_placeholder(out, f.what);
        return {};
    }
    return unknown_name(name, names);
}

// What a client sent is ASCII in a well-formed request; a refusal of an ill-formed one must not echo anything else.
void append_value(std::string& out, std::string_view text, fill_use use) {
    if (use == fill_use::json) return append_json_escaped(out, text);
    for (const char c : text)
        if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) out += c;
}

void append_ascii(std::string& out, std::string_view text, fill_use use) {
    const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
    if (std::all_of(text.begin(), text.end(), is_ascii)) return append_value(out, text, use);
    std::string escaped;
    for (const char c : text) {
        if (is_ascii(c)) escaped += c;
        else fmt::format_to(std::back_inserter(escaped), "%{:02X}", static_cast<unsigned char>(c));
    }
    append_value(out, escaped, use);
}

void append_filled(placeholder what, std::string_view title, const refusal_facts& facts, fill_use use, std::string& out) {
    switch (what) {
        case placeholder::none: return;
        case placeholder::scope: return append_ascii(out, facts.scope, use);
        case placeholder::audience: return append_ascii(out, facts.audience, use);
        case placeholder::instance: return append_ascii(out, facts.instance, use);
        case placeholder::method: return append_ascii(out, facts.method, use);
        case placeholder::trace_id: return append_ascii(out, facts.trace_id, use);
        case placeholder::request_id: return append_ascii(out, facts.request_id, use);
        case placeholder::environment: return append_ascii(out, facts.environment, use);
        case placeholder::retry_after: fmt::format_to(std::back_inserter(out), "{}", facts.retry_after_s); return;
        case placeholder::detail: return append_value(out, facts.detail.empty() ? title : facts.detail, use);
        case placeholder::detail_member:
            if (facts.detail.empty()) return;
            out += ",\"detail\":\"";
            append_json_escaped(out, facts.detail);
            out += '"';
            return;
    }
}

}  // namespace

void append_literal(wording_pieces& out, std::string_view literal) {
    if (literal.empty()) return;
    if (out.empty() || out.back().filled != placeholder::none) out.emplace_back();
    out.back().literal += literal;
}

void append_placeholder(wording_pieces& out, placeholder what) {
    if (out.empty() || out.back().filled != placeholder::none) out.emplace_back();
    out.back().filled = what;
}

result<void> append_text(wording_pieces& out, std::string_view text, const settled_names& names, text_use use) {
    std::string literal;
    const auto flush = [&] { append_as(out, std::exchange(literal, {}), use); };
    while (!text.empty()) {
        const char c = text.front();
        if (c != '{' && c != '}') {
            literal += c;
            text.remove_prefix(1);
            continue;
        }
        if (text.size() > 1 && text[1] == c) {  // {{ and }}
            literal += c;
            text.remove_prefix(2);
            continue;
        }
        const auto close = text.find('}');
        if (c == '}' || close == std::string_view::npos) return failure{errc::invalid, fmt::format("a lone {0}: write {0}{0} for a literal one", c)};
        flush();
        if (auto done = append_name(out, text.substr(1, close - 1), names, use); !done) return done;
        text.remove_prefix(close + 1);
    }
    flush();
    return {};
}

std::string problem_path(std::string_view problem) {
    std::string out(problem);
    std::replace(out.begin(), out.end(), '.', '/');
    std::replace(out.begin(), out.end(), '_', '-');
    return out;
}

void append_json_escaped(std::string& out, std::string_view text) {
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (static_cast<unsigned char>(c) < 0x20) {
            fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned char>(c));
        } else {
            out += c;
        }
    }
}

std::string json_string(std::string_view text) {
    std::string out = "\"";
    append_json_escaped(out, text);
    out += '"';
    return out;
}

void fill(const wording_pieces& pieces, std::string_view title, const refusal_facts& facts, fill_use use, std::string& out) {
    for (const auto& p : pieces) {
        out += p.literal;
        append_filled(p.filled, title, facts, use, out);
    }
}

}  // namespace tollgate
