// Who did what, and what tokens do: audit, denials, last use, use over time, row by row, through the socket.
#include "flow/rows.hpp"

#include "tollgate/codec/records.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <sstream>

#include <unistd.h>

namespace tollgate::test {

BOOST_TEST_GLOBAL_FIXTURE(world);

namespace {

const std::string kHost = "partner.test", kApi = "partner";

json::value asked(const gateway& g, const std::string& path) {
    const auto got = manage(g, "GET", path);
    BOOST_TEST(got.status() == 200u, path << ": " << got.body);
    return parsed(got.body);
}

json::value record_of(const gateway& g, const std::string& id) { return asked(g, "/api-tokens/" + id); }

json::array rows_of(const json::value& page) {
    const auto data = member(page, "data");
    return data.is_array() ? data.get_array() : json::array();
}

std::set<std::string> ids_of(const json::value& page) {
    std::set<std::string> out;
    for (const auto& row : rows_of(page)) out.insert(text_at(row, "id"));
    return out;
}

std::int64_t number_at(const json::value& v, std::string_view name) {
    const auto found = member(v, name);
    return found.is_number() ? found.to_number<std::int64_t>() : -1;
}

std::string head_in(const std::string& log, const std::string& when) {
    std::string found;
    std::istringstream lines(log);
    for (std::string line; std::getline(lines, line);) {
        const auto at = line.find("audit head head=");
        const auto end = line.find(" when=" + when);
        if (at == std::string::npos || end == std::string::npos || line.find("denials:") != std::string::npos) continue;
        found = line.substr(at + 16, end - at - 16);
    }
    return found;
}

struct ran {
    int code;
    std::string out, err;
};

ran run(const std::vector<std::string>& arguments) {
    program p(arguments);
    auto out = p.output();
    auto err = p.errors();
    return {p.wait(), std::move(out), std::move(err)};
}

// A gateway of its own, on a clock of its own.
struct own_world {
    manual_clock time{timestamp{1'800'014'400'000'000}};  // 2027-01-15T12:00:00Z
    upstream up;
    gateway g{shipped_apis(), shipped_files(), &up, {.time = &time}};
};

}  // namespace

BOOST_AUTO_TEST_SUITE(rows_use)

BOOST_AUTO_TEST_CASE(row_C_6) {
    own_world w;
    auto& g = w.g;
    const auto made = g.create_record(kApi, named("Accountant", {"invoices:read", "customers:read"}));
    const std::string text(made.text.reveal()), id = made.record.id;
    const auto fresh = record_of(g, id);
    BOOST_TEST(text_at(fresh, "name") == "Accountant");
    BOOST_TEST(member(fresh, "last_used_at").is_null());
    BOOST_TEST(member(fresh, "last_used_ip").is_null());
    BOOST_TEST(text_at(fresh, "state") == "active");
    BOOST_TEST(json::serialize(member(fresh, "scopes")) == R"(["invoices:read","customers:read"])");
    BOOST_TEST(!text_at(fresh, "created_at").empty());

    w.time.advance(std::chrono::minutes(5));
    BOOST_TEST(g.ask("GET", kHost, "/invoices", text).status() == 200u);
    const auto used_at = rfc3339(w.time.now());
    w.time.advance(std::chrono::minutes(5));
    BOOST_TEST(g.ask("GET", kHost, "/payouts", text).status() == 403u);  // refused: no use
    for (const auto& row : {record_of(g, id), rows_of(asked(g, "/api-tokens?api=" + kApi)).at(0)}) {
        BOOST_TEST(text_at(row, "last_used_at") == used_at);
        BOOST_TEST(text_at(row, "last_used_ip") == "127.0.0.1");
        const auto generation = member(row, "generations").as_array().at(0);
        BOOST_TEST(text_at(generation, "last_used_at") == used_at);
        BOOST_TEST(text_at(generation, "last_used_ip") == "127.0.0.1");
    }
    BOOST_TEST(record_of(g, id) == record_of(g, id));
    const auto revision = manage(g, "GET", "/api-tokens/" + id).field("ETag");
    BOOST_TEST(g.ask("GET", kHost, "/invoices", text).status() == 200u);
    BOOST_TEST(manage(g, "GET", "/api-tokens/" + id).field("ETag") == revision, "using a token is no change of it");

    const auto all = g.create_record(kApi, named("Everything", all_but(g.of(kApi), "")));
    BOOST_TEST(member(record_of(g, all.record.id), "full_access").as_bool());
    BOOST_TEST(!member(fresh, "full_access").as_bool());
    const auto portal = g.create_record("client-portal", named("No scopes there"));
    BOOST_TEST(!member(record_of(g, portal.record.id), "full_access").as_bool(), "a contract without scopes never shows it");
}

BOOST_AUTO_TEST_CASE(row_C_7) {
    upstream up;
    gateway g(shipped_apis(), shipped_files(), &up);
    const auto made = g.create_record(kApi, named("Watched", {"invoices:read"}));
    const std::string text(made.text.reveal()), id = made.record.id;
    BOOST_TEST(g.ask("GET", kHost, "/payments?secret=in-the-query", text).status() == 403u);
    BOOST_TEST(manage(g, "DELETE", "/api-tokens/" + id).status() == 204u);
    BOOST_TEST(g.ask("GET", kHost, "/invoices", text).status() == 401u);
    BOOST_TEST(g.ask("GET", kHost, "/invoices", mistyped(text)).status() == 401u);  // unknown: nobody's denial

    const auto events = rows_of(asked(g, "/audit?token=" + id));
    BOOST_REQUIRE(events.size() == 4u);
    const auto said = [&](std::size_t i) { return text_at(events[i], "action"); };
    std::multiset<std::string> actions;
    for (std::size_t i = 0; i < events.size(); ++i) actions.insert(said(i));
    BOOST_TEST((actions == std::multiset<std::string>{"token.create", "token.revoke", "request.denied", "request.denied"}));
    std::set<std::string> reasons;
    for (const auto& e : events) {
        BOOST_TEST(!text_at(e, "at").empty());
        BOOST_TEST(text_at(e, "api") == kApi);
        BOOST_TEST(text_at(e, "subject") == id);
        if (text_at(e, "action") == "token.revoke") {
            BOOST_TEST(text_at(e, "actor") == "operator:" + std::to_string(::getuid()));
            BOOST_TEST(text_at(e, "from") == "unix");
            BOOST_TEST(text_at(member(member(e, "details"), "before"), "state") == "active");
            BOOST_TEST(text_at(member(member(e, "details"), "after"), "state") == "revoked");
        }
        if (text_at(e, "action") != "request.denied") continue;
        BOOST_TEST(text_at(e, "actor") == "token:" + id);
        BOOST_TEST(text_at(e, "from") == "127.0.0.1");
        reasons.insert(text_at(member(e, "details"), "reason") + " " + text_at(member(e, "details"), "path"));
    }
    BOOST_TEST((reasons == std::set<std::string>{"scope_required /payments", "invalid_token /invoices"}));
    const auto everything = manage(g, "GET", "/audit").body;
    BOOST_TEST(everything.find(text) == std::string::npos);
    BOOST_TEST(everything.find("in-the-query") == std::string::npos);
    BOOST_TEST(rows_of(asked(g, "/audit?action=token.revoke")).size() == 1u);
    BOOST_TEST(rows_of(asked(g, "/audit?log=denials")).size() == 2u);
    BOOST_TEST(rows_of(asked(g, "/audit?since=1h")).size() == rows_of(asked(g, "/audit")).size());
    for (const auto* wrong :
        {"/audit?colour=red", "/audit?since=yesterday", "/audit?log=x", "/audit?order=x", "/audit?cursor=x", "/audit/verify?head=x"})
        BOOST_TEST(manage(g, "GET", wrong).status() == 422u, wrong);
}

BOOST_AUTO_TEST_CASE(row_C_7_a_flood_of_denials_is_bounded_and_every_one_counts) {
    own_world w;
    auto& g = w.g;
    const auto made = g.create_record(kApi, named("Stubborn", {"invoices:read"}));
    conversation talk(g.port());
    constexpr int asked_times = 200;
    for (int i = 0; i < asked_times; ++i)
        BOOST_REQUIRE(talk.ask(request_text("GET", kHost, "/payments", std::string(made.text.reveal()))).status() == 403u);
    w.time.advance(std::chrono::minutes(1));
    const auto rows = rows_of(asked(g, "/audit?action=request.denied"));
    BOOST_TEST(rows.size() == bounds::denials_per_token + 1);
    std::int64_t sum = 0;
    for (const auto& row : rows) sum += std::max<std::int64_t>(1, number_at(member(row, "details"), "count"));
    BOOST_TEST(sum == asked_times);
}

BOOST_AUTO_TEST_CASE(row_C_7_tampering_shows) {
    upstream up;
    gateway g(shipped_apis(), shipped_files(), &up);
    for (int i = 0; i < 5; ++i) g.create(kApi, named("Token " + std::to_string(i), {"invoices:read"}));
    const auto denied = g.create(kApi, named("Denied", {"invoices:read"}));
    BOOST_TEST(g.ask("GET", kHost, "/payments", denied).status() == 403u);
    const std::vector<std::string> at{"--socket", g.socket_path()};
    const auto with = [&](std::vector<std::string> words) {
        words.insert(words.end(), at.begin(), at.end());
        return run(words);
    };
    const auto running = with({"audit", "verify"});
    BOOST_TEST(running.code == 0, running.out << running.err);
    const auto found = asked(g, "/audit/verify");
    BOOST_TEST(member(found, "good").as_bool());
    const auto head = text_at(member(found, "logs").as_array().at(0), "head");
    BOOST_TEST(number_at(member(found, "logs").as_array().at(0), "keyless_rows") == 0);
    BOOST_TEST(with({"audit", "verify", "--head", head}).code == 0);
    const auto printed = with({"audit", "--json"});
    BOOST_REQUIRE(printed.code == 0);
    const auto key = g.dir.file("master.key");

    std::vector<std::string> lines;
    std::istringstream in(printed.out);
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    BOOST_REQUIRE(lines.size() >= 7u);
    const auto verify = [&](const std::vector<std::string>& file) {
        std::string all;
        for (const auto& line : file) all += line + "\n";
        return run({"audit", "verify", "--file", g.dir.write("audit.ndjson", all), "--key", key, "--head", head});
    };
    BOOST_TEST(verify(lines).code == 0, verify(lines).out);
    struct row {
        const char* what;
        std::function<void(std::vector<std::string>&)> tamper;
        const char* named;
    };
    const row table[] = {{"a flipped bit", [](auto& l) { l[2].at(l[2].find("Token") + 1) ^= 1; }, "edited: "},
        {"a missing line", [](auto& l) { l.erase(l.begin() + 2); }, "missing: "},
        {"two swapped lines", [](auto& l) { std::swap(l[1], l[2]); }, "reordered: "}, {"a cut tail", [](auto& l) { l.resize(3); }, "cut_tail: "},
        {"a rewritten whole",
            [](auto& l) {
                for (auto& line : l) line.replace(line.find("actor"), 5, "Actor");
            },
            "rewritten: "}};
    for (const auto& r : table) {
        auto tampered = lines;
        if (std::string_view(r.what) == "a rewritten whole") tampered.resize(6);  // of the log of changes
        r.tamper(tampered);
        const auto said = verify(tampered);
        BOOST_TEST(said.code == 1, r.what << said.out << said.err);
        BOOST_TEST(said.out.find(r.named) != std::string::npos, r.what << ": " << said.out);
    }
    static_cast<void>(g.access_log());  // ends the gateway
    BOOST_TEST(head_in(g.log.text(), "stop") == head);
    const auto offline = run({"audit", "verify", "--store", g.dir.file("store"), "--key", key, "--head", head});
    BOOST_TEST(offline.code == 0, offline.out << offline.err);
    const auto other_head = "1" + head;
    BOOST_TEST(run({"audit", "verify", "--store", g.dir.file("store"), "--key", key, "--head", other_head}).code == 1);
    BOOST_TEST(run({"audit", "verify", "--store", g.dir.file("store"), "--config", g.dir.file("tollgate.yaml")}).code == 0);
    BOOST_TEST(run({"audit", "verify", "--store", g.dir.file("nothing")}).code == 1);
    for (const auto& entry : std::filesystem::recursive_directory_iterator(g.dir.file("store")))  // T-2: denials hold no text either
        if (entry.is_regular_file()) BOOST_TEST(read_file(entry.path().string()).find(denied.substr(denied.size() - 20)) == std::string::npos);
}

BOOST_AUTO_TEST_CASE(row_C_8) {
    own_world w;
    auto& g = w.g;
    const auto idle = g.create_record(kApi, named("Idle", {"invoices:read"}));
    const auto busy = g.create_record(kApi, named("Busy", {"invoices:read", "refunds:write"}));
    create_token short_lived = named("Short", {"invoices:read"});
    short_lived.expires_in = "20d";
    const auto ending = g.create_record(kApi, short_lived);
    BOOST_TEST(g.ask("GET", kHost, "/invoices", std::string(busy.text.reveal())).status() == 200u);

    const std::string list = "/api-tokens?api=" + kApi;
    BOOST_TEST((ids_of(asked(g, list + "&unused_for=ever")) == std::set<std::string>{idle.record.id, ending.record.id}));
    BOOST_TEST(ids_of(asked(g, list + "&unused_for=30d")).empty());  // made just now
    w.time.advance(std::chrono::hours(31 * 24));
    BOOST_TEST(g.ask("GET", kHost, "/invoices", std::string(busy.text.reveal())).status() == 200u);
    BOOST_TEST((ids_of(asked(g, list + "&unused_for=30d")) == std::set<std::string>{idle.record.id, ending.record.id}));
    w.time.advance(std::chrono::hours(31 * 24));
    BOOST_TEST(ids_of(asked(g, list + "&unused_for=30d")).size() == 3u);
    BOOST_TEST(manage(g, "GET", list + "&unused_for=long").status() == 422u);

    const auto scopes = member(asked(g, "/usage?token=" + busy.record.id), "scopes");
    std::set<std::string> unused;
    for (const auto& s : scopes.as_array())
        if (member(s, "last_used_at").is_null()) unused.insert(text_at(s, "scope"));
    BOOST_TEST((unused == std::set<std::string>{"refunds:write"}));
}

BOOST_AUTO_TEST_CASE(row_C_8_by_route) {
    own_world w;
    auto& g = w.g;
    const auto made = g.create_record(kApi, named("Busy", {"invoices:read", "invoices:write", "refunds:write"}));
    const std::string text(made.text.reveal());
    for (const auto* path : {"/invoices/inv_1", "/invoices/inv_2", "/invoices"}) BOOST_TEST(g.ask("GET", kHost, path, text).status() == 200u);
    BOOST_TEST(g.ask("GET", kHost, "/payouts", text).status() == 403u);
    BOOST_TEST(g.ask("GET", kHost, "/nowhere", text).status() == 404u);
    const auto usage = asked(g, "/usage?token=" + made.record.id);
    std::map<std::string, std::pair<int, int>> counts;
    const auto routes = member(usage, "routes");
    for (const auto& r : routes.as_array())
        counts[text_at(r, "method") + " " + text_at(r, "path")] = {member(r, "requests").to_number<int>(), member(r, "denials").to_number<int>()};
    const std::map<std::string, std::pair<int, int>> wanted{{"GET /invoices/{id}", {2, 0}}, {"GET /invoices", {1, 0}}, {"GET /payouts", {1, 1}}};
    BOOST_TEST((counts == wanted), json::serialize(routes));
    BOOST_TEST(text_at(routes.as_array().front(), "path") == "/invoices/{id}", "called most first");
    const auto by_scope = member(usage, "scopes");
    for (const auto& s : by_scope.as_array()) BOOST_TEST(member(s, "requests").to_number<int>() == (text_at(s, "scope") == "invoices:read" ? 3 : 0));
    BOOST_TEST(json::serialize(member(usage, "proposed_scopes")) == R"(["invoices:read"])");

    // One that reaches everything holds no scope by name, and yet can be told what it needs.
    const auto whole = g.create_record(kApi,
        named("Everything",
            {"invoices:read", "invoices:write", "payments:read", "payments:write", "customers:read", "customers:write", "refunds:read",
                "refunds:write", "payouts:read", "webhooks:read", "webhooks:write", "hosted_checkout:read", "hosted_checkout:write"}));
    BOOST_TEST(g.ask("GET", kHost, "/payouts", std::string(whole.text.reveal())).status() == 200u);
    BOOST_TEST(json::serialize(member(asked(g, "/usage?token=" + whole.record.id), "proposed_scopes")) == R"(["payouts:read"])");
}

BOOST_AUTO_TEST_CASE(row_C_8_tokens_that_expire_soon) {
    own_world w;
    auto& g = w.g;
    create_token wish = named("Short", {"invoices:read"});
    wish.expires_in = "20d";
    const auto ending = g.create_record(kApi, wish);
    g.create(kApi, named("For ever", {"invoices:read"}));
    const auto expiring = [&] { return metric(g, "tollgate_tokens_expiring"); };
    const auto said = [&] { return g.log.text().find("a token expires soon api=" + kApi + " token=" + ending.record.id) != std::string::npos; };
    g.running->look_after(false);
    BOOST_TEST(expiring() == "0");
    w.time.advance(std::chrono::hours(5 * 24));
    g.running->look_after(false);
    BOOST_TEST(expiring() == "0");
    BOOST_TEST(!said());
    w.time.advance(std::chrono::hours(25));  // 14 days ahead
    g.running->look_after(false);
    BOOST_TEST(expiring() == "1");
    BOOST_TEST(said());
    const auto heard = g.log.text().size();
    g.running->look_after(true);
    BOOST_TEST(g.log.text().find("a token expires soon", heard) == std::string::npos, "once");
    BOOST_TEST(g.log.text().find("audit head head=", heard) != std::string::npos, "the head, each hour");
    w.time.advance(std::chrono::hours(15 * 24));
    g.running->look_after(false);
    BOOST_TEST(expiring() == "0");
}

BOOST_AUTO_TEST_CASE(row_PM_12) {
    own_world w;
    auto& g = w.g;
    const auto made = g.create_record("paymenter", named("Key", {"users.view"}));
    const std::string text(made.text.reveal()), usage = "/usage?token=" + made.record.id;
    const auto ask = [&](const std::string& path) { return g.ask("GET", "paymenter.test", path, text).status(); };
    const auto first_at = rfc3339(w.time.now());
    BOOST_TEST(ask("/api/v1/admin/users") == 200u);
    BOOST_TEST(ask("/api/v1/admin/users") == 200u);
    BOOST_TEST(ask("/api/v1/admin/orders") == 403u);
    w.time.advance(std::chrono::hours(2));
    BOOST_TEST(ask("/api/v1/admin/users") == 200u);
    const auto activity = asked(g, usage);
    const auto steps = rows_of(activity);
    BOOST_REQUIRE(steps.size() == 2u);
    BOOST_TEST(text_at(steps[0], "start") == "2027-01-15T12:00:00.000000Z");
    BOOST_TEST(text_at(steps[1], "start") == "2027-01-15T14:00:00.000000Z");
    BOOST_TEST((number_at(steps[0], "requests") == 3 && number_at(steps[0], "denials") == 1));
    BOOST_TEST((number_at(steps[1], "requests") == 1 && number_at(steps[1], "denials") == 0));
    BOOST_TEST(number_at(steps[1], "latency_max_us") >= number_at(steps[1], "latency_mean_us"));
    const auto addresses = member(activity, "addresses").as_array();
    BOOST_REQUIRE(addresses.size() == 1u);
    BOOST_TEST(text_at(addresses[0], "address") == "127.0.0.1");
    BOOST_TEST(text_at(addresses[0], "first_at") == first_at);
    BOOST_TEST(text_at(addresses[0], "last_at") == rfc3339(w.time.now()));
    BOOST_TEST((number_at(addresses[0], "requests") == 4 && number_at(addresses[0], "denials") == 1));
    BOOST_TEST(rows_of(asked(g, usage + "&step=day")).size() == 1u);
    // Kept from working, and let work again.
    const auto record = "/api-tokens/" + made.record.id;
    BOOST_TEST(manage(g, "POST", record + "/disable").status() == 200u);
    BOOST_TEST(ask("/api/v1/admin/users") == 401u);
    BOOST_TEST(manage(g, "POST", record + "/enable").status() == 200u);
    BOOST_TEST(ask("/api/v1/admin/users") == 200u);
    BOOST_TEST(rows_of(asked(g, usage + "&step=minute")).size() == 1u, "the last hour");
    BOOST_TEST(rows_of(asked(g, usage + "&step=minute&from=2027-01-15T12:00:00Z")).size() == 2u);
    BOOST_TEST(rows_of(asked(g, usage + "&to=2027-01-15T13:00:00Z")).size() == 1u);
    for (const auto* wrong :
        {"&step=week", "&from=x", "&from=2027-01-15T12:00:00Z&to=2027-01-15T11:00:00Z", "&step=minute&from=2026-01-15T12:00:00Z"})
        BOOST_TEST(manage(g, "GET", usage + wrong).status() == 422u, wrong);
    BOOST_TEST(manage(g, "GET", "/usage").status() == 422u);
    BOOST_TEST(manage(g, "GET", "/usage?token=tok_00000000000000000000000000").status() == 404u);
    const auto printed = run({"usage", made.record.id, "--socket", g.socket_path()});
    BOOST_TEST(printed.code == 0, printed.err);
    BOOST_TEST(printed.out.find("users.view") != std::string::npos, printed.out);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tollgate::test
