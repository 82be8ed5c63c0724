#include "tollgate/codec/http_guard.hpp"

#include "http_bytes.hpp"
#include "http_fields.hpp"
#include "http_host.hpp"
#include "http_scan.hpp"
#include "http_witness.hpp"

#include "tollgate/codec/text.hpp"

#include <algorithm>

namespace tollgate {
namespace {

constexpr std::size_t kLeadingEmptyLines = 2;  // RFC 9112 §2.2 asks for one; clients of old send two

std::size_t skip_empty_lines(std::string_view bytes) noexcept {
    std::size_t at = 0;
    while (at < 2 * kLeadingEmptyLines && bytes.substr(at).starts_with("\r\n")) at += 2;
    return at;
}

// Where the head ends, looking at every byte once, also over many calls: `scanned` is where the last one stopped.
// A control byte that is not part of CRLF is refused at once, before the head is complete.
head_status find_end(std::string_view bytes, std::size_t begin, std::size_t& scanned, std::size_t& end) noexcept {
    const char* const first = bytes.data();
    const char* const last = first + bytes.size();
    const char* p = skip_clean_lines(first + begin, first + std::max(scanned, begin), last);
    for (;;) {
        p = find_control(p, last);
        scanned = static_cast<std::size_t>(p - first);
        if (p == last) return head_status::need_more;
        if (*p != '\r') return head_status::refused;
        if (p + 1 == last) return head_status::need_more;
        if (p[1] != '\n' || p == first + begin) return head_status::refused;
        p += 2;
        if (p[-3] != '\n') continue;
        end = static_cast<std::size_t>(p - first);
        return head_status::complete;
    }
}

// Not one byte more than `limits.head_bytes` is looked at, so the verdict is the same however the bytes were torn.
head_error bounded_end(std::string_view bytes, std::size_t begin, std::size_t& scanned, const head_limits& limits, std::size_t& end) noexcept {
    const auto window = bytes.substr(0, limits.head_bytes);
    end = 0;
    switch (find_end(window, begin, scanned, end)) {
        case head_status::complete: return head_error::none;
        case head_status::refused: return head_error::bad_syntax;
        case head_status::need_more: return bytes.size() >= limits.head_bytes ? head_error::too_large : head_error::none;
    }
    return head_error::bad_syntax;
}

// For a head that ran over: was it the target?
bool target_is_too_long(std::string_view bytes, const head_limits& limits) noexcept {
    const auto begin = bytes.find(' ');
    if (begin == std::string_view::npos) return false;
    const auto rest = bytes.substr(begin + 1);
    return std::min(rest.find_first_of(" \r"), rest.size()) > limits.target_bytes;
}

// "HTTP/1.0" or "HTTP/1.1" at `p`, which ends with a CR at the latest.
head_error read_version(std::string_view text, unsigned& minor) noexcept {
    if (text == "HTTP/1.1" || text == "HTTP/1.0") {
        minor = text.back() == '1' ? 1 : 0;
        return head_error::none;
    }
    const bool shaped =
        text.size() == 8 && text.starts_with("HTTP/") && is_byte(text[5], digit_byte) && text[6] == '.' && is_byte(text[7], digit_byte);
    return shaped ? head_error::bad_version : head_error::bad_syntax;
}

bool take_prefix(std::string_view& text, std::string_view prefix) noexcept {
    if (text.size() < prefix.size() || !equal_ignoring_case(text.substr(0, prefix.size()), prefix)) return false;
    text.remove_prefix(prefix.size());
    return true;
}

void split_query(std::string_view text, request_head& out) noexcept {
    const auto mark = text.find('?');
    out.has_query = mark != std::string_view::npos;
    out.raw_path = text.substr(0, mark);
    out.query = out.has_query ? text.substr(mark + 1) : std::string_view{};
}

// Origin-form and absolute-form only (RFC 9112 §3.2): asterisk-form is for a server, authority-form for a tunnel.
head_error read_target(request_head& out) noexcept {
    auto text = out.target;
    out.host = {};
    if (text.starts_with('/')) return split_query(text, out), head_error::none;
    if (!take_prefix(text, "http://") && !take_prefix(text, "https://")) return head_error::bad_target;
    auto authority = text.substr(0, text.find_first_of("/?"));
    split_query(text.substr(authority.size()), out);
    if (out.raw_path.empty()) out.raw_path = "/";
    if (const auto at = authority.find('@'); at != std::string_view::npos) {
        if (!is_user_information(authority.substr(0, at))) return head_error::bad_target;
        authority.remove_prefix(at + 1);
    }
    out.host = authority;
    return is_host(authority) ? head_error::none : head_error::bad_host;
}

// `p` at the first byte of a head that ends at `last`; moved behind the line.
head_error read_request_line(const char*& p, const char* last, const head_limits& limits, request_head& out) noexcept {
    const char* begin = p;
    while (is_byte(*p, token_byte)) ++p;
    if (p == begin || *p != ' ') return head_error::bad_syntax;
    out.method = {begin, static_cast<std::size_t>(p - begin)};
    begin = ++p;
    p = find_target_end(p, last);
    out.target = {begin, static_cast<std::size_t>(p - begin)};
    if (*p != ' ') return *p == '\r' ? head_error::bad_syntax : head_error::bad_target;
    begin = ++p;
    while (*p != '\r') ++p;
    if (const auto e = read_version({begin, static_cast<std::size_t>(p - begin)}, out.minor_version); e != head_error::none) return e;
    p += 2;
    if (out.target.size() > limits.target_bytes) return head_error::target_too_long;
    if (out.method == "CONNECT") return head_error::bad_method;
    return read_target(out);
}

head_error read_status_line(const char*& p, response_head& out) noexcept {
    const char* const begin = p;
    while (*p != '\r') ++p;
    const std::string_view line(begin, static_cast<std::size_t>(p - begin));
    p += 2;
    if (const auto e = read_version(line.substr(0, 8), out.minor_version); e != head_error::none) return e;
    if (line.size() < 13 || line[8] != ' ' || !all_bytes(line.substr(9, 3), digit_byte) || line[12] != ' ') return head_error::bad_syntax;
    out.status = static_cast<unsigned>((line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0'));
    out.reason = line.substr(13);
    return out.status >= 100 && out.status < 600 ? head_error::none : head_error::bad_syntax;
}

// Exactly one Host on HTTP/1.1, at most one on HTTP/1.0; the target's authority wins. (RFC 9112 §3.2)
head_error apply_host(request_head& out, const field_facts& facts) noexcept {
    if (facts.hosts > 1 || (facts.hosts == 0 && out.minor_version == 1)) return head_error::bad_host;
    if (facts.hosts == 1 && !is_host(facts.host)) return head_error::bad_host;
    if (out.host.empty()) out.host = facts.host;
    return head_error::none;
}

// Messages without a body whatever their fields say; what those may say is little. (RFC 9110 §6.4.1, RFC 9112 §6)
head_error apply_answer_framing(bool to_head, response_head& out) noexcept {
    const bool never = out.status < 200 || out.status == 204;
    if (never && (out.body == body_kind::chunked || out.content_length != 0)) return head_error::bad_framing;
    if (never || to_head || out.status == 304) {
        out.body = body_kind::none;
    } else if (out.body == body_kind::none) {
        out.body = body_kind::until_close;
        out.keep_alive = false;
    }
    return head_error::none;
}

head_error read_complete(std::string_view bytes, const head_limits& limits, request_head& out) noexcept {
    field_facts facts;
    const char* p = bytes.data();
    auto e = read_request_line(p, bytes.data() + bytes.size(), limits, out);
    if (e == head_error::none) e = read_fields(p, bytes.data() + bytes.size(), limits, out, facts);
    if (e == head_error::none) e = apply_host(out, facts);
    if (e == head_error::none) e = apply_framing(out, facts);
    if (e == head_error::none) e = apply_connection(out, facts);
    if (e == head_error::none) e = apply_expect(out, facts);
    if (e == head_error::none && facts.frames() && !witness_agrees(bytes, out)) e = head_error::bad_syntax;
    return e;
}

head_error read_complete(std::string_view bytes, const head_limits& limits, bool to_head, response_head& out) noexcept {
    field_facts facts;
    const char* p = bytes.data();
    auto e = read_status_line(p, out);
    if (e == head_error::none) e = read_fields(p, bytes.data() + bytes.size(), limits, out, facts);
    if (e == head_error::none) e = apply_framing(out, facts);
    if (e == head_error::none) e = apply_connection(out, facts);
    if (e == head_error::none && facts.transfer_encodings != 0 && !witness_agrees(bytes, out)) e = head_error::bad_syntax;
    if (e == head_error::none) e = apply_answer_framing(to_head, out);
    return e;
}

head_status verdict(head_error e, head_error& why) noexcept {
    why = e;
    return e == head_error::none ? head_status::complete : head_status::refused;
}

}  // namespace

std::string_view to_string(head_error e) noexcept {
    switch (e) {
        case head_error::none: return "none";
        case head_error::bad_syntax: return "bad_syntax";
        case head_error::bad_version: return "bad_version";
        case head_error::bad_method: return "bad_method";
        case head_error::bad_target: return "bad_target";
        case head_error::target_too_long: return "target_too_long";
        case head_error::too_large: return "too_large";
        case head_error::bad_framing: return "bad_framing";
        case head_error::bad_host: return "bad_host";
        case head_error::bad_field: return "bad_field";
        case head_error::unsupported_expectation: return "unsupported_expectation";
    }
    return "bad_syntax";
}

head_status read_request_head(std::string_view bytes, std::size_t& scanned, const head_limits& limits, request_head& out, head_error& why) noexcept {
    why = head_error::none;
    const auto begin = skip_empty_lines(bytes);
    if (begin < bytes.size() && bytes[begin] != '\r' && !is_byte(bytes[begin], token_byte)) return verdict(head_error::bad_syntax, why);
    std::size_t end = 0;
    auto e = bounded_end(bytes, begin, scanned, limits, end);
    if (e == head_error::too_large && target_is_too_long(bytes.substr(begin), limits)) e = head_error::target_too_long;
    if (e != head_error::none) return verdict(e, why);
    if (end == 0) return head_status::need_more;
    out.head_bytes = end;
    return verdict(read_complete(bytes.substr(begin, end - begin), limits, out), why);
}

head_status read_response_head(
    std::string_view bytes, std::size_t& scanned, const head_limits& limits, bool to_head, response_head& out, head_error& why) noexcept {
    why = head_error::none;
    std::size_t end = 0;
    const auto e = bounded_end(bytes, 0, scanned, limits, end);
    if (e != head_error::none) return verdict(e, why);
    if (end == 0) return head_status::need_more;
    out.head_bytes = end;
    return verdict(read_complete(bytes.substr(0, end), limits, to_head, out), why);
}

}  // namespace tollgate
