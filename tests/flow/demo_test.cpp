// The real binary: the demo, its curl lines and what answers without the right token, its end, and the command line against it.
#include "flow/rows.hpp"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>
#include <algorithm>

#include <filesystem>
#include <map>
#include <sstream>

namespace tollgate::test {
namespace {

// `tollgate demo --json`, with its files below a directory of ours.
struct running_demo {
    directory dir;
    std::unique_ptr<program> process;
    json::value line;

    running_demo() {
        ::setenv("TMPDIR", dir.path.c_str(), 1);
        process = std::make_unique<program>(words{"demo", "--json", "--gateway", "127.0.0.1:0", "--console", "127.0.0.1:0"});
        line = parsed(process->read_line());
        ::unsetenv("TMPDIR");
    }
    using words = std::vector<std::string>;
    std::string text(std::string_view member) const { return text_at(line, member); }
    json::value of(std::string_view name, bool sandbox = false) const {
        const auto found = member(member(line, "apis"), name);
        return sandbox ? member(found, "sandbox") : found;
    }
    std::uint16_t port() const { return port_of(text("gateway")); }
    static std::uint16_t port_of(const std::string& address) {
        return static_cast<std::uint16_t>(std::stoul(address.substr(address.rfind(':') + 1)));
    }
};

// One demo for the cases that leave it running.
running_demo& demo() {
    static running_demo one;
    return one;
}

struct ended {
    int code;
    std::string out, err;
};

ended tollgate(const std::vector<std::string>& arguments, std::string_view input = {}) {
    program p(arguments, input);
    ended e{};
    e.out = p.output();
    e.err = p.errors();
    e.code = p.wait();
    return e;
}

// The command line against the demo, by its socket.
ended command(std::vector<std::string> arguments, std::string_view input = {}) {
    arguments.insert(arguments.end(), {"--socket", demo().text("socket")});
    return tollgate(arguments, input);
}

// The command line without a gateway, by the demo's configuration.
ended offline(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--config", demo().text("config")});
    return tollgate(arguments);
}

std::pair<int, std::string> shell(const std::string& line) {
    FILE* pipe = ::popen(line.c_str(), "r");
    BOOST_REQUIRE(pipe != nullptr);
    std::string out;
    char part[4096];
    for (std::size_t n; (n = std::fread(part, 1, sizeof part, pipe)) > 0;) out.append(part, n);
    return {::pclose(pipe), out};
}

message ask(const std::string& method, const std::string& host, const std::string& path, const std::string& token = {}) {
    conversation talk(demo().port());
    return talk.ask(request_text(method, host + ":" + std::to_string(demo().port()), path, token,
        "traceparent: 00-" + std::string(32, 'a') + "-" + std::string(16, 'b') + "-01\r\n"));
}

struct sample {
    std::string api, host, path;
    bool sandbox = false;
};
const std::vector<sample> kSamples{{"payrequest", "payrequest.localhost", "/api/v1/invoices"},
    {"paymenter", "paymenter.localhost", "/api/v1/admin/users"}, {"client-portal", "portal.localhost", "/api/v1/services"},
    {"paylera", "api.paylera.localhost", "/v1/customers"}, {"paylera", "api.sandbox.paylera.localhost", "/v1/customers", true},
    {"partner", "partner.localhost", "/invoices"}};

std::string trimmed(std::string text) {
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(demo_and_command_line)

BOOST_AUTO_TEST_CASE(the_json_line_says_where_everything_is) {
    const auto& d = demo();
    for (const std::string key : {"gateway", "console", "socket", "config"}) BOOST_TEST(!d.text(key).empty(), key);
    BOOST_TEST(d.text("gateway").starts_with("127.0.0.1:"));
    BOOST_TEST(d.port() != 0u);
    BOOST_TEST(std::filesystem::exists(d.text("socket")));
    BOOST_TEST(std::filesystem::exists(d.text("config")));
    BOOST_TEST(member(d.line, "apis").as_object().size() == 5u);
    for (const auto& s : kSamples) {
        const auto told = d.of(s.api, s.sandbox);
        BOOST_TEST(text_at(told, "host") == s.host);
        BOOST_TEST(text_at(told, "curl").find(text_at(told, "token")) != std::string::npos, s.host);
        BOOST_TEST(!text_at(told, "token").empty(), s.host);
    }
    BOOST_TEST(text_at(d.of("partner"), "key_id").starts_with("tok_"));
    BOOST_TEST(text_at(d.of("paylera"), "token").starts_with("sk_live_"));
    BOOST_TEST(text_at(d.of("paylera", true), "token").starts_with("sk_sandbox_"));
    for (const std::string path : {"/healthz", "/readyz", "/metrics"}) {
        conversation talk(running_demo::port_of(d.text("console")));
        BOOST_TEST(talk.ask(request_text("GET", "localhost", path)).status() == 200u, path);
    }
}

BOOST_AUTO_TEST_CASE(each_curl_line_answers_200) {
    for (const auto& s : kSamples) {
        const auto line = text_at(demo().of(s.api, s.sandbox), "curl");
        const auto [code, out] = shell(line);
        BOOST_TEST(code == 0, line);
        const auto answer = parsed(out);
        BOOST_TEST(text_at(answer, "method") == "GET", line);
        BOOST_TEST(text_at(answer, "target") == s.path, line);
        BOOST_TEST(member(answer, "headers").is_array(), line);
        BOOST_TEST(text_at(answer, "body_sha256") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "of nothing");
        BOOST_TEST(!member(answer, "connection").is_null(), line);
        BOOST_TEST(out.find(text_at(demo().of(s.api, s.sandbox), "token")) == std::string::npos, "the token stays here: " + out);
        BOOST_TEST(shell(line + " -o /dev/null -w '%{http_code}'").second == "200", line);
    }
}

BOOST_AUTO_TEST_CASE(the_people_of_the_demo_are_there) {
    const auto& d = demo();
    const auto who = member(d.line, "operator");
    conversation console(running_demo::port_of(d.text("console")));
    const auto in = console.ask(request_text("POST", "localhost", "/v1/admin/sessions", {}, "Content-Type: application/json\r\n",
        json::serialize(json::object{{"user_name", text_at(who, "user_name")}, {"password", text_at(who, "password")}})));
    BOOST_TEST(in.status() == 201u, in.body);
    BOOST_TEST(text_at(member(parsed(in.body), "user"), "role") == "owner");
    const auto paymenter = member(d.of("paymenter"), "oauth");
    for (const auto* name : {"client_id", "client_secret", "username", "password"}) BOOST_TEST(!text_at(paymenter, name).empty(), name);
    const auto agent = member(d.of("payrequest"), "oauth");
    for (const auto* name : {"client_id", "redirect_uri", "username", "password"}) BOOST_TEST(!text_at(agent, name).empty(), name);
    const auto me = parsed(ask("GET", "portal.localhost", "/api/v1/me", text_at(d.of("client-portal"), "token")).body);
    BOOST_TEST(text_at(member(me, "data"), "first_name") == "Jane");
}

BOOST_AUTO_TEST_CASE(without_the_right_token_each_answers_as_documented) {
    struct row {
        std::string api, missing, wrong, lacking_scope, other_scope, lacking;
        unsigned lacking_status;
    };
    const auto paylera = [](const std::string& name, const std::string& title, const std::string& detail) {
        std::string path = name;
        std::replace(path.begin(), path.end(), '.', '/');
        std::replace(path.begin(), path.end(), '_', '-');
        return json::serialize(json::object{{"type", "https://errors.paylera.io/" + path}, {"title", title}, {"status", 401}, {"detail", detail},
            {"instance", "/v1/customers"}, {"problem", name}, {"trace_id", std::string(32, 'a')}});
    };
    const std::vector<row> rows{{"payrequest", kUnauthenticated, kUnauthenticated, "billing.read", "customers.read",
                                    R"({"success":false,"error":"Invalid scope(s) provided."})", 403},
        {"paymenter", R"({"error":"The request is missing a valid bearer token."})",
            R"({"error":"The provided API key is invalid or has been disabled."})", "users.view", "orders.view",
            R"({"error":"You do not have permission to access this resource."})", 403},
        {"client-portal", kUnauthenticated, kUnauthenticated, "", "", "", 0},
        {"paylera", paylera("auth.missing_token", "Missing token", "The request has no Authorization: Bearer header."),
            paylera("auth.invalid_token", "Invalid token", "The token does not exist or was revoked."), "customers:read", "payments:read",
            paylera("auth.scope_required", "Scope required", "The operation demands a scope that the token lacks: customers:read."), 401},
        {"partner", generic(401, "", "missing_token", "A bearer token is required").body,
            generic(401, "", "invalid_token", "The token is not valid").body, "invoices:read", "payments:read",
            generic(403, "", "scope_required", "The token lacks a scope that this route demands").body, 403}};
    for (const auto& s : kSamples) {
        const auto& r = *std::find_if(rows.begin(), rows.end(), [&](const row& candidate) { return candidate.api == s.api; });
        const auto type = s.api == "paylera" || s.api == "partner" ? kProblem : kJson;
        check_answer(ask("GET", s.host, s.path), {401, "Bearer", type, r.missing}, s.host + " without a token");
        check_answer(ask("GET", s.host, s.path, mistyped(text_at(demo().of(s.api, s.sandbox), "token"))), {401, kInvalid, type, r.wrong},
            s.host + ", a wrong one");
        if (r.lacking_scope.empty()) continue;
        std::vector<std::string> make{"token", "create", "--api", s.api, "--name", "Lacking", "--scope", r.other_scope};
        if (s.api == "paylera") make.insert(make.end(), {"--environment", s.sandbox ? "sandbox" : "live"});
        check_answer(ask("GET", s.host, s.path, trimmed(command(make).out)), {r.lacking_status, lacks(r.lacking_scope), type, r.lacking},
            s.host + ", lacking");
    }
    check_answer(ask("GET", "api.paylera.localhost", "/v1/customers", text_at(demo().of("paylera", true), "token")),
        {401, kInvalid, kProblem,
            paylera("auth.wrong_environment", "Wrong environment", "The token belongs to another environment; this host serves live.")},
        "a sandbox token on the live host");
}

BOOST_AUTO_TEST_CASE(a_tokens_life_on_the_command_line) {
    const auto made = command({"token", "create", "--api", "partner", "--name", "Quoting Tool", "--scope", "invoices:read", "--scope", "payouts:read",
        "--owner", "team-1"});
    BOOST_TEST(made.code == 0, made.err);
    const auto secret = trimmed(made.out);
    BOOST_TEST(made.out == secret + "\n", "the text alone on stdout");
    BOOST_TEST((secret.starts_with("pk_") && secret.find_first_of(" \n") == std::string::npos), made.out);
    BOOST_TEST(made.err.find("Quoting Tool") != std::string::npos);
    BOOST_TEST(made.err.find(secret) == std::string::npos);
    BOOST_TEST(ask("GET", "partner.localhost", "/payouts", secret).status() == 200u);

    const auto as_json = command({"token", "create", "--api", "partner", "--name", "As JSON", "--scope", "invoices:read", "--json"});
    BOOST_TEST(as_json.code == 0, as_json.err);
    BOOST_TEST(ask("GET", "partner.localhost", "/invoices", text_at(parsed(as_json.out), "token")).status() == 200u);

    const auto listed = command({"token", "list", "--api", "partner", "--q", "quoting", "--json"});
    BOOST_TEST(listed.code == 0, listed.err);
    const auto rows = parsed(listed.out).as_array();
    BOOST_REQUIRE(rows.size() == 1u);
    const auto id = text_at(rows.front(), "id");
    BOOST_TEST(text_at(rows.front(), "hint") == "pk_…" + secret.substr(secret.size() - 4));
    BOOST_TEST(member(rows.front(), "scopes") == parsed(R"(["invoices:read","payouts:read"])"));
    const auto table = command({"token", "list"});
    BOOST_TEST((table.code == 0 && table.out.starts_with("ID ") && table.out.find("Quoting Tool") != std::string::npos), table.out);
    BOOST_TEST(table.out.find("Full access") == std::string::npos);
    const auto shown = command({"token", "show", id, "--json"});
    BOOST_TEST(shown.code == 0, shown.err);
    BOOST_TEST(text_at(parsed(shown.out), "owner") == "team-1");
    for (const auto& e : {listed, table, shown, command({"token", "show", id})}) BOOST_TEST((e.out + e.err).find(secret) == std::string::npos, e.out);

    const auto valid = command({"token", "verify"}, secret + "\n");
    BOOST_TEST((valid.code == 0 && valid.out.starts_with("valid\n")), valid.out);
    const auto revoked = command({"token", "revoke", id});
    BOOST_TEST((revoked.code == 0 && revoked.out.find(id) != std::string::npos), revoked.err);
    BOOST_TEST(ask("GET", "partner.localhost", "/payouts", secret).status() == 401u);
    const auto over = command({"token", "verify", "--json"}, secret);
    BOOST_TEST(over.code == 1);
    BOOST_TEST(text_at(parsed(over.out), "reason") == "revoked");
    BOOST_TEST(command({"token", "verify"}, "pk_nobody\n").code == 1);
    BOOST_TEST(text_at(parsed(command({"token", "show", id, "--json"}).out), "state") == "revoked");
    const auto audit = command({"audit", "--json", "--log", "changes"});
    BOOST_TEST(audit.code == 0, audit.err);
    std::map<std::string, std::string> who;  // action -> actor, of our token
    std::istringstream lines(audit.out);
    for (std::string line; std::getline(lines, line);)
        if (const auto event = parsed(line); text_at(event, "subject") == id) who[text_at(event, "action")] = text_at(event, "actor");
    const auto operator_name = "operator:" + std::to_string(::getuid());
    BOOST_TEST(who == (std::map<std::string, std::string>{{"token.create", operator_name}, {"token.revoke", operator_name}}), audit.out);
    BOOST_TEST(audit.out.find(secret) == std::string::npos);
}

BOOST_AUTO_TEST_CASE(exit_codes_tell_refused_from_misused) {
    struct row {
        std::vector<std::string> arguments;
        int code;
        std::string says;  // on stderr
    };
    for (const auto& r : {row{{"token", "create", "--api", "partner", "--name", "No scope"}, 1, "scopes: choose at least one scope"},
             row{{"token", "create", "--api", "partner", "--name", "Bad", "--scope", "invoices:fly"}, 1, "invoices:fly"},
             row{{"token", "create", "--api", "nobody", "--name", "Bad"}, 1, "nobody"},
             row{{"token", "create", "--api", "client-portal", "--name", "Bad", "--expires-in", "24h"}, 1, "expires_in"},
             row{{"token", "show", "tok_unknown"}, 1, "Not found"}, row{{"token", "revoke", "tok_unknown"}, 1, "Not found"},
             row{{"token", "verify"}, 1, "standard input"}, row{{"token", "create", "--api", "partner"}, 2, "--name"}, row{{"token"}, 2, ""},
             row{{"tokens"}, 2, ""}, row{{"token", "list", "--state", "lost"}, 2, "lost"}, row{{"token", "list", "--bogus"}, 2, "bogus"}}) {
        const auto e = command(r.arguments);
        BOOST_TEST_CONTEXT(json::serialize(json::array(r.arguments.begin(), r.arguments.end())) << " said " << e.err) {
            BOOST_TEST(e.code == r.code);
            BOOST_TEST(e.out == "");
            BOOST_TEST(!e.err.empty());
            BOOST_TEST(e.err.find(r.says) != std::string::npos);
        }
    }
    BOOST_TEST(tollgate({}).code == 2);
    BOOST_TEST(tollgate({"--version"}).code == 0);
    BOOST_TEST(tollgate({"token", "create", "--help"}).code == 0);
    const auto nobody = tollgate({"token", "list", "--socket", demo().dir.file("nobody.sock")});
    BOOST_TEST((nobody.code == 1 && nobody.err.find("nobody.sock") != std::string::npos), nobody.err);
}

BOOST_AUTO_TEST_CASE(check_routes_and_explain_need_no_gateway) {
    const auto fine = offline({"check"});
    BOOST_TEST(fine.code == 0, fine.err);
    directory dir;
    const auto file = dir.write("broken.yaml", "listeners:\n  - { address: 127.0.0.1, port: 99999 }\nmanagment: {}\n");
    const auto broken = tollgate({"check", "--config", file});
    BOOST_TEST(broken.code == 1);
    BOOST_TEST(broken.err.find(file + ":2: error: ") != std::string::npos, broken.err);
    BOOST_TEST(broken.err.find(file + ":3: error: ") != std::string::npos, broken.err);
    BOOST_TEST(broken.err.find("management") != std::string::npos, "the nearest known key: " + broken.err);
    const auto as_json = parsed(tollgate({"check", "--json", "--config", file}).out);
    BOOST_TEST(member(as_json, "ok") == json::value(false));
    BOOST_TEST(member(as_json, "problems").as_array().size() >= 2u);

    const auto routes = offline({"routes", "--api", "payrequest", "--json"});
    BOOST_TEST(routes.code == 0, routes.err);
    const auto all = parsed(routes.out).as_array();
    const auto ours = std::ranges::count_if(all, [](const json::value& r) { return text_at(r, "path").starts_with("/api/v1/"); });
    BOOST_TEST(ours == 17);
    BOOST_TEST(all.size() > 17u);  // OAuth's
    BOOST_TEST(offline({"routes", "--api", "nobody"}).code == 1);

    const auto permit = offline({"explain", "--api", "payrequest", "GET", "/api/v1/invoices/7", "--json"});
    BOOST_TEST(permit.code == 0, permit.err);
    BOOST_TEST(text_at(member(parsed(permit.out), "route"), "path") == "/api/v1/invoices/{id}");
    BOOST_TEST(text_at(parsed(permit.out), "decision") == "depends");
    const auto judged = tollgate({"explain", "--api", "payrequest", "POST", "/api/v1/invoices", "--json", "--token-id",
        text_at(demo().of("payrequest"), "key_id"), "--config", demo().text("config")});
    BOOST_TEST(judged.code == 0, judged.err);
    BOOST_TEST(text_at(parsed(judged.out), "decision") == "refuse");
    BOOST_TEST(text_at(parsed(judged.out), "reason") == "scope_required");
    BOOST_TEST(member(parsed(judged.out), "status") == json::value(403));
}

BOOST_AUTO_TEST_CASE(sigterm_lets_a_slow_request_finish_and_leaves_nothing) {
    running_demo d;
    BOOST_REQUIRE(d.port() != 0);
    const auto token = text_at(d.of("payrequest"), "token");
    conversation idle(d.port());
    auto slow = socket::connect(d.port());
    reader in(slow);
    slow.send(request_text("GET", "payrequest.localhost", "/api/v1/invoices", token, "Expect: 100-continue\r\nContent-Length: 4\r\n"));
    BOOST_TEST(in.response().status() == 100u, "under way");
    d.process->signal(SIGTERM);
    // The listener goes first; then nothing but the slow request is left.
    const auto refuses_connections = [&] {
        try {
            auto late = socket::connect(d.port());
            late.send(request_text("GET", "payrequest.localhost", "/api/v1/invoices", token));
            return late.receive().empty();
        } catch (const std::exception&) {
            return true;
        }
    };
    const auto patience = std::chrono::steady_clock::now() + kPatience;
    bool refused = false;
    while (!refused && std::chrono::steady_clock::now() < patience) refused = refuses_connections();
    BOOST_TEST(refused, "new connections");
    BOOST_TEST(slow.send("late"));
    const auto answer = in.response();
    BOOST_TEST(answer.status() == 200u);
    BOOST_TEST(answer.complete);
    BOOST_TEST(text_at(parsed(answer.body), "body_sha256") == "089001a35679a33ef3db0ca350db9b9a2f0136e0e327577b04b3b98127470961", "of `late`");
    BOOST_TEST(answer.field("Connection") == "close");
    BOOST_TEST(d.process->wait() == 0);
    BOOST_TEST(idle.ask(request_text("GET", "payrequest.localhost", "/api/v1/invoices", token)).status() == 0u);
    BOOST_TEST(std::filesystem::is_empty(d.dir.path), "nothing is left behind");
}

// What README's commands begin with: a person pastes it.
BOOST_AUTO_TEST_CASE(it_prints_what_the_commands_of_the_readme_need) {
    directory dir;
    ::setenv("TMPDIR", dir.path.c_str(), 1);
    program p({"demo", "--gateway", "127.0.0.1:0", "--console", "127.0.0.1:0"});
    ::unsetenv("TMPDIR");
    std::string all;
    while (all.find("Ctrl-C ends it") == std::string::npos) {
        const auto line = p.read_line();
        BOOST_TEST_REQUIRE((!line.empty() || all.size() < 100'000), all);
        all += line + "\n";
    }
    const auto at = all.find("\n  export SOCKET=");
    BOOST_TEST_REQUIRE(at != std::string::npos, all);
    std::istringstream words(all.substr(at + 10, all.find('\n', at + 1) - at - 10));
    std::string socket_path, config_path;
    words >> socket_path >> config_path;
    BOOST_TEST(socket_path.starts_with("SOCKET="), socket_path);
    BOOST_TEST(config_path.starts_with("CONFIG="), config_path);
    BOOST_TEST(std::filesystem::is_socket(socket_path.substr(7)), socket_path);
    BOOST_TEST(std::filesystem::is_regular_file(config_path.substr(7)), config_path);
    BOOST_TEST(all.find("\nConsole     http://127.0.0.1:") != std::string::npos);
    BOOST_TEST(all.find("\n  # partner, token tok_") != std::string::npos, "its id is what the key is exchanged with");
    p.signal(SIGTERM);
    BOOST_TEST(p.wait() == 0);
}

BOOST_AUTO_TEST_CASE(sigterm_ends_an_idle_demo) {
    running_demo d;
    BOOST_REQUIRE(std::filesystem::exists(d.text("config")));
    d.process->signal(SIGTERM);
    BOOST_TEST(d.process->wait() == 0);
    BOOST_TEST(std::filesystem::is_empty(d.dir.path));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tollgate::test
