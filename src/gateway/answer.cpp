#include "answer.hpp"

#include "tollgate/codec/records.hpp"
#include "tollgate/codec/text.hpp"

#include <ctime>

namespace tollgate {
namespace {

// IMF-fixdate (RFC 9110 §5.6.7).
void write_date(timestamp now, byte_buffer& out) {
    thread_local std::int64_t second = -1;
    thread_local char text[40];
    thread_local std::size_t size = 0;
    if (const auto s = now.us / 1'000'000; s != second) {
        second = s;
        const std::time_t t = s;
        std::tm parts{};
        ::gmtime_r(&t, &parts);
        size = std::strftime(text, sizeof text, "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &parts);
    }
    out.put({text, size});
}

// Whether the rest of the request's body can be read and thrown away, so that the connection lives on.
bool body_can_be_skipped(const workspace& ws) noexcept {
    const auto& x = ws.x;
    if (x.body.finished()) return true;
    if (ws.request.expects_continue && !x.told_to_continue && ws.downstream.empty()) return false;  // it may never come
    return ws.request.body == body_kind::length && ws.request.content_length - x.body.seen_bytes() <= bounds::drain_bytes;
}

task<bool> skip_body(worker& w, connection& c, workspace& ws) {
    auto& body = ws.x.body;
    std::string_view slice;
    for (;;) {
        const auto step = body.next(slice);
        if (step == body_reader::step::done) co_return true;
        if (step == body_reader::step::data) continue;
        if (step != body_reader::step::need_more) co_return false;
        c.bytes.read_within(w.shared().timeouts.body_idle);
        const auto [ec, n] = co_await c.bytes.read_some(ws.downstream.free(), ws.downstream.free_bytes());
        c.bytes.no_read_deadline();
        if (ec) co_return false;
        ws.downstream.received(n);
    }
}

void begin_answer(workspace& ws, unsigned status) {
    auto& out = ws.answer_out;
    out.clear();
    out.put("HTTP/1.1 ");
    out.put_number(status);
    out.put(' ');
    out.put(status_text(status));
    out.put("\r\n");
    write_date(ws.x.now, out);
}

void write_content(workspace& ws, std::string_view type, std::size_t size_bytes) {
    ws.answer_out.put_field("Content-Type", type);
    ws.answer_out.put("Content-Length: ");
    ws.answer_out.put_number(size_bytes);
    ws.answer_out.put("\r\n");
}

void end_answer_head(workspace& ws, bool keep) {
    auto& out = ws.answer_out;
    out.put_field("X-Request-Id", ws.x.request_id());
    write_rotation_warning(ws, out);
    write_judged(ws.x, out);
    write_cors(ws.x, out);
    if (!keep) out.put("Connection: close\r\n");
    else if (ws.request.minor_version == 0) out.put("Connection: keep-alive\r\n");
    out.put("\r\n");
}

// Sends answer_out and body_out, skips what is left of the request, and says how it goes on. Who has prepared an answer returns this task and
// has no frame of its own.
task<after> finish_answer(worker& w, connection& c, workspace& ws, unsigned status, bool keep) {
    auto& x = ws.x;
    x.status = status;
    x.answer_started = true;
    const bool with_body = ws.request.method != "HEAD" && status != 204 && status != 304;
    iovec parts[2] = {{ws.answer_out.data(), ws.answer_out.size()}, {ws.body_out.data(), with_body ? ws.body_out.size() : 0}};
    x.answer_bytes = parts[1].iov_len;
    auto unwritten = std::span(parts).first(parts[1].iov_len == 0 ? 1 : 2);
    if (c.bytes.others_wait()) co_await c.bytes.end_of_batch();
    error_code ec = c.bytes.write_now(unwritten);
    if (is_would_block(ec)) {
        c.bytes.write_within(w.shared().timeouts.response_idle);
        ec = co_await c.bytes.write(unwritten);
        c.bytes.no_write_deadline();
    }
    if (ec) {
        x.aborted = "client_gone";
        co_return after::close;
    }
    if (!keep) co_return after::linger;
    if (x.body.finished()) co_return after::keep;
    const bool skipped = co_await skip_body(w, c, ws);
    co_return skipped ? after::keep : after::close;
}

}  // namespace

// The API as the caller reached it. A loopback name on a listener that only counts as secure is reached in the clear: nothing ends TLS for it.
std::string origin_of(const connection& c, const workspace& ws) {
    const std::string_view host = ws.host;
    const bool loopback = host == "localhost" || host.ends_with(".localhost") || host == "127.0.0.1" || host == "[::1]";
    const bool secure = ws.x.from.secure || (c.secure && (c.tls != nullptr || !loopback));
    return std::string(secure ? "https://" : "http://").append(ws.request.host);
}

std::string_view status_text(unsigned status) noexcept {
    switch (status) {
        case 200: return "OK";
        case 201: return "Created";
        case 204: return "No Content";
        case 304: return "Not Modified";
        case 400: return "Bad Request";
        case 401: return "Unauthorized";
        case 403: return "Forbidden";
        case 404: return "Not Found";
        case 405: return "Method Not Allowed";
        case 408: return "Request Timeout";
        case 409: return "Conflict";
        case 412: return "Precondition Failed";
        case 413: return "Content Too Large";
        case 414: return "URI Too Long";
        case 417: return "Expectation Failed";
        case 421: return "Misdirected Request";
        case 422: return "Unprocessable Content";
        case 429: return "Too Many Requests";
        case 431: return "Request Header Fields Too Large";
        case 500: return "Internal Server Error";
        case 501: return "Not Implemented";
        case 502: return "Bad Gateway";
        case 503: return "Service Unavailable";
        case 504: return "Gateway Timeout";
        case 505: return "HTTP Version Not Supported";
        default: return "";
    }
}

std::string_view rotation_warning(const workspace& ws) noexcept {
    if (!ws.x.token_known || ws.granted.superseded_at <= ws.x.now) return {};  // unset is zero
    return ws.x.facts.of->rules.rotation.warn_header;
}

void write_rotation_warning(const workspace& ws, byte_buffer& out) {
    if (const auto name = rotation_warning(ws); !name.empty()) out.put_field(name, rfc3339(ws.granted.superseded_at));
}

void write_cors(const exchange_state& x, byte_buffer& out) {
    if (x.facts.of == nullptr || !x.facts.of->cors.enabled) return;
    out.put("Vary: Origin\r\n");  // whatever was answered: a cache must not hand it to another origin
    if (x.allowed_origin.empty()) return;
    out.put_field("Access-Control-Allow-Origin", x.allowed_origin);
    out.put("Access-Control-Expose-Headers: *\r\n");
}

void write_judged(const exchange_state& x, byte_buffer& out) {
    if (x.version != nullptr) {
        out.put_field(x.facts.of->rules.versions.header, x.version->name);
        out.put(x.version->notice);
    }
    if (x.taken == quota::not_weighed) return;
    constexpr std::int64_t second = 1'000'000;
    out.put("X-RateLimit-Limit: ");
    out.put_number(x.rate_burst);
    out.put("\r\nX-RateLimit-Remaining: ");
    out.put_number(x.rate.remaining);
    out.put("\r\nX-RateLimit-Reset: ");
    out.put_number(static_cast<std::uint64_t>((x.rate.full_at.us + second - 1) / second));
    out.put("\r\n");
}

bool is_judged_field(const exchange_state& x, std::string_view name) noexcept {
    const auto is = [name](std::string_view other) { return equal_ignoring_case(name, other); };
    if (x.version != nullptr && (is(x.facts.of->rules.versions.header) || (!x.version->notice.empty() && (is("Deprecation") || is("Sunset")))))
        return true;
    return x.taken != quota::not_weighed && (is("X-RateLimit-Limit") || is("X-RateLimit-Remaining") || is("X-RateLimit-Reset"));
}

task<after> refuse(worker& w, connection& c, workspace& ws, refusal why, const route* at) {
    static const dialect generic;
    auto& x = ws.x;
    x.refused = why;
    const dialect& words = x.facts.of != nullptr ? x.facts.of->rules.words : generic;

    refusal_facts facts;
    facts.instance = x.facts.path;
    facts.method = ws.request.method;
    facts.request_id = x.request_id();
    facts.trace_id = x.trace_id;
    std::string scope;
    if (at != nullptr && why == refusal::scope_required) scope = at->scope_text();
    facts.scope = scope;
    std::string audience;
    if (at != nullptr && why == refusal::audience_required)
        for (const auto& a : at->audiences) audience += audience.empty() ? a : ", " + a;
    facts.audience = audience;
    if (why == refusal::rate_limited) facts.retry_after_s = x.rate.retry_after_s;
    if (x.facts.of != nullptr) facts.environment = x.facts.of->environments[x.facts.environment].name;

    if (at != nullptr) facts.max_age_s = static_cast<std::uint32_t>(at->assurance_age.count());
    std::string metadata;  // where clients find out how their users sign in (RFC 9728 §5.1)
    if (x.facts.of != nullptr && x.facts.of->rules.oauth.authorization_code) metadata = origin_of(c, ws) + "/.well-known/oauth-protected-resource";
    facts.resource_metadata = metadata;

    const wording& word = words.of(why);
    ws.body_out.clear();
    words.write_body(why, facts, ws.body_out);
    const bool keep = ws.request.keep_alive && !w.draining() && !breaks_framing(why) && body_can_be_skipped(ws);
    begin_answer(ws, word.status);
    ws.extra_fields.clear();
    words.write_headers(why, facts, ws.extra_fields);
    ws.answer_out.put(ws.extra_fields);
    if (why == refusal::method_not_allowed && !x.facts.match.allow.empty()) ws.answer_out.put_field("Allow", x.facts.match.allow);
    write_content(ws, word.content_type, ws.body_out.size());
    end_answer_head(ws, keep);
    return finish_answer(w, c, ws, word.status, keep);
}

bool is_preflight(const workspace& ws) noexcept {
    return ws.request.method == "OPTIONS" && ws.x.facts.of != nullptr && ws.x.facts.of->cors.enabled &&
        ws.request.find(field_name::origin) != nullptr && ws.request.find(field_name::access_control_request_method) != nullptr;
}

task<after> answer_preflight(worker& w, connection& c, workspace& ws) {
    const bool keep = ws.request.keep_alive && !w.draining() && body_can_be_skipped(ws);
    ws.body_out.clear();
    begin_answer(ws, 204);
    if (!ws.x.allowed_origin.empty()) {
        const auto copy = [&](std::string_view name, field_name from) {
            if (const auto* f = ws.request.find(from)) ws.answer_out.put_field(name, f->value);
        };
        copy("Access-Control-Allow-Methods", field_name::access_control_request_method);
        copy("Access-Control-Allow-Headers", field_name::access_control_request_headers);
        ws.answer_out.put("Access-Control-Max-Age: 600\r\n");
    }
    end_answer_head(ws, keep);
    return finish_answer(w, c, ws, 204, keep);
}

task<after> send_answer(worker& w, connection& c, workspace& ws, const operation_answer& answer) {
    const bool keep = ws.request.keep_alive && !w.draining() && body_can_be_skipped(ws);
    ws.body_out = answer.body;
    begin_answer(ws, answer.status);
    for (const auto& [name, value] : answer.headers) ws.answer_out.put_field(name, value);
    if (answer.status != 204 && answer.status != 304) write_content(ws, answer.content_type, answer.body.size());
    end_answer_head(ws, keep);
    return finish_answer(w, c, ws, answer.status, keep);
}

task<after> send_kept(worker& w, connection& c, workspace& ws) {
    const kept_answer& kept = ws.kept;
    const bool keep = ws.request.keep_alive && !w.draining() && body_can_be_skipped(ws);
    const bool bodiless = kept.status == 204 || kept.status == 304;
    auto& out = ws.answer_out;
    out.clear();
    out.put("HTTP/1.1 ");
    out.put_number(kept.status);
    out.put(' ');
    out.put(kept.reason);
    out.put("\r\n");
    if (kept.ours) write_date(ws.x.now, out);  // an upstream's own is among the fields
    out.put(kept.fields);
    if (kept.ours && ws.x.idempotent == once::replay) out.put("Idempotent-Replayed: true\r\n");
    if (!bodiless) {
        out.put("Content-Length: ");
        out.put_number(kept.body.size());
        out.put("\r\n");
    }
    end_answer_head(ws, keep);
    ws.body_out = std::move(ws.kept.body);
    return finish_answer(w, c, ws, kept.status, keep);
}

}  // namespace tollgate
