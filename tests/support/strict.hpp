// strict.hpp - a second reading of an HTTP/1.1 request, written for tests apart from the gateway's own.
//
// Reads what is known to be good (accepted corpus entries, what the gateway sent upstream) and says what it means:
// method, target in canonical origin-form, end-to-end fields, body. `bad` for anything else.
// Threads: functions. Lifetime: values.
#pragma once

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::test {

struct strict_request {
    enum class outcome : std::uint8_t { whole, more, bad } what = outcome::more;
    std::string method, target, host;                         // host: the target's, else Host
    std::vector<std::pair<std::string, std::string>> fields;  // end-to-end, names in lower case, in order
    std::string head, body;                                   // as received; without the coding
    std::size_t bytes = 0;
};

inline std::string lowered(std::string_view s) {
    std::string out(s);
    std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
}

// The path with unreserved bytes decoded and hexadecimal digits in capitals; the query as it is.
inline std::string canonical_target(std::string_view target) {
    const auto mark = std::min(target.find('?'), target.size());
    std::string out;
    for (std::size_t i = 0; i < mark; ++i) {
        if (target[i] != '%' || i + 2 >= mark) {
            out += target[i];
            continue;
        }
        const std::string digits(target.substr(i + 1, 2));
        const auto byte = static_cast<unsigned char>(std::stoul(digits, nullptr, 16));
        if (std::isalnum(byte) != 0 || std::string_view("-._~").find(static_cast<char>(byte)) != std::string_view::npos)
            out += static_cast<char>(byte);
        else out += {'%', static_cast<char>(std::toupper(digits[0])), static_cast<char>(std::toupper(digits[1]))};
        i += 2;
    }
    return out + std::string(target.substr(mark));
}

inline std::string without_blanks(std::string_view s) {
    const auto begin = s.find_first_not_of(" \t");
    return begin == std::string_view::npos ? std::string() : std::string(s.substr(begin, s.find_last_not_of(" \t") - begin + 1));
}

// Of one hop, or written by the gateway itself, or never passed on: not compared.
inline bool end_to_end(std::string name, const std::vector<std::string>& named) {
    if (std::find(named.begin(), named.end(), name) != named.end()) return false;
    std::replace(name.begin(), name.end(), '_', '-');
    static const std::vector<std::string> others{"connection", "keep-alive", "proxy-connection", "proxy-authenticate", "proxy-authorization", "te",
        "trailer", "transfer-encoding", "upgrade", "http2-settings", "host", "content-length", "expect", "authorization", "forwarded", "via",
        "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-request-id", "traceparent", "tracestate", "x-http-method",
        "x-http-method-override", "x-method-override"};
    return !name.starts_with("x-tollgate") && std::find(others.begin(), others.end(), name) == others.end();
}

// Decodes a chunked body behind `at`; npos: more is needed.
inline std::size_t read_chunks(std::string_view bytes, std::size_t at, std::string& body) {
    constexpr auto more = std::string_view::npos;
    for (;;) {
        const auto eol = bytes.find("\r\n", at);
        if (eol == more) return more;
        const auto size = std::stoul(std::string(bytes.substr(at, eol - at)), nullptr, 16);
        at = eol + 2;
        if (size == 0) break;
        if (bytes.size() < at + size + 2) return more;
        body += bytes.substr(at, size);
        at += size + 2;
    }
    for (;;) {  // trailers
        const auto eol = bytes.find("\r\n", at);
        if (eol == more) return more;
        const bool last = eol == at;
        at = eol + 2;
        if (last) return at;
    }
}

// "GET /x HTTP/1.1" -> method, target, host.
inline bool read_request_line(std::string_view line, strict_request& out) {
    const auto first = line.find(' '), last = line.rfind(' ');
    if (first == std::string_view::npos || first == last || !line.substr(last + 1).starts_with("HTTP/1.")) return false;
    out.method = line.substr(0, first);
    std::string target(line.substr(first + 1, last - first - 1));
    if (const auto scheme = target.find("://"); !target.starts_with('/') && scheme != std::string::npos) {
        const auto path = std::min(target.find_first_of("/?", scheme + 3), target.size());
        out.host = target.substr(scheme + 3, path - scheme - 3);
        if (const auto user = out.host.find('@'); user != std::string::npos) out.host.erase(0, user + 1);
        target = path == target.size() ? "/" : target[path] == '?' ? "/" + target.substr(path) : target.substr(path);
    }
    out.target = canonical_target(target);
    return target.starts_with('/');
}

// Throws where a number is none.
inline strict_request read_message(std::string_view bytes) {
    strict_request out;
    std::size_t begin = 0;
    while (bytes.substr(begin).starts_with("\r\n")) begin += 2;
    const auto end = bytes.find("\r\n\r\n", begin);
    if (end == std::string_view::npos) return out;
    out.what = strict_request::outcome::bad;
    out.head = bytes.substr(begin, end + 4 - begin);
    auto at = bytes.find("\r\n", begin);
    if (!read_request_line(bytes.substr(begin, at - begin), out)) return out;
    std::vector<std::pair<std::string, std::string>> all;
    std::vector<std::string> named;
    for (at += 2; at < end + 2; at = bytes.find("\r\n", at) + 2) {
        const auto line = bytes.substr(at, bytes.find("\r\n", at) - at);
        const auto colon = line.find(':');
        if (colon == std::string_view::npos || colon == 0) return out;
        all.emplace_back(lowered(line.substr(0, colon)), without_blanks(line.substr(colon + 1)));
        if (all.back().first != "connection") continue;
        for (std::string list = all.back().second + ","; !list.empty(); list.erase(0, list.find(',') + 1))
            named.push_back(lowered(without_blanks(list.substr(0, list.find(',')))));
    }
    std::size_t length = 0;
    bool chunked = false;
    for (const auto& [name, value] : all) {
        if (name == "content-length") length = std::stoul(value);
        if (name == "transfer-encoding") chunked = true;
        if (name == "host" && out.host.empty()) out.host = value;
        if (end_to_end(name, named)) out.fields.emplace_back(name, value);
    }
    out.what = strict_request::outcome::more;
    out.bytes = chunked ? read_chunks(bytes, end + 4, out.body) : end + 4 + length;
    if (out.bytes == std::string_view::npos || out.bytes > bytes.size()) return out;
    if (!chunked) out.body = bytes.substr(end + 4, length);
    out.what = strict_request::outcome::whole;
    return out;
}

inline strict_request read_strictly(std::string_view bytes) {
    try {
        return read_message(bytes);
    } catch (const std::exception&) {
        strict_request bad;
        bad.what = strict_request::outcome::bad;
        return bad;
    }
}

}  // namespace tollgate::test
