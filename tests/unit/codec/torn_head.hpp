// torn_head.hpp - reads a head in fragments of every size and says what came out, as one comparable text.
//
// Each fragment's bytes lie in an allocation of their own that ends with them, so a read too far is a sanitizer's find.
#pragma once

#include "tollgate/codec/http_guard.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::testing {

struct read_outcome {
    head_status status = head_status::need_more;
    head_error why = head_error::none;
    std::string meaning;        // of a complete head
    std::size_t bytes_seen = 0; // when the verdict fell
};

inline std::string framing_text(const message_head& h) {
    const char* const kinds[] = {"none", "length", "chunked", "until_close"};
    std::string out = kinds[static_cast<int>(h.body)];
    if (h.body == body_kind::length) out += " " + std::to_string(h.content_length);
    out += h.keep_alive ? " keep" : " close";
    return out;
}

inline std::string fields_text(const message_head& h, bool dropped) {
    std::string out;
    for (const auto& f : h)
        if (f.dropped == dropped) out += std::string(f.name) + "=" + std::string(f.value) + ";";
    return out;
}

inline std::string meaning_of(const request_head& h) {
    auto out = std::string(h.method) + " " + std::string(h.host) + " " + std::string(h.raw_path);
    if (h.has_query) out += "?" + std::string(h.query);
    out += " 1." + std::to_string(h.minor_version) + " " + framing_text(h);
    if (h.expects_continue) out += " continue";
    return out;
}

inline std::string meaning_of(const response_head& h) {
    return std::to_string(h.status) + " '" + std::string(h.reason) + "' 1." + std::to_string(h.minor_version) + " " + framing_text(h);
}

inline head_status read_once(std::string_view bytes, std::size_t& scanned, const head_limits& limits, bool, request_head& out, head_error& why) {
    return read_request_head(bytes, scanned, limits, out, why);
}
inline head_status read_once(
    std::string_view bytes, std::size_t& scanned, const head_limits& limits, bool to_head, response_head& out, head_error& why) {
    return read_response_head(bytes, scanned, limits, to_head, out, why);
}

template <class Head>
read_outcome read_torn(std::string_view wire, std::size_t fragment, const head_limits& limits = {}, bool to_head = false) {
    const auto head = std::make_unique<Head>();
    read_outcome out;
    std::size_t scanned = 0;
    for (std::size_t have = 0; have < wire.size() && out.status == head_status::need_more;) {
        have = std::min(wire.size(), have + fragment);
        const std::vector<char> exact(wire.begin(), wire.begin() + static_cast<std::ptrdiff_t>(have));
        out.status = read_once({exact.data(), exact.size()}, scanned, limits, to_head, *head, out.why);
        out.bytes_seen = have;
        if (out.status == head_status::complete)
            out.meaning = meaning_of(*head) + "\nkept " + fields_text(*head, false) + "\ndropped " + fields_text(*head, true) + "\nbytes " +
                std::to_string(head->head_bytes);
    }
    return out;
}

// The same verdict for every fragment size; answers the one of the whole.
template <class Head>
read_outcome read_every_way(std::string_view what, std::string_view wire, const head_limits& limits = {}, bool to_head = false) {
    const auto whole = read_torn<Head>(wire, wire.size(), limits, to_head);
    for (std::size_t fragment = 1; fragment < wire.size(); ++fragment) {
        const auto torn = read_torn<Head>(wire, fragment, limits, to_head);
        BOOST_TEST((torn.status == whole.status && torn.why == whole.why && torn.meaning == whole.meaning),
            what << ": in fragments of " << fragment << " it reads differently: " << to_string(torn.why) << " " << torn.meaning);
    }
    return whole;
}

}  // namespace tollgate::testing
