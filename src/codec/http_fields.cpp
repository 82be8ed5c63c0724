#include "http_fields.hpp"

#include "http_bytes.hpp"
#include "http_names.hpp"
#include "http_scan.hpp"

#include "tollgate/codec/text.hpp"

#include <algorithm>

namespace tollgate {
namespace {

// Connection options in one head: each is compared with every field, so their product is work that a client can ask for.
constexpr std::size_t kConnectionOptions = 32;
constexpr std::size_t kContentLengthDigits = 19;  // fits in 64 bits

void note(const header_field& f, field_facts& facts) noexcept {
    switch (f.id) {
        case field_name::host: ++facts.hosts, facts.host = f.value; break;
        case field_name::content_length: ++facts.content_lengths, facts.content_length = f.value; break;
        case field_name::transfer_encoding: ++facts.transfer_encodings, facts.transfer_encoding = f.value; break;
        case field_name::connection: ++facts.connections; break;
        case field_name::expect: ++facts.expects; break;
        default: break;
    }
}

// Dropping these at a client's word would change who asks or where the message ends.
bool may_be_named(field_name id) noexcept {
    return id != field_name::host && id != field_name::authorization && id != field_name::content_length && id != field_name::transfer_encoding;
}

bool drop_named(message_head& head, std::string_view option) noexcept {
    const auto named = identify_name(option, false).id;
    if (!may_be_named(named)) return false;
    for (std::size_t i = 0; i < head.field_count; ++i) {
        auto& f = head.fields[i];
        if (f.id == named && (named != field_name::other || equal_ignoring_case(f.name, option))) f.dropped = true;
    }
    return true;
}

struct connection_wishes {
    bool close = false, keep_alive = false;
    std::size_t options = 0;
};

bool read_option(message_head& head, std::string_view option, connection_wishes& wishes) noexcept {
    if (option.empty()) return true;  // empty list elements are allowed (RFC 9110 §5.6.1)
    if (!all_bytes(option, token_byte) || ++wishes.options > kConnectionOptions) return false;
    if (same_token(option, "close")) return wishes.close = true;
    if (same_token(option, "keep-alive")) return wishes.keep_alive = true;
    return drop_named(head, option);
}

bool read_options(message_head& head, std::string_view list, connection_wishes& wishes) noexcept {
    for (;;) {
        const auto comma = std::min(list.find(','), list.size());
        if (!read_option(head, trim_blanks(list.data(), list.data() + comma), wishes)) return false;
        if (comma == list.size()) return true;
        list.remove_prefix(comma + 1);
    }
}

}  // namespace

head_error read_fields(const char* p, const char* last, const head_limits& limits, message_head& out, field_facts& facts) noexcept {
    const auto most = std::min(limits.header_count, out.fields.size());
    out.field_count = 0;
    while (*p != '\r') {
        const char* const name = p;
        bool has_underscore = false;
        p = find_plain_name_end(p, last);
        for (; is_byte(*p, token_byte); ++p) has_underscore |= *p == '_';
        if (p == name || *p != ':') return head_error::bad_syntax;  // also obs-fold, and blanks before the colon
        if (out.field_count == most) return head_error::too_large;
        const char* const end = find_control(p + 1, last);
        auto& f = out.fields[out.field_count++];
        f.name = {name, static_cast<std::size_t>(p - name)};
        f.value = trim_blanks(p + 1, end);
        const auto known = identify_name(f.name, has_underscore);
        f.id = known.id;
        f.dropped = known.dropped;
        note(f, facts);
        p = end + 2;
    }
    return head_error::none;
}

head_error apply_connection(message_head& head, const field_facts& facts) noexcept {
    connection_wishes wishes;
    if (facts.connections != 0) {
        for (std::size_t i = 0; i < head.field_count; ++i)
            if (head.fields[i].id == field_name::connection && !read_options(head, head.fields[i].value, wishes)) return head_error::bad_field;
    }
    head.keep_alive = !wishes.close && (head.minor_version == 1 || wishes.keep_alive);
    return head_error::none;
}

head_error apply_framing(message_head& head, const field_facts& facts) noexcept {
    head.body = body_kind::none;
    head.content_length = 0;
    if (facts.content_lengths + facts.transfer_encodings > 1) return head_error::bad_framing;
    if (facts.transfer_encodings != 0) {
        if (head.minor_version == 0 || !equal_ignoring_case(facts.transfer_encoding, "chunked")) return head_error::bad_framing;
        head.body = body_kind::chunked;
    } else if (facts.content_lengths != 0) {
        const auto digits = facts.content_length;
        if (digits.empty() || digits.size() > kContentLengthDigits || !all_bytes(digits, digit_byte)) return head_error::bad_framing;
        for (const char c : digits) head.content_length = head.content_length * 10 + static_cast<unsigned>(c - '0');
        head.body = body_kind::length;
    }
    return head_error::none;
}

head_error apply_expect(request_head& head, const field_facts& facts) noexcept {
    head.expects_continue = false;
    if (facts.expects == 0 || head.minor_version == 0) return head_error::none;
    for (std::size_t i = 0; i < head.field_count; ++i) {
        if (head.fields[i].id != field_name::expect) continue;
        if (!equal_ignoring_case(head.fields[i].value, "100-continue")) return head_error::unsupported_expectation;
    }
    head.expects_continue = true;
    return head_error::none;
}

}  // namespace tollgate
