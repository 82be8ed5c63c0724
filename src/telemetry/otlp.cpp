#include "tollgate/telemetry/otlp.hpp"

#include "tollgate/codec/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace tollgate {
namespace {

constexpr int kind_server = 2, kind_client = 3, status_error = 2;
constexpr int flag_sampled = 1, flag_remote_known = 0x100, flag_remote = 0x200;
constexpr std::size_t said_bytes = 300;  // of a collector's words
constexpr std::int64_t longest_said = 24 * 3600;  // seconds: what is beyond may be more than fits into milliseconds

std::string id_text(std::uint64_t id) { return fmt::format("{:016x}", id); }
std::string nanos(timestamp t) { return fmt::format("{}", t.us * 1000); }

// An unknown method is the caller's own word, of which there is no end.
std::string_view known_method(std::string_view method) noexcept {
    constexpr std::array<std::string_view, 9> known{"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"};
    return std::ranges::find(known, method) != known.end() ? method : std::string_view("_OTHER");
}

class attribute_list {
 public:
    void text(std::string_view key, std::string_view value) {
        if (!value.empty()) put(key, {{"stringValue", value}});
    }
    void number(std::string_view key, std::uint64_t value) { put(key, {{"intValue", fmt::format("{}", value)}}); }
    json::array list;

 private:
    void put(std::string_view key, json::object value) { list.push_back(json::object{{"key", key}, {"value", std::move(value)}}); }
};

json::object span_json(const trace_span& s, std::uint64_t id, std::uint64_t parent, bool remote, std::string name, int kind, timestamp start,
    std::uint64_t took_us, json::array attributes, bool failed) {
    json::object out{{"traceId", s.trace_id}, {"spanId", id_text(id)}};
    if (parent != 0) out["parentSpanId"] = id_text(parent);
    out["flags"] = flag_sampled | flag_remote_known | (remote ? flag_remote : 0);
    out["name"] = std::move(name);
    out["kind"] = kind;
    out["startTimeUnixNano"] = nanos(start);
    out["endTimeUnixNano"] = nanos(start + std::chrono::microseconds(took_us));
    out["attributes"] = std::move(attributes);
    out["status"] = failed ? json::object{{"code", status_error}} : json::object{};
    return out;
}

json::object served(const trace_span& s) {
    const auto method = known_method(s.method);
    attribute_list a;
    a.text("http.request.method", method);
    a.text("http.route", s.route);
    if (s.status != 0) a.number("http.response.status_code", s.status);
    a.text("url.scheme", s.scheme);
    a.text("network.protocol.version", s.http_1_0 ? "1.0" : "1.1");
    a.number("http.request.body.size", s.request_bytes);
    a.number("http.response.body.size", s.response_bytes);
    const bool failed = s.status >= 500 || s.status == 0;
    if (failed) a.text("error.type", !s.reason.empty() ? s.reason : fmt::format("{}", s.status));
    a.text("tollgate.api", s.api);
    a.text("tollgate.environment", s.environment);
    a.text("tollgate.request_id", s.request_id);
    a.text("tollgate.reason", s.reason);
    a.text("tollgate.would_refuse", s.would_refuse);
    auto name =
        s.route.empty() ? std::string(method == "_OTHER" ? "HTTP" : method) : fmt::format("{} {}", method == "_OTHER" ? "HTTP" : method, s.route);
    return span_json(s, s.id, s.parent, s.parent != 0, std::move(name), kind_server, s.start, s.took_us, std::move(a.list), failed);
}

json::object asked(const trace_span& s) {
    attribute_list a;
    const auto method = known_method(s.method);
    a.text("http.request.method", method);
    const auto colon = s.server.rfind(':');
    const auto host = s.server.substr(0, colon);
    a.text("server.address", host.starts_with('[') && host.ends_with(']') ? host.substr(1, host.size() - 2) : host);
    std::uint64_t port = 0;
    if (colon != std::string::npos) std::from_chars(s.server.data() + colon + 1, s.server.data() + s.server.size(), port);
    if (port != 0) a.number("server.port", port);
    if (s.sent_again != 0) a.number("http.request.resend_count", s.sent_again);
    const bool answered = s.reason.empty() && s.status != 0;  // else the status is the gateway's own
    if (answered) a.number("http.response.status_code", s.status);
    const bool failed = !answered || s.status >= 400;
    if (failed) a.text("error.type", answered ? fmt::format("{}", s.status) : s.reason);
    return span_json(s, s.upstream_id, s.id, false, std::string(method == "_OTHER" ? "HTTP" : method), kind_client, s.upstream_start, s.upstream_us,
        std::move(a.list), failed);
}

std::uint64_t number_in(const json::object& o, std::string_view name) {
    const auto* value = o.if_contains(name);
    if (value == nullptr) return 0;
    boost::system::error_code none;
    if (value->is_number()) {
        const auto n = value->to_number<std::uint64_t>(none);
        return none ? 0 : n;
    }
    std::uint64_t n = 0;
    if (value->is_string()) std::from_chars(value->get_string().data(), value->get_string().data() + value->get_string().size(), n);
    return n;
}

std::string text_in(const json::object& o, std::string_view name) {
    const auto* value = o.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()).substr(0, said_bytes) : std::string();
}

json::object object_in(std::string_view body) {
    boost::system::error_code error;
    const auto value = json::parse(body, error);
    return !error && value.is_object() ? value.get_object() : json::object();
}

}  // namespace

std::string write_spans(const span_resource& by, std::span<const trace_span> spans) {
    json::array told;
    for (const auto& s : spans) {
        told.push_back(served(s));
        if (s.upstream_start.is_set()) told.push_back(asked(s));
    }
    attribute_list who;
    who.text("service.name", by.service_name);
    who.text("service.version", by.service_version);
    who.text("service.instance.id", by.instance_id);
    const json::object scope{{"name", "tollgate"}, {"version", by.service_version}};
    const json::object out{{"resourceSpans",
        json::array{json::object{{"resource", json::object{{"attributes", std::move(who.list)}}},
            {"scopeSpans", json::array{json::object{{"scope", scope}, {"spans", std::move(told)}}}}}}}};
    return json::serialize(out);
}

export_outcome read_export_answer(unsigned status, std::string_view retry_after, std::string_view body) {
    using kind = export_outcome::kind;
    export_outcome out;
    if (status >= 200 && status < 300) {
        out.what = kind::accepted;
        const auto answer = object_in(body);
        const auto* partial = answer.if_contains("partialSuccess");
        if (partial == nullptr || !partial->is_object()) return out;
        out.rejected = number_in(partial->get_object(), "rejectedSpans");
        out.why = text_in(partial->get_object(), "errorMessage");
        return out;
    }
    const bool again = status == 429 || status == 502 || status == 503 || status == 504;
    out.what = again ? kind::later : kind::refused;
    std::int64_t seconds = 0;
    const auto [end, error] = std::from_chars(retry_after.data(), retry_after.data() + retry_after.size(), seconds);
    if (error == std::errc() && end == retry_after.data() + retry_after.size() && seconds >= 0)
        out.retry_after = std::chrono::seconds(std::min(seconds, longest_said));
    const auto said = text_in(object_in(body), "message");
    out.why = fmt::format("it answered {}{}{}", status, said.empty() ? "" : ": ", said);
    return out;
}

}  // namespace tollgate
