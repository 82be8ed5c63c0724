// The command line: exit codes, streams, and the commands that work alone.
#include "tollgate/app/cli.hpp"

#include "scratch_directory.hpp"
#include "tollgate/codec/json.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>
#include <vector>

using namespace tollgate;
using tollgate::test::scratch_directory;

namespace {

bool has(std::string_view text, std::string_view what) { return text.find(what) != std::string_view::npos; }

struct outcome {
    int code;
    std::string out, err;
};

outcome run(std::vector<std::string> arguments, const std::string& input = {}) {
    arguments.insert(arguments.begin(), "tollgate");
    std::vector<const char*> argv;
    for (const auto& a : arguments) argv.push_back(a.c_str());
    std::istringstream in(input);
    std::ostringstream out, err;
    const int code = run_cli(static_cast<int>(argv.size()), argv.data(), in, out, err);
    return {code, out.str(), err.str()};
}

std::string sample(const scratch_directory& at) {
    at.write("acme.yaml", R"(
openapi: 3.1.0
paths:
  /things: { get: { operationId: listThings, security: [ { token: [ 'things:read' ] } ], responses: { '200': { description: ok } } } }
  /things/{id}:
    get:
      security: [ { token: [ 'things:read' ] }, { token: [ 'things:all', 'things:old' ] } ]
      responses: { '200': { description: ok } }
  /status: { get: { security: [], responses: { '200': { description: ok } } } }
  /me: { get: { security: [ { token: [] } ], responses: { '200': { description: ok } } } }
components: { securitySchemes: { token: { type: http, scheme: bearer } } }
x-scopes: { 'things:read': Read, 'things:all': All, 'things:old': Old }
)");
    return at.write(
        "gate.yaml", "apis:\n- name: acme\n  hosts: [ acme.example ]\n  openapi: acme.yaml\n  upstream: { servers: \"http://127.0.0.1:9000\" }\n");
}

json::value parsed(const std::string& text) {
    boost::system::error_code error;
    auto value = json::parse(text, error);
    BOOST_REQUIRE_MESSAGE(!error, text);
    return value;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(cli)

BOOST_AUTO_TEST_CASE(bad_usage_is_exit_code_2) {
    const std::vector<std::string> rows[] = {
        {},
        {"frobnicate"},
        {"check", "--frobnicate"},
        {"check", "--config"},
        {"token"},
        {"token", "create"},
        {"token", "create", "--api", "acme"},
        {"token", "show"},
        {"token", "show", "a", "b"},
        {"token", "create", "--api", "a", "--name", "n", "--expires-in", "1d", "--expires-at", "2030-01-01T00:00:00Z"},
        {"token", "list", "--state", "lost"},
        {"actor"},
        {"actor", "add", "--api", "acme"},
        {"actor", "remove"},
        {"token", "verify", "tg_secret"},
        {"token", "update", "tok_x"},
        {"token", "update", "tok_x", "--any-address", "--allowed-ip", "10.0.0.0/8"},
        {"token", "rotate"},
        {"token", "revoke"},
        {"token", "revoke", "--yes"},
        {"token", "revoke", "tok_x", "--owner", "o"},
        {"explain", "--api", "acme", "GET"},
        {"explain", "GET", "/"},
        {"audit", "--limit", "0"},
        {"audit", "--limit", "many"},
        {"audit", "--log", "access"},
        {"audit", "verify", "--store", "s", "--file", "f"},
        {"usage"},
        {"usage", "tok_x", "--step", "week"},
        {"config"},
    };
    for (const auto& r : rows) {
        const auto o = run(r);
        const auto shown = r.empty() ? std::string("(nothing)") : r.front();
        BOOST_TEST(o.code == 2, shown);
        BOOST_TEST(o.out == "", shown);
        BOOST_TEST(o.err != "", shown);
    }
}

BOOST_AUTO_TEST_CASE(every_command_has_help) {
    for (const auto* name :
        {"serve", "demo", "check", "config", "routes", "explain", "diff", "token", "actor", "audit", "usage", "clock", "reload", "upgrade"}) {
        const auto o = run({name, "--help"});
        BOOST_TEST(o.code == 0, name);
        BOOST_TEST(o.out.find(name) != std::string::npos, o.out);
    }
    for (const auto* name : {"create", "list", "show", "update", "rotate", "finish-grace", "disable", "enable", "revoke", "verify"}) {
        const auto o = run({"token", name, "--help"});
        BOOST_TEST(o.code == 0, name);
        BOOST_TEST(o.out.find("--json") != std::string::npos, o.out);
    }
    const auto usage = run({"usage", "--help"}).out;  // the id alone is demanded
    const auto demanded = usage.find("REQUIRED");
    BOOST_TEST((demanded != std::string::npos && usage.find("REQUIRED", demanded + 1) == std::string::npos), usage);
    for (const auto* name : {"add", "list", "remove"}) BOOST_TEST(run({"actor", name, "--help"}).code == 0, name);
    BOOST_TEST(run({"--help"}).out.find("explain") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(manual_and_completions_know_every_command) {
    const auto page = run({"manual"}), bash = run({"completion", "bash"}), zsh = run({"completion", "zsh"}), fish = run({"completion", "fish"});
    for (const auto& o : {page, bash, zsh, fish}) BOOST_TEST(o.code == 0);
    for (const std::string command : {"serve", "token create", "token revoke", "audit verify", "reload", "upgrade", "completion"}) {
        auto path = "/" + command;
        std::ranges::replace(path, ' ', '/');
        BOOST_TEST_INFO_SCOPE(command);
        BOOST_TEST(has(page.out, ".SS " + command + "\n"));
        BOOST_TEST(has(bash.out, "'" + path + "') list='"));
        BOOST_TEST(has(zsh.out, "'" + path + "') list='"));
        BOOST_TEST(has(fish.out, "__tollgate_at '" + path + "'"));
    }
    BOOST_TEST(has(page.out, "\\fB\\-\\-config\\fR \\fIFILE\\fR"));
    BOOST_TEST(has(fish.out, "-l config -r -F"));  // a file, so that the shell offers files
    BOOST_TEST(run({"completion", "csh"}).code == 2);
    const auto keys = run({"manual", "tollgate.yaml.5"});
    BOOST_TEST(keys.code == 0);
    for (const std::string key : {"apis[].enforce", "listeners[].proxy_protocol", "timeouts.drain"}) BOOST_TEST(has(keys.out, key));
    BOOST_TEST(!has(keys.out, "encryption"));  // known, but not in this build
}

BOOST_AUTO_TEST_CASE(the_version_is_the_projects) {
    std::ifstream file(TOLLGATE_SOURCE_DIR "/CMakeLists.txt");
    const std::string cmake{std::istreambuf_iterator<char>(file), {}};
    const auto o = run({"--version"});
    BOOST_TEST(o.code == 0);
    BOOST_REQUIRE(o.out.starts_with("tollgate "));
    const auto version = o.out.substr(9, o.out.find('\n') - 9);
    BOOST_TEST(cmake.find("project(tollgate VERSION " + version + " ") != std::string::npos, version);
}

BOOST_AUTO_TEST_CASE(check_says_what_is_wrong_and_where) {
    const scratch_directory at;
    const auto good = run({"check", "--config", sample(at)});
    BOOST_TEST(good.code == 0, good.err);
    BOOST_TEST(good.out.find("1 APIs, 4 routes") != std::string::npos, good.out);
    const auto file = at.write("bad.yaml", "threads: 2\nlimits: { boddy: 1MiB }\n");
    const auto bad = run({"check", "--config", file});
    BOOST_TEST(bad.code == 1);
    BOOST_TEST(bad.out == "");
    BOOST_TEST(bad.err.find("bad.yaml:2: error: unknown key `boddy`: did you mean `body`?") != std::string::npos, bad.err);
}

BOOST_AUTO_TEST_CASE(check_speaks_json) {
    const scratch_directory at;
    const auto good = parsed(run({"check", "--json", "--config", sample(at)}).out);
    BOOST_TEST(good.at("ok").as_bool());
    BOOST_TEST(good.at("problems").as_array().empty());
    const auto o = run({"check", "--json", "--config", at.write("bad.yaml", "threads: x\n")});
    BOOST_TEST(o.code == 1);
    const auto bad = parsed(o.out);
    BOOST_TEST(!bad.at("ok").as_bool());
    const auto& p = bad.at("problems").as_array().at(0);
    BOOST_TEST(p.at("severity").as_string() == "error");
    BOOST_TEST(p.at("line").as_int64() == 1);
    BOOST_TEST(p.at("where").as_string() == "$.threads");
}

BOOST_AUTO_TEST_CASE(routes_are_listed) {
    const scratch_directory at;
    const auto text = run({"routes", "--config", sample(at)});
    BOOST_TEST(text.code == 0, text.err);
    BOOST_TEST(text.out.find("things:read | things:all things:old") != std::string::npos, text.out);
    BOOST_TEST(text.out.find("(public)") != std::string::npos, text.out);
    BOOST_TEST(text.out.find("(any token)") != std::string::npos, text.out);
    BOOST_TEST(text.out.find("/v1/admin") == std::string::npos, text.out);
    const auto rows = parsed(run({"routes", "--json", "--api", "acme", "--config", sample(at)}).out).as_array();
    BOOST_REQUIRE_EQUAL(rows.size(), 4u);
    BOOST_TEST(rows[0].at("api").as_string() == "acme");
    BOOST_TEST(rows[0].at("method").as_string() == "GET");
    BOOST_TEST(run({"routes", "--api", "tollgate", "--config", sample(at)}).out.find("tokens:write") != std::string::npos);
    BOOST_TEST(run({"routes", "--api", "acne", "--config", sample(at)}).code == 1);
}

BOOST_AUTO_TEST_CASE(explain_names_route_and_demand) {
    struct row {
        std::vector<std::string> question;
        const char* decision;
        const char* reason;  // "" where there is none
        const char* path;    // of the route; "" where there is none
    };
    const row rows[] = {
        {{"GET", "/things?x=1"}, "depends", "", "/things"},
        {{"GET", "/things/%7e7"}, "depends", "", "/things/{id}"},
        {{"GET", "/status"}, "permit", "", "/status"},
        {{"PUT", "/status"}, "refuse", "method_not_allowed", ""},
        {{"GET", "/nowhere"}, "refuse", "route_not_found", ""},
    };
    const scratch_directory at;
    const auto file = sample(at);
    for (const auto& r : rows) {
        const auto o = run({"explain", "--config", file, "--api", "acme", "--json", r.question[0], r.question[1]});
        BOOST_TEST(o.code == 0, o.err);
        const auto e = parsed(o.out);
        BOOST_TEST(e.at("decision").as_string() == r.decision, o.out);
        BOOST_TEST((e.at("reason").is_null() ? "" : std::string(e.at("reason").as_string())) == r.reason, o.out);
        BOOST_TEST((e.at("route").is_null() ? "" : std::string(e.at("route").at("path").as_string())) == r.path, o.out);
    }
    const auto text = run({"explain", "--config", file, "--api", "acme", "GET", "/things"});
    BOOST_TEST(text.out.find("scopes       things:read\n") != std::string::npos, text.out);
    for (const std::vector<std::string>& wrong : {std::vector<std::string>{"--api", "acne", "GET", "/x"}, {"--api", "acme", "GET", "/a/../b"},
             {"--api", "acme", "--ip", "nowhere", "GET", "/x"}, {"--api", "acme", "--environment", "test", "GET", "/x"}}) {
        std::vector<std::string> arguments{"explain", "--config", file};
        arguments.insert(arguments.end(), wrong.begin(), wrong.end());
        BOOST_TEST(run(arguments).code == 1, wrong.back());
    }
}

BOOST_AUTO_TEST_CASE(without_a_gateway_the_reason_is_on_stderr) {
    const scratch_directory at;
    const auto socket = at.name("nobody.sock");
    const std::vector<std::string> rows[] = {
        {"token", "list", "--socket", socket},
        {"token", "create", "--socket", socket, "--api", "acme", "--name", "n"},
        {"token", "show", "tok_x", "--socket", socket},
        {"token", "revoke", "tok_x", "--socket", socket},
        {"token", "revoke", "--owner", "o", "--yes", "--socket", socket},
        {"token", "update", "tok_x", "--name", "n", "--socket", socket},
        {"token", "rotate", "tok_x", "--socket", socket},
        {"token", "disable", "tok_x", "--socket", socket},
        {"audit", "--socket", socket},
        {"audit", "--follow", "--socket", socket},
        {"audit", "verify", "--socket", socket},
        {"audit", "verify", "--socket", socket, "--head", "7"},
        {"audit", "verify", "--file", at.name("missing.ndjson"), "--config", at.name("missing.yaml")},
        {"audit", "verify", "--store", at.name("missing"), "--config", at.name("missing.yaml")},
        {"usage", "tok_x", "--socket", socket},
        {"clock", "show", "--socket", socket},
        {"token", "list", "--config", at.name("missing.yaml")},
    };
    for (const auto& r : rows) {
        const auto o = run(r);
        BOOST_TEST(o.code == 1, r[1]);
        BOOST_TEST(o.out == "", r[1]);
        BOOST_TEST(o.err != "", r[1]);
    }
    BOOST_TEST(run({"token", "verify", "--socket", socket}, "").code == 1);
    BOOST_TEST(run({"token", "verify", "--socket", socket}, "tg_a_secret\n").err.find("tg_a_secret") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_sample_is_printed) {
    const auto o = run({"config", "--sample"});
    BOOST_TEST(o.code == 0);
    BOOST_TEST(o.out.find("listeners:") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
