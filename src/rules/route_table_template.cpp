// Taking path templates apart, and saying what is wrong with them.
#include "tollgate/base/bounds.hpp"
#include "tollgate/codec/text.hpp"
#include "tollgate/rules/route_table.hpp"

#include "rules/openapi_template.hpp"

#include <fmt/format.h>

#include <optional>

namespace tollgate {

namespace {

failure wrong(std::string what) { return {errc::invalid, std::move(what)}; }

// Why this byte of a literal could never be matched; empty: it can.
std::string_view refusal_of(unsigned char byte, bool escaped) noexcept {
    if (byte < 0x20 || byte == 0x7F) return "control characters are refused in requests; leave them out";
    if (byte == '\\') return "backslashes are refused in requests; leave them out";
    if (escaped && byte == '/') return "an encoded slash is only matched inside a parameter; make the segment one";
    if (!escaped && byte == '?') return "a path has no query; describe query parameters under `parameters`";
    if (!escaped && byte == '#') return "a path has no fragment: requests never carry one; give each operation a path of its own";
    return {};
}

result<std::string> decode_literal(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool escaped = text[i] == '%';
        auto byte = static_cast<unsigned char>(text[i]);
        if (escaped) {
            const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
            const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
            if (low < 0) return wrong("'%' wants two hexadecimal digits; write %25 for a percent sign");
            byte = static_cast<unsigned char>(high * 16 + low);
            i += 2;
        }
        if (const auto why = refusal_of(byte, escaped); !why.empty()) return wrong(std::string(why));
        out += static_cast<char>(byte);
    }
    return out;
}

// One literal piece after another, each but the last followed by a parameter.
result<template_segment> parse_segment(std::string_view text) {
    template_segment out;
    for (;;) {
        const auto open = std::min(text.find('{'), text.size());
        const auto before = text.substr(0, open);
        if (before.find('}') != before.npos) return wrong("'}' without '{'; write a parameter as {name}");
        auto literal = decode_literal(before);
        if (!literal) return literal.error();
        out.literals.push_back(*std::move(literal));
        if (open == text.size()) return out;
        const auto close = text.find_first_of("{}", open + 1);
        if (close == text.npos || text[close] == '{') return wrong("'{' without '}' in the same segment; write a parameter as {name}");
        if (close == open + 1) return wrong("a parameter has no name; write {name}");
        out.parameters.emplace_back(text.substr(open + 1, close - open - 1));
        text.remove_prefix(close + 1);
    }
}

// `last`: an empty last segment is a final slash.
std::optional<failure> check_segment(const template_segment& segment, bool last) {
    if (segment.literal_bytes() > route_table::max_literal_bytes)
        return wrong(fmt::format("a segment has more than {} bytes; shorten it", route_table::max_literal_bytes));
    if (!segment.is_literal()) return std::nullopt;
    const auto& text = segment.literals.front();
    if (text.empty() && !last) return wrong("empty segments ('//') are refused in requests; leave one slash");
    if (text == "." || text == "..") return wrong("'.' and '..' segments are refused in requests; write the path without them");
    return std::nullopt;
}

}  // namespace

std::size_t template_segment::literal_bytes() const noexcept {
    std::size_t n = 0;
    for (const auto& text : literals) n += text.size();
    return n;
}

result<std::vector<template_segment>> parse_template(std::string_view path) {
    if (!path.starts_with('/')) return wrong("a path begins with '/'; put one in front");
    std::vector<template_segment> out;
    std::size_t parameters = 0;
    for (bool last = false; !last;) {
        path.remove_prefix(1);
        const auto end = std::min(path.find('/'), path.size());
        last = end == path.size();
        auto segment = parse_segment(path.substr(0, end));
        if (!segment) return segment.error();
        if (auto why = check_segment(*segment, last)) return *std::move(why);
        parameters += segment->parameters.size();
        out.push_back(*std::move(segment));
        path.remove_prefix(end);
    }
    if (parameters > route_match::max_parameters)
        return wrong(fmt::format("more than {} parameters in one path; use fewer", route_match::max_parameters));
    if (out.size() > bounds::document_depth) return wrong(fmt::format("more than {} segments; use fewer", bounds::document_depth));
    return out;
}

std::string route_table::check_template(std::string_view path) {
    const auto parsed = parse_template(path);
    return parsed ? std::string{} : parsed.error().what;
}

std::vector<std::string> route_table::parameter_names(std::string_view path) {
    std::vector<std::string> out;
    const auto parsed = parse_template(path);
    if (!parsed) return out;
    for (const auto& segment : *parsed) out.insert(out.end(), segment.parameters.begin(), segment.parameters.end());
    return out;
}

}  // namespace tollgate
