#include "tollgate/control/client.hpp"

#include "tollgate/net/unix_client.hpp"

#include <fmt/format.h>

namespace tollgate {
namespace {

constexpr std::string_view prefix = "/v1/admin";

// RFC 3986 §2.3: everything but the unreserved is escaped.
std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
        if (plain) out += c;
        else out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return out;
}

std::string_view text_at(const json::object& o, std::string_view name) {
    const auto* value = o.if_contains(name);
    return value != nullptr && value->is_string() ? std::string_view(value->get_string()) : std::string_view{};
}

errc kind_of(unsigned status) noexcept {
    switch (status) {
        case 404: return errc::not_found;
        case 409:
        case 412: return errc::conflict;
        case 400:
        case 415:
        case 422: return errc::invalid;
        case 503: return errc::unavailable;
        default: return errc::refused;
    }
}

std::string target_of(std::string_view path, const management_client::query& q) {
    std::string target = std::string(prefix) + std::string(path);
    char separator = '?';
    for (const auto& [name, value] : q) {
        if (value.empty()) continue;
        target += fmt::format("{}{}={}", separator, name, escaped(value));
        separator = '&';
    }
    return target;
}

// A problem document as one sentence; fields one after the other.
failure failure_of(unsigned status, const json::value& body) {
    if (!body.is_object()) return {kind_of(status), fmt::format("the gateway answered {}", status)};
    const auto& o = body.get_object();
    std::string what(text_at(o, "title"));
    if (const auto detail = text_at(o, "detail"); !detail.empty()) what += fmt::format(": {}", detail);
    const auto* errors = o.if_contains("errors");
    if (errors != nullptr && errors->is_array())
        for (const auto& e : errors->get_array())
            if (e.is_object()) what += fmt::format("\n  {}: {}", text_at(e.get_object(), "field"), text_at(e.get_object(), "what"));
    return {kind_of(status), std::move(what)};
}

// The answer's JSON; nothing where it has none.
result<json::value> ask_json(const std::string& socket, const http_ask& ask) {
    const auto answer = http_over_unix(socket, ask);
    if (!answer) return answer.error();
    boost::system::error_code error;
    auto value = answer->body.empty() ? json::value(nullptr) : json::parse(answer->body, error);
    if (answer->status >= 400) return failure_of(answer->status, error ? json::value(nullptr) : value);
    if (error) return failure{errc::corrupt, "the gateway's answer is not JSON"};
    return value;
}

}  // namespace

result<json::value> management_client::call(std::string_view method, std::string target, std::string body, std::string_view if_match) const {
    http_ask ask{std::string(method), std::move(target), {}, std::move(body)};
    if (!ask.body.empty()) ask.headers.emplace_back("Content-Type", "application/json");
    if (!if_match.empty()) ask.headers.emplace_back("If-Match", if_match);
    return ask_json(socket_, ask);
}

result<json::value> management_client::get(std::string_view path, const query& q) const { return call("GET", target_of(path, q), {}, {}); }

result<json::value> management_client::post(std::string_view path, const json::value& body) const {
    return call("POST", std::string(prefix) + std::string(path), json::serialize(body), {});
}

result<json::value> management_client::patch(std::string_view path, const json::value& body) const {
    return call("PATCH", std::string(prefix) + std::string(path), json::serialize(body), {});
}

result<json::value> management_client::post_lines(std::string_view path, const query& q, std::string lines) const {
    return ask_json(socket_, {"POST", target_of(path, q), {{"Content-Type", "application/x-ndjson"}}, std::move(lines)});
}

result<void> management_client::erase(std::string_view path, std::string_view if_match) const {
    const auto answer = call("DELETE", std::string(prefix) + std::string(path), {}, if_match);
    if (!answer) return answer.error();
    return {};
}

result<json::array> management_client::all(std::string_view path, query q, std::size_t rows) const {
    json::array out;
    q.emplace_back("cursor", "");
    for (;;) {
        auto page = get(path, q);
        if (!page) return page.error();
        const auto* data = page->is_object() ? page->get_object().if_contains("data") : nullptr;
        if (data == nullptr || !data->is_array()) return failure{errc::corrupt, "the gateway's answer is no page of rows"};
        for (const auto& row : data->get_array()) {
            if (out.size() == rows) return out;
            out.push_back(row);
        }
        const auto cursor = text_at(page->get_object(), "next_cursor");
        if (cursor.empty() || out.size() == rows) return out;
        q.back().second = cursor;
    }
}

}  // namespace tollgate
