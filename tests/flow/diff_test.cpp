// `tollgate diff`: the real binary against a running gateway whose use was recorded over sockets.
#include "moving.hpp"
#include "oauth.hpp"
#include "support/wire.hpp"

namespace tollgate::test {
namespace {

constexpr const char* kContract = R"(
tokens:
  - { kind: service, audience: service, format: "ac_{random:40}" }
  - { kind: staff, audience: staff, format: "as_{random:40}" }
scopes: { implies: { 'things:all': [ 'things:read', 'things:write' ] } }
)";

std::string document_of(std::string_view paths) {
    return "openapi: 3.1.0\npaths:\n" + std::string(paths) +
        "components: { securitySchemes: { token: { type: http, scheme: bearer } } }\n"
        "x-scopes: { 'things:read': Read, 'things:write': Write, 'things:all': All }\n";
}

std::string operation(std::string_view scope, std::string_view more = {}) {
    return "{ security: [ { token: [ '" + std::string(scope) + "' ] } ], responses: {}" + std::string(more) + " }";
}

const std::string kNow = document_of("  /things: { get: " + operation("things:read") + ", post: " + operation("things:write") +
    " }\n"
    "  /things/{id}: { get: " +
    operation("things:read") +
    " }\n"
    "  /old: { get: " +
    operation("things:read") +
    " }\n"
    "  /me: { get: { security: [ { token: [] } ], responses: {} } }\n");

constexpr const char* kApis =
    "- { name: acme, hosts: [ acme.test ], contract: acme.yaml, openapi: acme.api.yaml, upstream: { servers: [ \"http://@UP@\" ] } }\n"
    "- { name: beta, hosts: [ beta.test ], unlisted: forward, enforce: false, openapi: beta.api.yaml, upstream: { servers: [ \"http://@UP@\" ] } }\n";

// Two APIs with some use. The next configuration is a file beside the one that is in force.
struct used {
    upstream up;
    gateway g{kApis, {{"acme.yaml", kContract}, {"acme.api.yaml", kNow}, {"beta.api.yaml", kNow}}, &up};
    std::string reader_id, writer_id, all_id;

    used() {
        const auto reader_made = g.create_record("acme", named("Reader", {"things:read"}));
        const auto writer_made = g.create_record("acme", named("Writer", {"things:write"}));
        const auto all_made = g.create_record("acme", named("All", {"things:all"}));
        g.create("acme", named("Idle", {"things:read"}));
        reader_id = reader_made.record.id;
        writer_id = writer_made.record.id;
        all_id = all_made.record.id;
        const auto ask = [&](const char* method, const char* path, const created_token& by, unsigned want) {
            BOOST_TEST(g.ask(method, "acme.test", path, by.text.reveal()).status() == want);
        };
        for (int i = 0; i < 3; ++i) ask("GET", "/things", reader_made, 200);
        for (int i = 0; i < 2; ++i) ask("GET", "/things/7", reader_made, 200);
        ask("GET", "/old", reader_made, 200);
        ask("GET", "/me", reader_made, 200);
        ask("POST", "/things", reader_made, 403);
        ask("POST", "/things", writer_made, 200);
        ask("GET", "/things", all_made, 200);
    }

