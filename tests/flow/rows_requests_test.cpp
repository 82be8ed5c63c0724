// What requests carry beside their token, row by row, through the socket: versions, actors, second factors.
#include "flow/rows.hpp"

#include "tollgate/app/config.hpp"
#include "tollgate/registry/actors.hpp"

#include <algorithm>
#include <atomic>
#include <thread>

namespace tollgate::test {

BOOST_TEST_GLOBAL_FIXTURE(world);

namespace {

const std::string kLive = "live.paylera.test", kSandbox = "sandbox.paylera.test", kVersion = "2026-04-01";
const std::string kTrace = "4bf92f3577b34da6a3ce929d0e0e4736";
const std::string kTraced = "traceparent: 00-" + kTrace + "-00f067aa0ba902b7-01\r\n";
std::string key(const std::string& text) { return "Idempotency-Key: " + text + "\r\n"; }
const std::string kKey = key("k-1"), kJsonBody = "Content-Type: application/json\r\n";
const std::string kStepUp = "Bearer error=\"insufficient_user_authentication\", acr_values=\"aal2\"";

// A problem document of seven members, whose type follows from its name.
demanded problem(unsigned status, const std::string& challenge, const std::string& name, const std::string& title, const std::string& detail,
    const std::string& instance) {
    std::string path = name;
    std::replace(path.begin(), path.end(), '.', '/');
    std::replace(path.begin(), path.end(), '_', '-');
    const json::object body{{"type", "https://errors.paylera.io/" + path}, {"title", title}, {"status", status}, {"detail", detail},
        {"instance", instance}, {"problem", name}, {"trace_id", kTrace}};
    return {status, challenge, kProblem, json::serialize(body)};
}

demanded unknown_actor(const std::string& path) {
    return problem(403, "", "acting_as.unknown_actor", "Unknown actor", "The actor is not in the tenant's registry.", path);
}
demanded unknown_version(const std::string& path) {
    return problem(400, "", "version.unknown", "Unknown version", "The API has no such version.", path);
}
demanded second_factor(const std::string& path) {
    return problem(401, kStepUp, "auth.aal2_required", "AAL2 required",
        "The operation demands a second factor that the token's principal has not asserted.", path);
}

create_token wish(std::string kind, std::vector<std::string> scopes, std::string environment = "live", std::string tenant = "acme") {
    return of_kind(in_environment(named("Paylera", std::move(scopes)), std::move(environment), std::move(tenant)), std::move(kind));
}

message ask(const std::string& method, const std::string& host, const std::string& path, const std::string& token = {}, const std::string& more = {},
    const std::string& body = {}) {
    return shipped_gateway().ask(method, host, path, token, kTraced + more, body);
}

std::string acting_as(const std::string& id) { return "X-Paylera-Acting-As: " + id + "\r\n"; }

// Registered by the operator.
std::string add_actor(gateway& g, const std::string& environment = "live", const std::string& tenant = "acme") {
    std::vector<field_problem> problems;
    const auto made = g.tokens().add_actor(g.of("paylera"), {"Ada", environment, tenant}, {"test", "unix"}, problems);
    if (!made) throw std::runtime_error(made.error().what);
    return made->id;
}

// Stops the gateway and starts it again from its files.
void restart(gateway& g) {
    g.running->drain();
    g.running->wait();
    g.running.reset();
    problem_list problems;
    const auto settings = load_config(g.dir.file("tollgate.yaml"), problems);
    if (!settings) throw std::runtime_error("bad configuration");
    auto started = server::start(*settings, g.time, g.log, problems);
    if (!started) throw std::runtime_error(started.error().what);
    g.running = std::move(*started);
}

// The acme API, whose contract is `text`; every path is forwarded.
std::string acme_api() {
    return "- { name: acme, hosts: [ acme.test ], contract: acme.yaml, unlisted: forward, upstream: { servers: [ \"http://@UP@\" ] } }\n";
}

std::string versions(const std::string& initial, const std::string& supported, const std::string& deprecated = "{}") {
    return "versions: { header: Acme-Version, default: \"" + initial + "\", supported: " + supported + ", deprecated: " + deprecated + " }\n";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(rows_requests)

BOOST_AUTO_TEST_CASE(row_PL_7) {
    auto& g = shipped_gateway();
    const std::string path = "/v1/customers";
    const auto made = g.create_record("paylera", wish("service", {"customers:read"}));
    BOOST_TEST(made.record.version == kVersion, "pinned when it is created");
    const std::string token(made.text.reveal());
    const auto check_processed = [&](const std::string& more, const std::string& note) {
        const auto got = ask("GET", kLive, path, token, more);
        BOOST_TEST(got.status() == 200u, note);
        BOOST_TEST((got.count("Paylera-Version") == 1 && got.field("Paylera-Version") == kVersion), note << got.raw_head);
        const auto seen = shipped_upstream().requests().back();
        BOOST_TEST((seen.count("Paylera-Version") == 1 && seen.field("Paylera-Version") == kVersion), note << seen.raw_head);
        BOOST_TEST(seen.raw_head.find("Paylera_Version") == std::string::npos, note);
        BOOST_TEST(got.field("Deprecation").empty());
    };
    check_processed("", "without the field");
    check_processed("Paylera-Version: 2026-04-01\r\n", "with it");
    check_processed("PAYLERA-VERSION:\t2026-04-01  \r\n", "in any case");
    check_processed("Connection: Paylera-Version\r\nPaylera-Version: 2026-04-01\r\n", "as a hop's");
    check_processed("Paylera_Version: 1999-01-01\r\n", "a look-alike says nothing");
    const auto before = shipped_upstream().requests().size();
    for (const std::string version : {"2026-04-02", "", "latest", "2026-04-01, 2026-04-01", "2026-04-01\r\nPaylera-Version: 2026-04-01"}) {
        const auto got = ask("GET", kLive, path, token, "Paylera-Version: " + version + "\r\n");
        check_answer(got, unknown_version(path), "version " + version);
        BOOST_TEST(got.field("Paylera-Version").empty());
    }
    BOOST_TEST(shipped_upstream().requests().size() == before);
    const auto own = ask("GET", kLive, "/v1/admin/api-tokens", g.create("paylera", wish("admin", {"*"})));
    BOOST_TEST((own.status() == 200u && own.field("Paylera-Version") == kVersion), "what the gateway answers itself says it too");
    for (const auto& [refused_path, status] : std::vector<std::pair<std::string, unsigned>>{{"/v1/payments", 401u}, {"/v1/nowhere", 404u}}) {
        const auto got = ask("GET", kLive, refused_path, token);
        BOOST_TEST((got.status() == status && got.field("Paylera-Version") == kVersion), "a refusal of a known token: " << got.raw_head);
    }
    BOOST_TEST(ask("GET", kLive, path, "sk_live_junk").field("Paylera-Version").empty(), "nothing is known");
}

// The default moves on, the token does not; what is deprecated says so; an upstream's own field does not stand beside ours.
BOOST_AUTO_TEST_CASE(row_PL_7_over_the_years) {
    upstream up([](upstream::connection& c) {
        for (;;) {
            auto m = c.in.request();
            if (!m.complete) return;
            c.of.record(m);
            c.peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nAcme-Version: upstream\r\nSunset: never\r\nX-Ratelimit-Limit: 7\r\n\r\n{}");
        }
    });
    gateway g(acme_api(), {{"acme.yaml", versions("2025-10-01", "[ \"2025-10-01\" ]")}}, &up);
    const auto old = g.create("acme", named("Old"));
    const auto ask_with = [&](const std::string& token, const std::string& more = {}) { return g.ask("GET", "acme.test", "/x", token, more); };
    auto got = ask_with(old);
    BOOST_TEST((got.count("Acme-Version") == 1 && got.field("Acme-Version") == "2025-10-01"), got.raw_head);
    BOOST_TEST(got.field("Sunset") == "never", "nothing of ours to say: the upstream's stands");
    BOOST_TEST(got.field("X-RateLimit-Limit") == "7");

    g.dir.write(
        "acme.yaml", versions("2026-04-01", "[ \"2025-10-01\", \"2026-04-01\" ]", "{ \"2025-10-01\": { since: 2026-04-01, sunset: 2027-04-01 } }"));
    restart(g);
    const auto young = g.create("acme", named("Young"));
    got = ask_with(old);
    BOOST_TEST(got.field("Acme-Version") == "2025-10-01", "what was the default when it was created");
    BOOST_TEST(up.requests().back().field("Acme-Version") == "2025-10-01");
    BOOST_TEST(got.field("Deprecation") == "@1775001600");
    BOOST_TEST((got.count("Sunset") == 1 && got.field("Sunset") == "Thu, 01 Apr 2027 00:00:00 GMT"), got.raw_head);
    got = ask_with(old, "Acme-Version: 2026-04-01\r\n");
    BOOST_TEST((got.field("Acme-Version") == "2026-04-01" && got.field("Deprecation").empty()), got.raw_head);
    got = ask_with(young);
    BOOST_TEST((got.field("Acme-Version") == "2026-04-01" && got.field("Deprecation").empty()), got.raw_head);

    g.dir.write("acme.yaml", versions("2026-04-01", "[ \"2026-04-01\" ]"));
    restart(g);
    BOOST_TEST(ask_with(old).status() == 400u, "its version is gone");
    BOOST_TEST(ask_with(old, "Acme-Version: 2026-04-01\r\n").status() == 200u);
    BOOST_TEST(ask_with(young).status() == 200u);
}

BOOST_AUTO_TEST_CASE(row_PL_8) {
    auto& g = shipped_gateway();
    const std::string path = "/v1/customers", actors = "/v1/admin/actors";
    const auto admin = g.create("paylera", wish("admin", {"*"}));
    const auto service = g.create("paylera", wish("service", {"*"}));
    const auto created = ask("POST", kLive, actors, admin, kKey + kJsonBody, R"({"name":"Ada"})");
    BOOST_TEST_REQUIRE(created.status() == 201u, created.body);
    const auto record = parsed(created.body);
    const auto ada = text_at(record, "id");
    BOOST_TEST((ada.starts_with("actor_") && ada.size() == 6 + 26), ada);
    BOOST_TEST((text_at(record, "tenant") == "acme" && text_at(record, "environment") == "live" && text_at(record, "name") == "Ada"));

    const auto as_ada = ask("GET", kLive, path, service, acting_as(ada) + "X-Tollgate-Actor: actor_forged\r\n");
    BOOST_TEST(as_ada.status() == 200u);
    const auto seen = shipped_upstream().requests().back();
    BOOST_TEST((seen.count("X-Tollgate-Actor") == 1 && seen.field("X-Tollgate-Actor") == ada), seen.raw_head);
    BOOST_TEST(seen.count("X-Paylera-Acting-As") == 0u, "what the caller says of itself is not passed on");
    BOOST_TEST(ask("GET", kLive, path, service).status() == 200u);
    BOOST_TEST(shipped_upstream().requests().back().count("X-Tollgate-Actor") == 0u);
    BOOST_TEST(ask("GET", kLive, path, service, "X-Paylera_Acting-As: " + ada + "\r\n").status() == 200u);
    BOOST_TEST(shipped_upstream().requests().back().raw_head.find("Acting-As") == std::string::npos, "nor a look-alike");

    const auto before = shipped_upstream().requests().size();
    const auto elsewhere = add_actor(g, "sandbox"), theirs = add_actor(g, "live", "globex");
    for (const auto& id : {elsewhere, theirs, mistyped(ada), std::string("actor_x"), std::string(), ada + ", " + ada, ada + "\r\n" + acting_as(ada)})
        check_answer(ask("GET", kLive, path, service, acting_as(id)), unknown_actor(path), "actor " + id);
    BOOST_TEST(shipped_upstream().requests().size() == before);
    BOOST_TEST(ask("GET", kSandbox, path, g.create("paylera", wish("service", {"*"}, "sandbox")), acting_as(elsewhere)).status() == 200u);

    // Operations of the gateway's own: whose registry, and for whom.
    const auto listed = parsed(ask("GET", kLive, actors, admin).body);
    BOOST_TEST_REQUIRE(member(listed, "data").as_array().size() == 1u);
    BOOST_TEST(text_at(member(listed, "data").as_array()[0], "id") == ada);
    BOOST_TEST(ask("GET", kLive, actors, service).status() == 403u, "admins only");
    BOOST_TEST(ask("POST", kLive, actors, service, key("k-2") + kJsonBody, R"({"name":"Eve"})").status() == 403u);
    BOOST_TEST(ask("POST", kLive, actors, admin, key("k-3") + kJsonBody, R"({"name":"Eve","tenant":"globex"})").status() == 422u);
    for (const auto& id : {elsewhere, theirs}) {
        BOOST_TEST(ask("GET", kLive, actors + "/" + id, admin).status() == 404u);
        BOOST_TEST(ask("DELETE", kLive, actors + "/" + id, admin).status() == 404u);
    }
    const auto bob = text_at(parsed(ask("POST", kLive, actors, admin, key("k-4") + kJsonBody + acting_as(ada), R"({"name":"Bob"})").body), "id");
    const auto events = g.tokens().audit(1).value();
    BOOST_TEST_REQUIRE(!events.empty());
    BOOST_TEST((events[0].action == "actor.create" && events[0].subject == bob && events[0].acting_as == ada), "the audit log holds both");
    BOOST_TEST(events[0].actor.starts_with("token:tok_"));

    // Removed: at once, on a connection that had just used it.
    conversation talk(g.port());
    BOOST_TEST(talk.ask(request_text("GET", kLive, path, service, kTraced + acting_as(bob))).status() == 200u);
    BOOST_TEST(ask("DELETE", kLive, actors + "/" + bob, admin).status() == 204u);
    check_answer(talk.ask(request_text("GET", kLive, path, service, kTraced + acting_as(bob))), unknown_actor(path), "removed");
    BOOST_TEST(talk.ask(request_text("GET", kLive, path, service, acting_as(ada))).status() == 200u);
}

// By the operator's ways, and what is written down of it.
// Also where a token is refused before anybody asks who the actor is.
BOOST_AUTO_TEST_CASE(row_C_7_says_for_whom_a_refused_token_acted) {
    upstream up;
    gateway g(shipped_apis(), shipped_files(), &up, {.threads = 1});  // threads hand over in no order
    const auto ada = add_actor(g);
    const auto token = g.create("paylera", wish("service", {"customers:read"}));
    BOOST_TEST(g.ask("GET", kLive, "/v1/payments", token, acting_as(ada)).status() == 401u);  // lacks the scope
    BOOST_TEST(g.ask("GET", kLive, "/v1/payments", token, acting_as("actor_x")).status() == 401u);
    BOOST_TEST(g.ask("GET", kLive, "/v1/payments", token).status() == 401u);
    const auto rows = member(parsed(manage(g, "GET", "/audit?log=denials&order=oldest").body), "data").as_array();
    BOOST_TEST_REQUIRE(rows.size() == 3u);
    BOOST_TEST(text_at(rows[0], "acting_as") == ada);
    BOOST_TEST(text_at(rows[1], "acting_as") == "");
    BOOST_TEST(text_at(rows[2], "acting_as") == "");
}

BOOST_AUTO_TEST_CASE(row_PL_8_managed_and_logged) {
    upstream up;
    gateway g(shipped_apis(), shipped_files(), &up);
    const auto made = manage(g, "POST", "/actors", json::object{{"api", "paylera"}, {"name", "Ada"}, {"environment", "live"}, {"tenant", "acme"}});
    BOOST_TEST_REQUIRE(made.status() == 201u, made.body);
    const auto ada = text_at(parsed(made.body), "id");
    BOOST_TEST(member(parsed(manage(g, "GET", "/actors?api=paylera&tenant=acme").body), "data").as_array().size() == 1u);
    BOOST_TEST(member(parsed(manage(g, "GET", "/actors?api=paylera&tenant=other").body), "data").as_array().empty());
    BOOST_TEST(manage(g, "GET", "/actors?tenent=acme").status() == 422u);
    BOOST_TEST(manage(g, "POST", "/actors", json::object{{"api", "nowhere"}, {"name", "Ada"}}).status() == 422u);
    const auto token = g.create("paylera", wish("service", {"customers:read"}));
    BOOST_TEST(g.ask("GET", kLive, "/v1/customers", token, acting_as(ada)).status() == 200u);

    program adds({"actor", "add", "--socket", g.socket_path(), "--api", "paylera", "--name", "Bob", "--environment", "live", "--tenant", "acme"});
    const auto bob = adds.read_line();
    BOOST_TEST(adds.wait() == 0, adds.errors());
    BOOST_TEST(g.ask("GET", kLive, "/v1/customers", token, acting_as(bob)).status() == 200u);
    program lists({"actor", "list", "--socket", g.socket_path(), "--api", "paylera", "--json"});
    const auto rows = parsed(lists.output());
    BOOST_TEST((rows.is_array() && rows.as_array().size() == 2));
    program removes({"actor", "remove", "--socket", g.socket_path(), bob});
    BOOST_TEST(removes.wait() == 0, removes.errors());
    BOOST_TEST(g.ask("GET", kLive, "/v1/customers", token, acting_as(bob)).status() == 403u);
    program misses({"actor", "remove", "--socket", g.socket_path(), "actor_00000000000000000000000000"});
    BOOST_TEST(misses.wait() == 1);

    // The store ill: whom this thread has met goes on, whom it has not gets 503, never "unknown" (T-9).
    const auto carl = add_actor(g);
    conversation talk(g.port());
    BOOST_TEST(talk.ask(request_text("GET", kLive, "/v1/customers", token, acting_as(ada))).status() == 200u);
    g.tokens().close();
    BOOST_TEST(talk.ask(request_text("GET", kLive, "/v1/customers", token, acting_as(ada))).status() == 200u);
    const auto ill = talk.ask(request_text("GET", kLive, "/v1/customers", token, acting_as(carl)));
    BOOST_TEST((ill.status() == 503u && !ill.field("Retry-After").empty()), ill.raw_head);
    const auto log = g.access_log();
    BOOST_TEST(log.find("\"actor\":\"" + ada + "\"") != std::string::npos, "the access log says for whom");
    BOOST_TEST(log.find("\"actor\":\"" + carl + "\"") == std::string::npos);
}

// A cold read of an actor that is removed while it is read must not bring it back (C-4).
BOOST_AUTO_TEST_CASE(row_PL_8_removed_during_a_cold_read) {
    for (const bool remove : {true, false}) {
        upstream up;
        gateway g(shipped_apis(), shipped_files(), &up, {.threads = 1});
        std::atomic<int> held{0};
        std::atomic<bool> holding{false}, may_go{false};
        g.tokens().probe = [&](std::string_view point) {
            if (point != "read:after" || !holding) return;
            ++held;
            while (!may_go) std::this_thread::yield();
        };
        const auto ada = add_actor(g);
        const auto token = g.create("paylera", wish("service", {"customers:read"}));
        BOOST_TEST(g.ask("GET", kLive, "/v1/customers", token).status() == 200u);
        holding = true;
        auto s = socket::connect(g.port());
        s.send(request_text("GET", kLive, "/v1/customers", token, acting_as(ada)));
        while (held == 0) std::this_thread::yield();
        holding = false;
        if (remove) BOOST_TEST(g.tokens().remove_actor(ada, {"test", "unix"}).has_value());
        may_go = true;
        reader in(s);
        BOOST_TEST(in.response().status() == (remove ? 403u : 200u));
    }
}

BOOST_AUTO_TEST_CASE(row_PL_11) {
    auto& g = shipped_gateway();
    const std::string path = "/v1/payments/1/refund";
    const auto before = shipped_upstream().requests().size();
    for (const std::string kind : {"service", "admin"}) {
        check_answer(
            ask("POST", kLive, path, g.create("paylera", wish(kind, {"payments:refund"})), kKey), second_factor(path), kind + " with the scope");
        check_answer(ask("POST", kLive, path, g.create("paylera", wish(kind, {"*"})), kKey), second_factor(path), kind + " with every scope");
        check_answer(ask("POST", kLive, path, g.create("paylera", wish(kind, {"customers:read"}))), second_factor(path),
            kind + " without scope and key: the factor is asked for before them");
    }
    const auto customer = ask("POST", kLive, path, g.create("paylera", wish("customer", {"*"})), kKey);
    BOOST_TEST(customer.status() == 403u, "the audience comes before");
    BOOST_TEST(shipped_upstream().requests().size() == before);
    BOOST_TEST(ask("POST", kLive, "/v1/payments", g.create("paylera", wish("service", {"payments:write"})), kKey).status() == 200u);
}

// The names and words of what is beside the token; the rest of the row is in rows_paylera.
BOOST_AUTO_TEST_CASE(row_PL_4) {
    upstream up;
    auto files = shipped_files();
    files["contracts/paylera.yaml"] += "rate_limit: { sustained: 1/min, burst: 2 }\n";
    manual_clock still({1'800'000'000'000'000});
    gateway g(shipped_apis(), files, &up, {.time = &still});
    const std::string path = "/v1/customers";
    const auto token = g.create("paylera", wish("service", {"customers:read"}));
    check_answer(g.ask("GET", kLive, path, token, kTraced + acting_as("actor_nobody")), unknown_actor(path), "actor");
    check_answer(g.ask("GET", kLive, path, token, kTraced + "Paylera-Version: 1\r\n"), unknown_version(path), "version");
    const auto beyond = g.ask("GET", kLive, path, token, kTraced);
    check_answer(beyond, problem(429, "", "rate_limit.exceeded", "Rate limit exceeded", "Try again in 60 s.", path), "rate");
    BOOST_TEST(beyond.field("Retry-After") == "60");
    const auto admin = g.create("paylera", wish("admin", {"*"}));
    check_answer(g.ask("POST", kLive, "/v1/payments/1/refund", admin, kTraced + kKey), second_factor("/v1/payments/1/refund"), "assurance");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tollgate::test
