// Traces over OTLP/HTTP: a collector of ours reads what the gateway sends, and holds it against the requests that were made.
#include "flow/rows.hpp"
#include "flow/tls.hpp"

#include <filesystem>
#include <map>
#include <set>

namespace tollgate::test {
namespace {

constexpr const char* kDocument = R"(
openapi: 3.1.0
paths:
  /things/{id}:
    get: { security: [ { token: [ 'things:read' ] } ], responses: {} }
    put: { security: [ { token: [ 'things:write' ] } ], responses: {} }
components: { securitySchemes: { token: { type: http, scheme: bearer } } }
x-scopes: { 'things:read': Read, 'things:write': Write }
)";
constexpr const char* kApi = "- { name: acme, hosts: [ acme.test ], openapi: acme.yaml, upstream: { servers: [ \"http://@UP@\" ] } }\n";

using attributes = std::map<std::string, std::string>;

struct told_span {
    std::string trace, id, parent, name;
    std::int64_t kind = 0, status = 0, flags = 0;
    std::uint64_t start = 0, end = 0;
    attributes about;
    std::string at(const std::string& key) const { return about.contains(key) ? about.at(key) : std::string(); }
};

std::int64_t number(const json::value& v, std::string_view name) {
    const auto found = member(v, name);
    return found.is_number() ? found.to_number<std::int64_t>() : 0;
}

attributes attributes_of(const json::value& list) {
    attributes out;
    for (const auto& a : list.as_array()) {
        const auto value = member(a, "value").as_object();
        BOOST_TEST_REQUIRE(value.size() == 1u);
        BOOST_TEST((value.begin()->key() == "stringValue" || value.begin()->key() == "intValue"));
        BOOST_TEST(value.begin()->value().is_string(), "64-bit numbers are text");
        BOOST_TEST(out.emplace(text_at(a, "key"), std::string(value.begin()->value().as_string())).second, "twice: " << text_at(a, "key"));
    }
    return out;
}

bool is_hex(const std::string& text, std::size_t digits) {
    return text.size() == digits && text.find_first_not_of("0123456789abcdef") == std::string::npos &&
        text.find_first_not_of('0') != std::string::npos;
}

std::vector<told_span> spans_in(const std::string& body) {
    std::vector<told_span> out;
    const auto whole = parsed(body);
    for (const auto& resource : whole.at("resourceSpans").as_array())
        for (const auto& scope : resource.at("scopeSpans").as_array())
            for (const auto& s : scope.at("spans").as_array()) {
                told_span one{text_at(s, "traceId"), text_at(s, "spanId"), text_at(s, "parentSpanId"), text_at(s, "name"), number(s, "kind"),
                    number(member(s, "status"), "code"), number(s, "flags"), std::stoull(text_at(s, "startTimeUnixNano")),
                    std::stoull(text_at(s, "endTimeUnixNano")), attributes_of(member(s, "attributes"))};
                BOOST_TEST(is_hex(one.trace, 32));
                BOOST_TEST(is_hex(one.id, 16));
                BOOST_TEST((one.parent.empty() || is_hex(one.parent, 16)));
                BOOST_TEST(one.end >= one.start);
                out.push_back(std::move(one));
            }
    return out;
}

std::vector<told_span> spans_of(const upstream& collector) {
    std::vector<told_span> out;
    for (const auto& m : collector.requests())
        for (auto& s : spans_in(m.body)) out.push_back(std::move(s));
    return out;
}

gateway_options tracing(const std::string& endpoint, const std::string& more, unsigned threads = 2) {
    gateway_options options;
    options.threads = threads;
    options.more = "telemetry: { traces: { endpoint: \"" + endpoint + "\"" + (more.empty() ? "" : ", " + more) + " } }\n";
    return options;
}
std::string endpoint_of(const upstream& collector) { return "http://" + collector.address() + "/v1/traces"; }

struct traced {
    explicit traced(const std::string& more, unsigned threads = 2, upstream::script script = upstream::answer_everything("{}"))
        : collector(std::move(script)), g(kApi, {{"acme.yaml", kDocument}}, &up, tracing(endpoint_of(collector), more, threads)) {}
    message ask(std::string_view method, std::string_view target, std::string_view fields = {}) {
        return g.ask(method, "acme.test", target, token, fields);
    }
    // So many requests, on one connection.
    void many(std::size_t n) {
        conversation talk(g.port());
        for (std::size_t i = 0; i < n; ++i) BOOST_TEST_REQUIRE(talk.ask(request_text("GET", "acme.test", "/things/1", token)).status() == 200u);
    }
    // Ends the gateway, which hands over what waits.
    std::vector<told_span> spans() {
        static_cast<void>(g.access_log());
        return spans_of(collector);
    }
    upstream up, collector;
    gateway g;
    std::string token = g.create("acme", named("Traced", {"things:read"}));
};

const std::string kTrace = "4bf92f3577b34da6a3ce929d0e0e4736", kParent = "00f067aa0ba902b7";
std::string traceparent(const char* flags) { return "traceparent: 00-" + kTrace + "-" + kParent + "-" + flags + "\r\n"; }

const told_span* of_kind(const std::vector<told_span>& spans, std::int64_t kind, const std::string& trace) {
    const auto found = std::ranges::find_if(spans, [&](const told_span& s) { return s.kind == kind && s.trace == trace; });
    return found == spans.end() ? nullptr : &*found;
}

// A collector that answers in turn; the last answer stays.
upstream::script in_turn(std::vector<std::string> answers) {
    const auto next = std::make_shared<std::atomic<std::size_t>>(0);
    return [answers = std::move(answers), next](upstream::connection& c) {
        auto m = c.in.request();
        if (!m.complete) return;
        c.of.record(std::move(m));
        c.peer.send(answers[std::min(next->fetch_add(1), answers.size() - 1)]);
    };
}
std::string answer(const char* status, std::string_view fields = {}, std::string_view body = "{}") {
    return "HTTP/1.1 " + std::string(status) + "\r\n" + std::string(fields) +
        "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(traces)

BOOST_AUTO_TEST_CASE(spans_say_what_was_served_and_nothing_more) {
    traced t("sample: 1, service_name: front-door, headers: { Authorization: \"file:master.key\" }");
    const auto good = t.ask("GET", "/things/7?secret=in-the-query", "User-Agent: hush\r\n");
    const auto refused = t.ask("PUT", "/things/7");
    const auto nowhere = t.ask("GET", "/nothing");
    const auto stranger = t.g.ask("GET", "acme.test", "/things/7", mistyped(t.token));
    const auto no_host = t.g.ask("GET", "other.test", "/things/7", t.token);
    BOOST_TEST(
        (good.status() == 200u && refused.status() == 403u && nowhere.status() == 404u && stranger.status() == 401u && no_host.status() == 421u));
    const auto seen = t.up.requests().back();
    const auto spans = t.spans();
    BOOST_TEST_REQUIRE(spans.size() == 6u);

    const auto trace = good.field("X-Request-Id");
    const auto *served = of_kind(spans, 2, trace), *asked = of_kind(spans, 3, trace);
    BOOST_TEST_REQUIRE((served != nullptr && asked != nullptr));
    BOOST_TEST(served->name == "GET /things/{id}");
    BOOST_TEST(served->parent == "");
    BOOST_TEST(served->status == 0);
    BOOST_TEST(served->flags == 0x101);
    const attributes want{{"http.request.method", "GET"}, {"http.route", "/things/{id}"}, {"http.response.status_code", "200"},
        {"url.scheme", "https"}, {"network.protocol.version", "1.1"}, {"http.request.body.size", "0"}, {"http.response.body.size", "11"},
        {"tollgate.api", "acme"}, {"tollgate.request_id", trace}};
    BOOST_TEST((served->about == want), json::serialize(json::value_from(served->about)));
    BOOST_TEST(asked->parent == served->id);
    BOOST_TEST(asked->name == "GET");
    BOOST_TEST(asked->at("server.address") + ":" + asked->at("server.port") == t.up.address());
    BOOST_TEST(asked->at("http.response.status_code") == "200");
    BOOST_TEST((served->start <= asked->start && asked->end <= served->end + 1000));
    BOOST_TEST(seen.field("traceparent") == "00-" + trace + "-" + asked->id + "-01");

    const std::pair<const message*, const char*> without[] = {
        {&refused, "scope_required"}, {&nowhere, "route_not_found"}, {&stranger, "invalid_token"}, {&no_host, "host_unknown"}};
    for (const auto& [got, reason] : without) {
        const auto* s = of_kind(spans, 2, got->field("X-Request-Id"));
        BOOST_TEST_REQUIRE(s != nullptr, reason);
        BOOST_TEST(s->at("tollgate.reason") == reason);
        BOOST_TEST(s->at("http.response.status_code") == std::to_string(got->status()));
        BOOST_TEST(s->status == 0, "a caller's fault is no error of a server's span");
        BOOST_TEST(of_kind(spans, 3, got->field("X-Request-Id")) == nullptr);
    }
    std::set<std::string> ids;
    for (const auto& s : spans) BOOST_TEST(ids.insert(s.id).second);

    for (const auto& m : t.collector.requests()) {
        BOOST_TEST(m.start_line == "POST /v1/traces HTTP/1.1");
        BOOST_TEST(m.field("Content-Type") == "application/json");
        BOOST_TEST(m.field("Authorization") == std::string(64, 'a'));
        const auto resource = attributes_of(member(member(member(parsed(m.body), "resourceSpans").as_array().at(0), "resource"), "attributes"));
        BOOST_TEST(resource.at("service.name") == "front-door");
        BOOST_TEST(!resource.at("service.version").empty());
        BOOST_TEST(!resource.at("service.instance.id").empty());
        for (const auto& never :
            {t.token, std::string("in-the-query"), std::string("hush"), std::string("tok_"), std::string("Bearer"), std::string("/things/7")})
            BOOST_TEST(!has(m.body, never), never);
    }
}

BOOST_AUTO_TEST_CASE(a_callers_trace_goes_on) {
    traced t("sample: 0");
    BOOST_TEST(t.ask("GET", "/things/1").status() == 200u);
    BOOST_TEST(t.ask("GET", "/things/1", traceparent("00") + "tracestate: a=b\r\n").status() == 200u);
    BOOST_TEST(t.up.requests().back().field("traceparent") == "00-" + kTrace + "-" + kParent + "-00", "not ours to change");
    BOOST_TEST(t.ask("GET", "/things/1", traceparent("01") + "tracestate: a=b\r\n").status() == 200u);
    const auto seen = t.up.requests().back();
    const auto spans = t.spans();
    BOOST_TEST_REQUIRE(spans.size() == 2u);
    const auto *served = of_kind(spans, 2, kTrace), *asked = of_kind(spans, 3, kTrace);
    BOOST_TEST_REQUIRE((served != nullptr && asked != nullptr));
    BOOST_TEST(served->parent == kParent);
    BOOST_TEST(served->flags == 0x301);
    BOOST_TEST(seen.field("traceparent") == "00-" + kTrace + "-" + asked->id + "-01");
    BOOST_TEST(seen.field("tracestate") == "a=b");
    BOOST_TEST(served->at("tollgate.request_id") == seen.field("X-Request-Id"));
}

BOOST_AUTO_TEST_CASE(nobody_has_more_traced_than_the_rate) {
    traced t("sample: 1, rate: 3/d", 1);
    for (int i = 0; i < 10; ++i) BOOST_TEST(t.ask("GET", "/things/1", i % 2 == 0 ? traceparent("01") : std::string()).status() == 200u);
    BOOST_TEST(t.spans().size() == 6u);
}

BOOST_AUTO_TEST_CASE(an_upstream_that_fails_is_an_error) {
    upstream collector, silent([](upstream::connection& c) { c.in.request(); });
    gateway g(kApi, {{"acme.yaml", kDocument}}, &silent, tracing(endpoint_of(collector), "sample: 1"));
    const auto token = g.create("acme", named("Traced", {"things:read", "things:write"}));
    const auto got = g.ask("PUT", "acme.test", "/things/1", token);
    BOOST_TEST(got.status() == 502u);
    static_cast<void>(g.access_log());
    const auto spans = spans_of(collector);
    const auto *served = of_kind(spans, 2, got.field("X-Request-Id")), *asked = of_kind(spans, 3, got.field("X-Request-Id"));
    BOOST_TEST_REQUIRE((served != nullptr && asked != nullptr));
    BOOST_TEST((served->status == 2 && asked->status == 2));
    BOOST_TEST(served->at("error.type") == asked->at("error.type"));
    BOOST_TEST(asked->at("http.response.status_code") == "");
}

BOOST_AUTO_TEST_CASE(full_batches_go_at_once) {
    traced t("sample: 1, rate: 100000/s", 1);
    t.many(bounds::spans_batch);
    BOOST_TEST(eventually([&] { return t.collector.requests().size() == 1; }));
    BOOST_TEST(spans_of(t.collector).size() == 2 * bounds::spans_batch);
    BOOST_TEST(eventually([&] { return figure(t.g, "tollgate_spans_exported_total") == 2.0 * bounds::spans_batch; }));
}

BOOST_AUTO_TEST_CASE(without_a_collector_requests_are_served_and_losses_counted) {
    upstream up;
    gateway g(kApi, {{"acme.yaml", kDocument}}, &up,
        tracing("http://127.0.0.1:" + std::to_string(closed_port()) + "/v1/traces", "sample: 1, rate: 100000/s", 1));
    const auto token = g.create("acme", named("Traced", {"things:read"}));
    conversation talk(g.port());
    for (std::size_t i = 0; i < bounds::spans_waiting + 2 * bounds::spans_batch; ++i)
        BOOST_TEST_REQUIRE(talk.ask(request_text("GET", "acme.test", "/things/1", token)).status() == 200u);
    BOOST_TEST(eventually([&] { return figure(g, "tollgate_span_export_failures_total") >= 1; }));
    BOOST_TEST(eventually([&] { return figure(g, "tollgate_spans_dropped_total{reason=\"queue\"}") >= 1; }));
    BOOST_TEST(has(g.log.text(), "spans cannot be exported as they should why=it cannot be reached"));
    BOOST_TEST(figure(g, "tollgate_spans_exported_total") == 0);
}

BOOST_AUTO_TEST_CASE(a_slow_collector_holds_up_nobody) {
    gate arrived, go;
    traced t("sample: 1, rate: 100000/s", 1, [&](upstream::connection& c) {
        auto m = c.in.request();
        if (!m.complete) return;
        c.of.record(std::move(m));
        arrived.open();
        go.wait();
        c.peer.send(answer("200 OK"));
    });
    t.many(bounds::spans_batch);
    BOOST_TEST_REQUIRE(arrived.wait());
    t.many(100);
    BOOST_TEST(t.collector.requests().size() == 1u);
    go.open();
    BOOST_TEST(t.spans().size() == 2 * (bounds::spans_batch + 100));
}

BOOST_AUTO_TEST_CASE(what_it_cannot_take_now_is_sent_again) {
    traced t("sample: 1, rate: 100000/s", 1,
        in_turn({answer("503 Later", "Retry-After: 1\r\n"),
            answer("200 OK", {}, R"({"partialSuccess":{"rejectedSpans":"3","errorMessage":"too old"}})")}));
    t.many(bounds::spans_batch);
    BOOST_TEST(eventually([&] { return t.collector.requests().size() == 2; }));
    const auto sent = t.collector.requests();
    BOOST_TEST((sent.size() == 2u && sent[0].body == sent[1].body));
    BOOST_TEST(eventually([&] { return figure(t.g, "tollgate_spans_dropped_total{reason=\"refused\"}") == 3; }));
    BOOST_TEST(figure(t.g, "tollgate_spans_exported_total") == 2.0 * bounds::spans_batch - 3);
    BOOST_TEST(figure(t.g, "tollgate_span_export_failures_total") == 1);
}

BOOST_AUTO_TEST_CASE(what_it_refuses_is_not) {
    traced t("sample: 1, rate: 100000/s", 1, in_turn({answer("400 Bad", {}, R"({"code":3,"message":"no such thing"})")}));
    t.many(bounds::spans_batch);
    BOOST_TEST(eventually([&] { return figure(t.g, "tollgate_spans_dropped_total{reason=\"refused\"}") == 2.0 * bounds::spans_batch; }));
    BOOST_TEST(t.collector.requests().size() == 1u);
    BOOST_TEST(has(t.g.log.text(), "it answered 400: no such thing"), t.g.log.text());
}

// The collector behind TLS: a gateway of its own, which lets everybody in.
BOOST_AUTO_TEST_CASE(a_collector_by_tls) {
    upstream collector;
    const authority ca;
    const auto pair = ca.sign({.names = {"collector.test", "127.0.0.1"}});
    gateway_options options;
    options.tls = "{ certificates: [ { certificate: shown.pem, key: shown.key } ] }";
    options.files = {{"shown.pem", pair.certificate}, {"shown.key", pair.key}};
    gateway door("- { name: door, hosts: [ \"*\" ], openapi: door.yaml, upstream: { servers: [ \"http://@UP@\" ] } }\n",
        {{"door.yaml", "openapi: 3.1.0\npaths: { /v1/traces: { post: { security: [], responses: {} } } }\n"}}, &collector, options);
    const auto endpoint = "https://127.0.0.1:" + std::to_string(door.listener_port()) + "/v1/traces";
    for (const bool trusted : {true, false}) {
        upstream up;
        auto wish = tracing(endpoint, std::string("sample: 1") + (trusted ? ", tls: { authorities: ca.pem }" : ""));
        wish.files = {{"ca.pem", ca.certificate()}};
        gateway g(kApi, {{"acme.yaml", kDocument}}, &up, wish);
        const auto token = g.create("acme", named("Traced", {"things:read"}));
        const auto before = collector.requests().size();
        BOOST_TEST(g.ask("GET", "acme.test", "/things/1", token).status() == 200u);
        static_cast<void>(g.access_log());
        BOOST_TEST(collector.requests().size() - before == (trusted ? 1u : 0u));
        BOOST_TEST(has(g.log.text(), "spans cannot be exported") == !trusted, g.log.text());
    }
}

BOOST_AUTO_TEST_CASE(a_reload_takes_it_up_and_lets_it_go) {
    traced t("sample: 1");
    const auto with = read_file(t.g.dir.file("tollgate.yaml"));
    const auto from = with.find("telemetry:"), to = with.find('\n', from);
    const auto reload = [&](const std::string& text) {
        t.g.dir.write("tollgate.yaml", text);
        problem_list problems;
        BOOST_TEST_REQUIRE(t.g.running->reload(problems).has_value());
    };
    reload(std::string(with).erase(from, to + 1 - from));
    BOOST_TEST(t.ask("GET", "/things/1").status() == 200u);
    BOOST_TEST(t.up.requests().back().field("traceparent").ends_with("-00"));
    reload(with);
    BOOST_TEST(t.ask("GET", "/things/1").status() == 200u);
    BOOST_TEST(t.up.requests().back().field("traceparent").ends_with("-01"));
    BOOST_TEST(t.spans().size() == 2u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tollgate::test
