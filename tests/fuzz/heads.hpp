// heads.hpp - a head read in fragments, read by Beast whole, and written anew: what the targets on heads compare.
#pragma once

#include "fuzz/fuzz.hpp"
#include "tollgate/codec/http_guard.hpp"
#include "tollgate/codec/text.hpp"

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include <algorithm>
#include <memory>
#include <string>

namespace tollgate::fuzz {

template <class Head>
struct head_reading {
    head_status status = head_status::need_more;
    head_error why = head_error::none;
    std::string meaning;
    std::unique_ptr<Head> head = std::make_unique<Head>();
    exact last{""};  // what `head` has views into
};

inline std::string framing_text(const message_head& h) {
    std::string out = std::to_string(static_cast<int>(h.body)) + ' ' + std::to_string(h.content_length) + (h.keep_alive ? " keep " : " close ") +
        std::to_string(h.minor_version) + ' ' + std::to_string(h.head_bytes) + '\n';
    for (const auto& f : h) out.append(f.name).append(f.dropped ? "-" : "+").append(f.value).append("\n");
    return out;
}
inline std::string meaning_of(const request_head& h) {
    return std::string(h.method) + ' ' + std::string(h.host) + ' ' + std::string(h.raw_path) + (h.has_query ? "?" : "") + std::string(h.query) +
        (h.expects_continue ? " continue " : " ") + framing_text(h);
}
inline std::string meaning_of(const response_head& h) { return std::to_string(h.status) + ' ' + std::string(h.reason) + ' ' + framing_text(h); }

inline head_status read_once(std::string_view b, std::size_t& scanned, const head_limits& l, bool, request_head& out, head_error& why) {
    return read_request_head(b, scanned, l, out, why);
}
inline head_status read_once(std::string_view b, std::size_t& scanned, const head_limits& l, bool to_head, response_head& out, head_error& why) {
    return read_response_head(b, scanned, l, to_head, out, why);
}

// `fragment` bytes more each time; 0: all at once. The last look is at memory that ends with what has come.
template <class Head>
head_reading<Head> read_head(std::string_view wire, std::size_t fragment = 0, const head_limits& limits = {}, bool to_head = false) {
    head_reading<Head> out;
    if (fragment == 0) fragment = wire.size();
    std::size_t scanned = 0;
    for (std::size_t have = 0; have < wire.size() && out.status == head_status::need_more;) {
        have = std::min(wire.size(), have + fragment);
        out.last = exact(wire.substr(0, have));
        out.status = read_once(out.last.view(), scanned, limits, to_head, *out.head, out.why);
    }
    if (out.status == head_status::complete) out.meaning = meaning_of(*out.head);
    return out;
}

// Sizes of fragments: every byte where the text is short, and two that its bytes choose, so that the fuzzer moves the cuts.
inline std::vector<std::size_t> cuts(std::string_view wire) {
    const auto chosen = wire.empty() ? std::size_t{0} : static_cast<unsigned char>(wire.back());
    std::vector<std::size_t> out{wire.size() / 2 + 1, 1 + chosen + wire.size() / 16};
    if (wire.size() < 80) out.push_back(1);
    return out;
}

// Beast's parser over the whole head, every field of it.
template <class Head>
class beast_reader final : public boost::beast::http::basic_parser<std::is_same_v<Head, request_head>> {
    using text = boost::beast::string_view;
    using error_code = boost::beast::error_code;

 public:
    beast_reader() {
        this->header_limit(1 << 30);
        this->body_limit(boost::none);
        this->skip(true);
    }
    std::string start, fields;

 private:
    void on_request_impl(boost::beast::http::verb, text method, text target, int version, error_code&) override {
        start = std::string(method) + ' ' + std::string(target) + ' ' + std::to_string(version);
    }
    void on_response_impl(int status, text reason, int version, error_code&) override {
        start = std::to_string(status) + ' ' + std::string(reason) + ' ' + std::to_string(version);
    }
    void on_field_impl(boost::beast::http::field, text name, text value, error_code&) override {
        fields.append(name).append("=").append(value).append("\n");
    }
    void on_header_impl(error_code&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
    std::size_t on_body_impl(text, error_code&) override { return 0; }
    void on_chunk_header_impl(std::uint64_t, text, error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, text, error_code&) override { return 0; }
    void on_finish_impl(error_code&) override {}
};

inline std::string start_of(const request_head& h) {
    return std::string(h.method) + ' ' + std::string(h.target) + ' ' + std::to_string(10 + h.minor_version);
}
inline std::string start_of(const response_head& h) {
    return std::to_string(h.status) + ' ' + std::string(h.reason) + ' ' + std::to_string(10 + h.minor_version);
}

// Whether Beast reads the same start line, fields and framing from a head that the guard has accepted.
template <class Head>
bool beast_agrees(std::string_view head_bytes, const Head& head) {
    while (head_bytes.starts_with("\r\n")) head_bytes.remove_prefix(2);
    const exact copy(head_bytes);
    beast_reader<Head> parser;
    boost::beast::error_code ec;
    const auto used = parser.put(boost::asio::const_buffer(copy.view().data(), copy.view().size()), ec);
    if (ec || used != head_bytes.size() || !parser.is_header_done()) return false;
    std::string fields;
    for (const auto& f : head) fields.append(f.name).append("=").append(f.value).append("\n");
    if (parser.start != start_of(head) || parser.fields != fields) return false;
    if constexpr (std::is_same_v<Head, request_head>) {
        const auto length = parser.content_length();
        const bool counted = head.body == body_kind::length;
        return parser.chunked() == (head.body == body_kind::chunked) && length.has_value() == counted && (!counted || *length == head.content_length);
    }
    return true;
}

// Origin-form, the host as it counts (any where there is none), the fields that may pass, framing of our own.
inline std::string written_anew(const request_head& h) {
    std::string out;
    out.append(h.method).append(" ").append(h.raw_path).append(h.has_query ? "?" : "").append(h.query);
    out.append(" HTTP/1.1\r\nHost: ").append(h.host.empty() ? std::string_view("a.test") : h.host).append("\r\n");
    for (const auto& f : h) {
        const bool ours = f.id == field_name::host || f.id == field_name::content_length || f.id == field_name::expect;
        if (!f.dropped && !ours) out.append(f.name).append(": ").append(f.value).append("\r\n");
    }
    if (h.body == body_kind::chunked) out += "Transfer-Encoding: chunked\r\n";
    if (h.body == body_kind::length) out += "Content-Length: " + std::to_string(h.content_length) + "\r\n";
    return out + "\r\n";
}

}  // namespace tollgate::fuzz