    // The configuration in force with every `from` replaced.
    std::string rewritten(const std::vector<std::pair<std::string, std::string>>& by) const {
        auto text = read_file(g.dir.file("tollgate.yaml"));
        for (const auto& [from, to] : by) {
            const auto at = text.find(from);
            BOOST_TEST_REQUIRE(at != std::string::npos, from);
            text.replace(at, from.size(), to);
        }
        return g.dir.write("next.yaml", text);
    }
    ended diff(const std::string& config, std::vector<std::string> more = {}) const {
        more.insert(more.begin(), {"diff", "--config", config});
        return tollgate(g, more);
    }
    // The answer to a document in the place of acme's.
    ended document(const std::string& text, std::vector<std::string> more = {"--json"}) const {
        more.insert(more.end(), {"--api", "acme", "--document", g.dir.write("next.api.yaml", text)});
        return diff(g.dir.file("tollgate.yaml"), std::move(more));
    }
};

json::array rows_of(const json::value& answer, std::string_view name) {
    const auto found = member(answer, name);
    return found.is_array() ? found.get_array() : json::array();
}

std::uint64_t count_at(const json::value& row, std::string_view name) {
    const auto found = member(row, name);
    return found.is_number() ? found.to_number<std::uint64_t>() : 0;
}

// "NAME METHOD PATH reason [lacks] requests"
std::multiset<std::string> findings(const json::value& answer, std::string_view name) {
    std::multiset<std::string> out;
    for (const auto& row : rows_of(answer, name)) {
        auto text = text_at(row, "name") + " " + text_at(row, "method") + " " + text_at(row, "path") + " " + text_at(row, "reason");
        for (const auto& scope : row.at("lacks").as_array()) text += " " + std::string(scope.as_string());
        out.insert(text + " " + std::to_string(count_at(row, "requests")));
        BOOST_TEST(!text_at(row, "last_at").empty());
    }
    return out;
}

std::set<std::string> operations(const json::value& answer) {
    std::set<std::string> out;
    for (const auto& row : rows_of(answer, "operations"))
        out.insert(text_at(row, "change") + " " + text_at(row, "method") + " " + text_at(row, "path") + ": " + text_at(row, "before") + " -> " +
            text_at(row, "after") + " " + std::to_string(count_at(row, "callers")) + "/" + std::to_string(count_at(row, "refused_callers")));
    return out;
}

using set = std::set<std::string>;
using multiset = std::multiset<std::string>;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(diff, used)

BOOST_AUTO_TEST_CASE(the_same_refuses_nothing) {
    const auto done = document(kNow);
    BOOST_TEST(done.code == 0, done.err);
    const auto answer = parsed(done.out);
    for (const auto* name : {"operations", "refused", "may_be_refused", "allowed", "notes"}) BOOST_TEST(rows_of(answer, name).empty(), name);
    BOOST_TEST(count_at(answer, "callers") == 3u);
    const auto text = document(kNow, {});
    BOOST_TEST(has(text.out, "3 callers, 0 would be refused"), text.out);
}

BOOST_AUTO_TEST_CASE(a_document_is_held_against_what_was_done) {
    const auto next =
        document_of("  /things: { get: " + operation("things:all") + ", post: " + operation("things:write", ", x-idempotency: required") +
            " }\n"
            "  /things/{thing}: { get: " +
            operation("things:read") +
            " }\n"
            "  /things/search: { get: " +
            operation("things:all") +
            " }\n"
            "  /me: { get: { security: [ { token: [] } ], responses: {} } }\n");
    const auto audit = manage(g, "GET", "/audit").body;
    const auto done = document(next);
    BOOST_TEST(done.code == 1, done.err);
    const auto answer = parsed(done.out);
    BOOST_TEST(
        (findings(answer, "refused") == multiset{"Reader GET /things scope_required things:all 3", "Reader GET /old route_not_found 1"}), done.out);
    BOOST_TEST((findings(answer, "may_be_refused") ==
                   multiset{"Reader GET /things/{id} scope_required things:all 2", "Writer POST /things idempotency_required 1"}),
        done.out);
    BOOST_TEST(findings(answer, "allowed").empty(), done.out);
    BOOST_TEST((operations(answer) ==
                   set{"changed GET /things: things:read -> things:all 2/1",
                       "changed POST /things: things:write -> things:write, idempotency key required 2/0",
                       "removed GET /old: things:read -> route_not_found 1/1", "added GET /things/search:  -> things:all 0/0"}),
        done.out);
    BOOST_TEST(count_at(answer, "refused_callers") == 1u);
    BOOST_TEST(text_at(rows_of(answer, "refused").at(0), "id") == reader_id);

    const auto text = document(next, {});
    BOOST_TEST(text.code == 1);
    for (const auto* word : {"Would be refused", "May be refused", "things:all", "where no idempotency key is sent", "call of GET /things/search",
             "3 callers, 1 would be refused something that they did, 4 requests in all"})
        BOOST_TEST(has(text.out, word), word << " is not in " << text.out);

    // Nothing has changed of it.
    BOOST_TEST(manage(g, "GET", "/audit").body == audit);
    BOOST_TEST(findings(parsed(document(next).out), "refused") == findings(answer, "refused"));
    BOOST_TEST(document(kNow).code == 0);
}

BOOST_AUTO_TEST_CASE(what_would_be_let_through_is_said) {
    auto next = kNow;
    next.replace(next.find("'things:write'"), 14, "'things:read'");
    const auto done = document(next);
    BOOST_TEST(done.code == 1, done.err);
    const auto answer = parsed(done.out);
    BOOST_TEST((findings(answer, "allowed") == multiset{"Reader POST /things scope_required 1"}), done.out);
    BOOST_TEST((findings(answer, "refused") == multiset{"Writer POST /things scope_required things:read 1"}), done.out);
}

BOOST_AUTO_TEST_CASE(what_only_may_be_counts_where_it_is_asked_for) {
    auto next = kNow;
    next.replace(next.find("  /old"), 0, "  /things/search: { get: " + operation("things:all") + " }\n");
    BOOST_TEST(document(next).code == 0);
    BOOST_TEST(document(next, {"--strict"}).code == 1);
}

BOOST_AUTO_TEST_CASE(a_contract_is_held_against_it_too) {
    const auto with = [&](const std::string& text) {
        const auto done = diff(g.dir.file("tollgate.yaml"), {"--json", "--api", "acme", "--contract", g.dir.write("next.contract.yaml", text)});
        BOOST_TEST(done.err == "");
        return std::pair(done.code, done.out.empty() ? json::value() : parsed(done.out));
    };
    std::string next = kContract;
    next.replace(next.find("[ 'things:read', 'things:write' ]"), 33, "[ 'things:write' ]");
    auto [code, answer] = with(next);
    BOOST_TEST(code == 1);
    BOOST_TEST((findings(answer, "refused") == multiset{"All GET /things scope_required things:read 1"}), json::serialize(answer));

    // Texts of other forms: by their beginning they are nobody's any more; of another length, they may be.
    next = kContract;
    next.replace(next.find("ac_"), 3, "an_");
    std::tie(code, answer) = with(next);
    BOOST_TEST(code == 1);
    BOOST_TEST(rows_of(answer, "refused").size() == 6u, json::serialize(answer));
    BOOST_TEST(text_at(rows_of(answer, "refused").at(0), "reason") == "invalid_token");
    next = kContract;
    next.replace(next.find("random:40"), 9, "random:42");
    std::tie(code, answer) = with(next);
    BOOST_TEST(code == 0);
    BOOST_TEST(rows_of(answer, "may_be_refused").size() == 6u, json::serialize(answer));

    std::tie(code, answer) = with(std::string(kContract) + "transport: https_only\n");
    BOOST_TEST(code == 0);
    BOOST_TEST(text_at(rows_of(answer, "may_be_refused").at(0), "reason") == "insecure_transport");
    BOOST_TEST(text_at(rows_of(answer, "may_be_refused").at(0), "because") == "where it does not come by HTTPS");
}

BOOST_AUTO_TEST_CASE(a_configuration_is_compared_whole) {
    const auto lax = g.create_record("beta", named("Lax", {"things:read"}));
    const auto ask = [&](const char* method, const char* path) { BOOST_TEST(g.ask(method, "beta.test", path, lax.text.reveal()).status() == 200u); };
    ask("POST", "/things");   // lacks a scope, and is let through
    ask("GET", "/somewhere");  // no operation covers it
    BOOST_TEST(diff(g.dir.file("tollgate.yaml")).code == 0);

    const auto enforced = diff(rewritten({{"enforce: false, ", ""}}), {"--json"});
    BOOST_TEST(enforced.code == 1);
    BOOST_TEST((findings(parsed(enforced.out), "refused") == multiset{"Lax POST /things scope_required things:write 1"}), enforced.out);
    const auto listed = diff(rewritten({{"unlisted: forward, ", ""}}), {"--json"});
    BOOST_TEST((findings(parsed(listed.out), "refused") == multiset{"Lax  (unlisted) route_not_found 1"}), listed.out);

    const auto gone = diff(rewritten({{"name: acme", "name: other"}, {"acme.test", "other.test"}}), {"--json"});
    BOOST_TEST(gone.code == 1);
    const auto answer = parsed(gone.out);
    BOOST_TEST(rows_of(answer, "refused").size() == 6u, gone.out);
    BOOST_TEST(text_at(rows_of(answer, "refused").at(0), "reason") == "host_unknown");
    BOOST_TEST(json::serialize(member(answer, "notes")) == R"(["acme: the API would be gone","other: a new API"])");
    const auto moved = diff(rewritten({{"acme.test", "other.test"}}), {});
    BOOST_TEST(moved.code == 0, moved.out);
    BOOST_TEST(has(moved.out, "acme: the host acme.test would no longer lead to it"), moved.out);
}

BOOST_AUTO_TEST_CASE(old_use_and_tokens_that_have_ended_do_not_count) {
    BOOST_TEST(g.tokens().revoke(reader_id, {"test", "unix"}).has_value());
    auto next = kNow;
    next.replace(next.find("'things:read' ]"), 15, "'things:all' ]");
    const auto done = document(next);
    BOOST_TEST(done.code == 0, done.out);
    BOOST_TEST(count_at(parsed(done.out), "callers") == 2u);
    const auto later = document(next, {"--json", "--since", "2999-01-01T00:00:00Z"});
    BOOST_TEST(count_at(parsed(later.out), "callers") == 0u);
}

// What stands behind access tokens is judged as they will be.
BOOST_AUTO_TEST_CASE(an_authorization_is_a_caller) {
    gateway shipped_ones(shipped_apis(), shipped_files(), &up);
    const std::string host = "payrequest.test";
    const auto jane = make_user(shipped_ones, "payrequest", "jane@example.test", "a long password");
    const auto app = make_client(shipped_ones, "payrequest",
        {.name = "Desk", .confidential = false, .redirect_uris = {"http://127.0.0.1:4711/done"}, .grants = {"authorization_code", "refresh_token"}});
    const auto code = give_code(shipped_ones, app.record, jane, {"billing.read"});
    const auto token = granted(post_form(shipped_ones, host, "/oauth/token", redeeming(code, app.record)));
    BOOST_TEST(shipped_ones.ask("GET", host, "/api/v1/invoices", token).status() == 200u);
    auto next = shipped("openapi/payrequest.yaml");
    const std::string was = "security: [{accessToken: [billing.read]}]";
    next.replace(next.find(was), was.size(), "security: [{accessToken: [customers.read]}]");
    const auto done = tollgate(shipped_ones,
        {"diff", "--config", shipped_ones.dir.file("tollgate.yaml"), "--api", "payrequest", "--document", shipped_ones.dir.write("next.yaml", next),
            "--json"});
    BOOST_TEST(done.code == 1, done.err);
    const auto rows = rows_of(parsed(done.out), "refused");
    BOOST_TEST_REQUIRE(rows.size() == 1u, done.out);
    BOOST_TEST(text_at(rows[0], "what") == "authorization");
    BOOST_TEST(text_at(rows[0], "id").starts_with("aut_"));
    BOOST_TEST(text_at(rows[0], "name") == "Desk for " + jane.id);
    BOOST_TEST(text_at(rows[0], "reason") == "scope_required");
}

BOOST_AUTO_TEST_CASE(what_could_not_be_found_out_is_said) {
    const auto failed = [](const ended& done, std::string_view what) {
        BOOST_TEST(done.code == 2, done.out);
        BOOST_TEST(done.out == "");
        BOOST_TEST(has(done.err, what), done.err);
    };
    failed(document("openapi: 3.1.0\npaths: { /x: { get: { security: [ { token: [ 'no:such' ] } ], responses: {} } } }\n"), "next.api.yaml:2");
    failed(diff(g.dir.file("none.yaml")), "none.yaml");
    failed(diff(g.dir.file("tollgate.yaml"), {"--document", "x.yaml"}), "--api");
    failed(diff(g.dir.file("tollgate.yaml"), {"--since", "soon"}), "--since");
    failed(diff(g.dir.file("tollgate.yaml"), {"--api", "nobody"}), "no API `nobody`");
    failed(tollgate({"diff", "--config", g.dir.file("tollgate.yaml"), "--socket", g.dir.file("none.sock")}), "none.sock");
}

BOOST_AUTO_TEST_CASE(many_callers_come_page_after_page) {
    constexpr std::size_t callers = 1'000;
    std::string lines;
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < callers; ++i) {
        texts.push_back("ac_" + digest_of(std::to_string(i)).substr(0, 40));
        lines += line({{"api", "gamma"}, {"name", "Many " + std::to_string(i)}, {"digest", digest_of(texts.back())}, {"scopes", {"things:read"}}});
    }
    // Keys of another system, so that their texts are known.
    const std::string contract = "tokens: [ { kind: key, format: \"gm_{random:40}\" } ]\nformats: [ { pattern: \"ac_{hex:40}\" } ]\n";
    gateway many(
        "- { name: gamma, hosts: [ gamma.test ], contract: gamma.yaml, openapi: gamma.api.yaml, upstream: { servers: [ \"http://@UP@\" ] } }\n",
        {{"gamma.yaml", contract}, {"gamma.api.yaml", kNow}}, &up);
    const auto imported = tollgate(many, {"import", "--format", "ac_{hex:40}", many.dir.write("many.ndjson", lines)});
    BOOST_TEST_REQUIRE(imported.code == 0, imported.err);
    conversation talk(many.port());
    for (const auto& text : texts) BOOST_TEST_REQUIRE(talk.ask(request_text("GET", "gamma.test", "/things", text)).status() == 200u);
    auto next = kNow;
    next.replace(next.find("'things:read' ]"), 15, "'things:all' ]");
    const auto document = many.dir.write("next.yaml", next);
    const auto done = tollgate(many, {"diff", "--config", many.dir.file("tollgate.yaml"), "--document", document, "--json"});
    BOOST_TEST(done.code == 1, done.err);
    const auto answer = parsed(done.out);
    BOOST_TEST(count_at(answer, "refused_callers") == callers);
    std::set<std::string> ids;
    for (const auto& row : rows_of(answer, "refused")) ids.insert(text_at(row, "id"));
    BOOST_TEST(ids.size() == callers);
    const auto text = tollgate(many, {"diff", "--config", many.dir.file("tollgate.yaml"), "--document", document});
    BOOST_TEST(has(text.out, "… and 900 more: --json has all"), text.out.substr(text.out.size() - std::min<std::size_t>(text.out.size(), 400)));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tollgate::test
