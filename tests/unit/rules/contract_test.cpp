// Contracts: every key, every mistake with its place, lifetimes, inclusion.
#include "tollgate/rules/contract.hpp"
#include "rules_support.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace tollgate {

namespace {

using namespace std::chrono_literals;

timestamp at(std::chrono::year_month_day date, std::chrono::microseconds time = 0us) {
    return {std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::sys_days(date).time_since_epoch()).count() + time.count()};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(contract_test)

BOOST_AUTO_TEST_CASE(nothing_said_is_the_generic_contract) {
    for (const auto text : {"", "{}", "tokens:\n", "scopes: {}\nformats: []\n"}) {
        const auto rules = good_contract(text);
        BOOST_TEST_REQUIRE(rules.kinds.size() == 1u, text);
        BOOST_TEST(rules.kinds[0].kind == "token");
        BOOST_TEST(rules.kinds[0].format == "tg_{random}");
        BOOST_TEST(rules.kinds[0].life.never());
        BOOST_TEST(rules.kinds[0].expiry_allowed);
        BOOST_TEST(!rules.kinds[0].step_up);
        BOOST_TEST(rules.environments.empty());
        BOOST_TEST(!rules.https_only);
        BOOST_TEST(!rules.forward_authorization);
        BOOST_TEST(!rules.scopes.required);
        BOOST_TEST(rules.idempotency_header == "Idempotency-Key");
    }
    BOOST_TEST(generic_contract().source == "");
}

BOOST_AUTO_TEST_CASE(every_key) {
    const auto rules = good_contract(R"(
name: Acme
environments: [test, live]
transport: https_only
upstream: { authorization: forward }
tokens:
  - { kind: service, audience: service, format: "ak_{environment}_{random:32}", lifetime: never }
  - { kind: person, audience: people, format: "ap_{random}", lifetime: 6mo, assurance: step_up, expiry: forbid }
formats:
  - { pattern: "OLD{hex:64}", digest: whole, checksum: none }
  - { pattern: "{random:40}", digest: after_pipe }
scopes:
  default: [read]
  wildcard: "*"
  implies: { boss: [read, write], write: [read] }
  catalogue: { read: Read things, write: { description: Change things, use_case: Automation }, boss: }
idempotency: { header: X-Once, replay: 12h, body: 64KiB }
rotation: { grace: 24h, warn_header: X-Secret-Ends }
)");
    BOOST_TEST(rules.name == "Acme");
    BOOST_TEST(rules.source == "acme.yaml");
    BOOST_TEST((rules.environments == std::vector<std::string>{"test", "live"}));
    BOOST_TEST(rules.https_only);
    BOOST_TEST(rules.forward_authorization);
    BOOST_TEST(rules.idempotency_header == "X-Once");
    BOOST_TEST((rules.rotation.grace.exact == std::chrono::hours(24) && rules.rotation.grace.months == 0));
    BOOST_TEST(rules.rotation.warn_header == "X-Secret-Ends");
    BOOST_TEST((good_contract("rotation: { grace: 0 }").rotation.grace.never() && good_contract("rotation: {}").rotation.warn_header.empty()));
    BOOST_TEST((rules.idempotency_replay == std::chrono::hours(12)));
    BOOST_TEST(rules.idempotency_body_bytes == 64u * 1024);

    BOOST_TEST_REQUIRE(rules.kinds.size() == 2u);
    const auto* person = rules.find_kind("person");
    BOOST_TEST_REQUIRE(person == &rules.kinds[1]);
    BOOST_TEST(person->audience == "people");
    BOOST_TEST(person->life.months == 6);
    BOOST_TEST(person->step_up);
    BOOST_TEST(!person->expiry_allowed);
    BOOST_TEST(person->compiled.pattern() == "ap_{random}");
    BOOST_TEST(!rules.kinds[0].step_up);
    BOOST_TEST(rules.find_kind("nobody") == nullptr);
    BOOST_TEST(rules.foreign.size() == 1u);
    BOOST_TEST(rules.foreign_after_pipe.size() == 1u);

    BOOST_TEST((rules.scopes.defaults == std::vector<std::string>{"read"}));
    BOOST_TEST(rules.scopes.wildcard == "*");
    BOOST_TEST_REQUIRE(rules.scopes.catalogue.size() == 3u);
    BOOST_TEST(rules.scopes.catalogue[0].description == "Read things");
    BOOST_TEST(rules.scopes.catalogue[1].description == "Change things");
    BOOST_TEST(rules.scopes.catalogue[1].use_case == "Automation");
    BOOST_TEST(rules.scopes.catalogue[2].name == "boss");
    BOOST_TEST((rules.closure("boss") == std::vector<std::string>{"boss", "read", "write"}));
    BOOST_TEST((rules.closure("write") == std::vector<std::string>{"write", "read"}));
    BOOST_TEST((rules.closure("read") == std::vector<std::string>{"read"}));
}

BOOST_AUTO_TEST_CASE(what_it_says_about_requests) {
    const auto rules = good_contract(
        "versions:\n"
        "  header: Acme-Version\n"
        "  default: \"2026-04-01\"\n"
        "  supported: [\"2025-10-01\", \"2025-12-01\", \"2026-04-01\"]\n"
        "  deprecated:\n"
        "    \"2025-10-01\": { since: 2026-04-01, sunset: \"2027-04-01T12:30:00Z\" }\n"
        "    \"2025-12-01\": { since: 2026-06-01 }\n"
        "acting_as: { header: Acme-Acting-As }\n"
        "rate_limit: { sustained: 30/min, burst: 10, per: tenant }\n");
    BOOST_TEST(rules.versions.header == "Acme-Version");
    BOOST_TEST(rules.versions.initial == "2026-04-01");
    BOOST_TEST_REQUIRE(rules.versions.supported.size() == 3u);
    BOOST_TEST(rules.versions.supported[0].notice == "Deprecation: @1775001600\r\nSunset: Thu, 01 Apr 2027 12:30:00 GMT\r\n");
    BOOST_TEST(rules.versions.supported[1].notice == "Deprecation: @1780272000\r\n");
    BOOST_TEST(rules.versions.supported[2].notice.empty());
    BOOST_TEST(rules.versions.find("2025-12-01") == &rules.versions.supported[1]);
    BOOST_TEST(rules.versions.find("2024-01-01") == nullptr);
    BOOST_TEST(rules.acting_as_header == "Acme-Acting-As");
    BOOST_TEST((rules.rate.allowed == pace{2'000'000, 10}));
    BOOST_TEST(rules.rate.per_tenant);
    const auto without = good_contract("name: Acme");
    BOOST_TEST((!without.versions.enabled() && without.acting_as_header.empty() && !without.rate.allowed.limited()));
}

BOOST_AUTO_TEST_CASE(mistakes_are_found_in_their_place) {
    struct row {
        std::string_view text, says;
    };
    for (const auto& r : std::vector<row>{
             {"[]", "acme.yaml:1: error: must be a mapping"},
             {"naem: Acme", "acme.yaml:1: error: unknown key `naem`: write `name` (at $.naem)"},
             {"quite_different: 1", "unknown key `quite_different`; known here: name, environments"},
             {"\n\nname: 17", "acme.yaml:3: error: must be a text: write it in quotes (at $.name)"},
             {"name: [a]", "must be a text"},
             {"name: \"\"", "must be a text that is not empty"},
             {"rotation: 24h", "must be a mapping"},
             {"rotation: { grace: tomorrow }", "a grace is 0 (the old secret ends at once) or a duration like 30m, 24h or 7d, not `tomorrow`"},
             {"rotation: { grace: never }", "a grace is 0 (the old secret ends at once)"},
             {"rotation: { grace: 13mo }", "a grace is at most a year"},
             {"rotation: { grace: [24h] }", "must be a duration like 24h, or 0 (at $.rotation.grace)"},
             {"rotation: { warn_header: \"a b\" }", "cannot be the name of a header"},
             {"rotation: { warn_header: date }", "`date` is written by the gateway: choose another name (at $.rotation.warn_header)"},
             {"oauth: { token: /t }", "names no grant by which a token is obtained"},
             {"oauth: { grants: [password] }", "needs a token endpoint: write `token: /oauth/token`"},
             {"oauth: { grants: [implicit], token: /t }", "client_credentials"},
             {"oauth: { grants: [authorization_code], token: /t }", "write `authorize: /oauth/authorize`"},
             {"oauth: { grants: [password], token: t }", "`t` is no path: write it as in /oauth/token"},
             {"oauth: { grants: [password], token: \"/{t}\" }", "is no path"},
             {"oauth: { grants: [password], token: /a/../t }", "is no path"},
             {"oauth: { grants: [password], token: /t, revoke: /t }", "`/t` stands for two endpoints"},
             {"oauth: { grants: [client_credentials, refresh_token], token: /t }", "refresh_token follows on password or authorization_code"},
             {"oauth: { grants: [password], clients: [keys], token: /t }", "`clients: [keys]` is for client_credentials"},
             {"oauth: { grants: [password], token: /t, access_token: { lifetime: 6mo } }", "write whole seconds, minutes, hours or days"},
             {"oauth: { grants: [password], token: /t, access_token: { prefix: \"a b\" } }", "cannot begin a token"},
             {"oauth: { grants: [password], token: /t, access_token: { prefix: rt_x } }", "must differ in how they begin"},
             {"oauth: { grants: [password], token: /t, refresh_token: { repeat: 1h } }", "at most 10m"},
             {"oauth: { grants: [password], token: /t, kind: none }", "the contract has no kind `none`"},
             {"oauth: { grants: [password], token: /t, scopes: [a], default_scopes: [b] }", "`b` is not one of `scopes`"},
             {"oauth: { grants: [password], token: /t, register: { path: /r, clients: 0 } }", "how many clients may register themselves"},
             {"versions: {}", "names no header: write `header: NAME` (at $.versions)"},
             {"versions: { header: V }", "names no versions"},
             {"versions: { header: V, supported: [a] }", "does not say what new tokens get"},
             {"versions: { header: V, supported: [a, a], default: a }", "the version `a` is there already (at $.versions.supported[1])"},
             {"versions: { header: V, supported: [a], default: b }", "`b` is not in `supported`"},
             {"versions: { header: V, supported: [\"a b\"], default: a }", "visible ASCII"},
             {"versions: { header: V, supported: [a], default: a, deprecated: { b: { since: 2026-01-01 } } }", "`b` is not in `supported`"},
             {"versions: { header: V, supported: [a], default: a, deprecated: { a: { sunset: 2026-01-01 } } }", "does not say since when"},
             {"versions: { header: V, supported: [a], default: a, deprecated: { a: { since: soon } } }", "must be a day or a time"},
             {"versions: { header: V, supported: [a], default: a, deprecated: { a: { since: 2026-02-01, sunset: 2026-01-01 } } }",
                 "no version ends before it is deprecated"},
             {"versions: { header: \"a b\", supported: [a], default: a }", "cannot be the name of a header"},
             {"versions: { header: Authorization, supported: [a], default: a }", "has a meaning of its own"},
             {"versions: { header: x-tollgate-version, supported: [a], default: a }", "has a meaning of its own"},
             {"versions: { header: V, supported: [a], default: a }\nacting_as: { header: v }", "stands for something else"},
             {"acting_as: { header: idempotency-key }", "stands for something else in this contract: write another name (at $.acting_as.header)"},
             {"acting_as: {}", "names no header"},
             {"rate_limit: { per: token }", "does not say how often: write `sustained: 60/min` (at $.rate_limit)"},
             {"rate_limit: { sustained: often }", "`often` is not a rate"},
             {"rate_limit: { sustained: 60/min, burst: many }", "must be a number"},
             {"rate_limit: { sustained: 60/min, burst: 0 }", "a burst is at least 1"},
             {"rate_limit: { sustained: 60/min, per: user }", "`user` is not known here: write token or tenant"},
             {"idempotency: { replay: never }", "cannot be how long answers are repeated: write 1s to 30d, as in 24h (at $.idempotency.replay)"},
             {"idempotency: { replay: 31d }", "1s to 30d"},
             {"idempotency: { replay: 1mo }", "1s to 30d"},
             {"idempotency: { replay: 10ms }", "1s to 30d"},
             {"idempotency: { body: 17MiB }", "must be a size from 1 to 16MiB"},
             {"idempotency: { body: lots }", "must be a size from 1 to 16MiB"},
             {"idempotency: { body: 0 }", "must be a size from 1 to 16MiB"},
             {"idempotency: { header: \"a b\" }", "cannot be the name of a header"},
             {"transport: http", "`http` is not known here: write any or https_only (at $.transport)"},
             {"upstream: { authorization: maybe }", "write drop or forward"},
             {"upstream: drop", "must be a mapping"},
             {"environments: live", "must be a list"},
             {"environments: [Live]", "cannot be a name"},
             {"environments: [a, a]", "`a` is there already (at $.environments[1])"},
             {"environments: [~]", "must be the name"},
             {"tokens: []", "at least one kind"},
             {"tokens: {}", "must be a list"},
             {"tokens: [~]", "must be a mapping"},
             {"tokens: [x]", "must be a mapping"},
             {"tokens: [{ kind: a }, { format: \"x_{random}\" }]", "names each: write `kind: NAME` (at $.tokens[1])"},
             {"tokens: [{ kind: a }, { kind: a }]", "the kind `a` is there already"},
             {"tokens: [{ kind: \"a b\" }]", "cannot be a name"},
             {"tokens: [{ formt: x }]", "unknown key `formt`: write `format`"},
             {"tokens: [{ format: \"x_{random:3}\" }]", "too few"},
             {"tokens: [{ format: \"x_{environment}_{random}\" }]", "with environments"},
             {"tokens: [{ lifetime: soon }]", "(at $.tokens[0].lifetime)"},
             {"tokens: [{ lifetime: 0s }]", "a lifetime of nothing"},
             {"tokens: [{ lifetime: 90000d }]", "a hundred years"},
             {"tokens: [{ lifetime: 2000mo }]", "a hundred years"},
             {"tokens: [{ assurance: high }]", "write none or step_up"},
             {"tokens: [{ expiry: never }]", "write allow or forbid"},
             {"formats: [{ digest: whole }]", "needs a pattern"},
             {"formats: [~]", "must be a mapping"},
             {"formats: [{ pattern: \"{hex:8}\" }]", "too few"},
             {"formats: [{ pattern: \"x{hex:64}\", digest: half }]", "write whole or after_pipe"},
             {"formats: [{ pattern: \"x{hex:64}\", checksum: crc }]", "write none"},
             {"scopes: { default: read }", "must be a list"},
             {"scopes: { default: [\"a b\"] }", "cannot be a scope"},
             {"scopes: { default: [a, a] }", "`a` is there already"},
             {"scopes: { default: [a], required: true }", "never missing"},
             {"scopes: { required: perhaps }", "true or false"},
             {"scopes: { wildcard: \"\\\"\" }", "cannot be a scope"},
             {"scopes: { implies: [a] }", "must be a mapping"},
             {"scopes: { implies: { a: b } }", "must be a list"},
             {"scopes: { implies: { a: [a] } }", "`a` includes itself (at $.scopes.implies.a)"},
             {"scopes: { implies: { a: [b], b: [c], c: [a] } }", "`b` includes itself"},
             {"scopes: { wildcard: all, implies: { a: [all] } }", "cannot include the wildcard"},
             {"scopes: { catalogue: [a] }", "must be a mapping"},
             {"scopes: { catalogue: { \"a b\": x } }", "cannot be a scope"},
             {"scopes: { catalogue: { a: { usecase: x } } }", "write `use_case`"},
             {"scopes: { catalogue: { a: [x] } }", "must be a mapping"},
             {"refusals: []", "must be a mapping"},
             {"refusals: { invalid_tokn: {} }", "unknown key `invalid_tokn`: write `invalid_token`"},
             {"refusals: { invalid_token: no }", "must be a mapping"},
             {"refusals: { invalid_token: { body: x } }", "unknown key `body`"},
             {"refusals: { invalid_token: { status: 200 } }", "from 400 to 599"},
             {"refusals: { invalid_token: { status: \"401\" } }", "from 400 to 599"},
             {"refusals: { invalid_token: { text: a, json: b } }", "one body"},
             {"refusals: { invalid_token: { problem: {}, json: ~ } }", "one body"},
             {"refusals: { invalid_token: { text: 4 } }", "must be a text"},
             {"refusals: { invalid_token: { text: \"{tenant}\" } }", "{tenant} is not known"},
             {"refusals: { invalid_token: { text: \"{scop}\" } }", "write {scope}"},
             {"refusals: { invalid_token: { text: \"{problem}\" } }", "{problem} is not known"},
             {"refusals: { invalid_token: { text: \"a } b\" } }", "a lone }"},
             {"refusals: { invalid_token: { json: { a: [\"{\"] } } }", "a lone {"},
             {"refusals: { invalid_token: { problem: x } }", "must be a mapping"},
             {"refusals: { invalid_token: { problem: { title: \"{scope}\" } } }", "only {reason} and {status}"},
             {"refusals: { invalid_token: { problem: { problem: \"{problem}\" } } }", "{problem} is not known"},
             {"refusals: { invalid_token: { problem: { status: 401 } } }", "filled in by the gateway"},
             {"refusals: { invalid_token: { problem: { fields: [] } } }", "has members"},
             {"refusals: { invalid_token: { problem: { fields: [tpye] } } }", "`tpye` is not known here: write type or title"},
             {"refusals: { invalid_token: { problem: { fields: [type, type] } } }", "`type` is there already"},
             {"refusals: { invalid_token: { headers: { www-authenticate: x } } }", "written by the gateway"},
             {"refusals: { invalid_token: { headers: { Content-Length: \"0\" } } }", "written by the gateway"},
             {"refusals: { invalid_token: { headers: { \"a b\": x } } }", "cannot be the name of a header"},
             {"refusals: { invalid_token: { headers: { X-A: \"a\\r\\nb\" } } }", "no control characters"},
             {"refusals: { invalid_token: { headers: { X-A: \"{nothing_like_it}\" } } }", "is not known"},
             {"refusals: { invalid_token: { content_type: json } }", "media type"},
             {"refusals: { invalid_token: { text: \"{instance}\", content_type: text/html } }", "the caller chooses"},
             {"refusals: { default: { status: 400, text: x } }", "keep their own statuses"},
             {"problems: { type: \"{nobody}\" }", "{nobody} is not known"},
             {"problems: { typo: x }", "unknown key `typo`: write `type`"},
         }) {
        const auto read = read_contract_text(r.text);
        BOOST_TEST(!read.rules.has_value(), r.text);
        BOOST_TEST(read.problems.find(r.says) != std::string::npos, r.text << "\n" << read.problems);
    }
}

BOOST_AUTO_TEST_CASE(all_mistakes_come_out_at_once) {
    const auto read = read_contract_text(
        "naem: x\n"
        "transport: no\n"
        "tokens: [{ format: x, lifetime: soon }]\n"
        "formats: [{ pattern: y }]\n"
        "scopes: { required: 4 }\n"
        "refusals:\n"
        "  default: { text: \"{what}\" }\n"
        "  overloaded: { status: 1 }\n");
    BOOST_TEST(!read.rules.has_value());
    BOOST_TEST(std::count(read.problems.begin(), read.problems.end(), '\n') == 8, read.problems);
    for (const auto line : {":1:", ":2:", ":3:", ":4:", ":5:", ":7:", ":8:"}) BOOST_TEST(read.problems.find(line) != std::string::npos, line);
}

BOOST_AUTO_TEST_CASE(an_error_elsewhere_is_not_this_contracts) {
    problem_list problems;
    problems.add({problem::level::error, "other.yaml", 1, "$", "something"});
    const auto doc = parse_document("acme.yaml", "name: Acme", problems);
    BOOST_TEST_REQUIRE(doc.has_value());
    BOOST_TEST(read_contract(*doc, problems).has_value());
    BOOST_TEST(problems.items().size() == 1u);
}

// C-12
BOOST_AUTO_TEST_CASE(an_overlapping_foreign_pattern_turns_the_checksum_off_for_both) {
    const auto read = read_contract_text(
        "tokens:\n"
        "  - { kind: a, format: \"be{random:62}\" }\n"
        "  - { kind: b, format: \"b_{random:62}\" }\n"
        "formats: [{ pattern: \"{hex:64}\" }]\n");
    BOOST_TEST_REQUIRE(read.rules.has_value(), read.problems);
    BOOST_TEST(read.problems ==
        "acme.yaml:4: warning: `{hex:64}` overlaps the format `be{random:62}` of kind `a`, whose checksum is therefore not looked at "
        "(at $.formats[0].pattern)\n");
    BOOST_TEST(!read.rules->kinds[0].compiled.checksummed());
    BOOST_TEST(read.rules->kinds[1].compiled.checksummed());
}

// PR-4
BOOST_AUTO_TEST_CASE(months_end_on_the_last_day_where_there_is_no_such_day) {
    using std::chrono::day, std::chrono::month, std::chrono::year;
    struct row {
        lifetime life;
        timestamp start, end;
    };
    const auto noon = 12h + 34min + 56s + 789us;
    for (const auto& r : std::vector<row>{
             {{6, 0us}, at(year(2025) / 8 / 31, noon), at(year(2026) / 2 / 28, noon)},
             {{6, 0us}, at(year(2027) / 8 / 31, noon), at(year(2028) / 2 / 29, noon)},
             {{6, 0us}, at(year(2025) / 8 / 28), at(year(2026) / 2 / 28)},
             {{1, 0us}, at(year(2026) / 1 / 31), at(year(2026) / 2 / 28)},
             {{1, 0us}, at(year(2026) / 12 / 31), at(year(2027) / 1 / 31)},
             {{12, 0us}, at(year(2024) / 2 / 29), at(year(2025) / 2 / 28)},
             {{0, 15 * 24h}, at(year(2026) / 2 / 20), at(year(2026) / 3 / 7)},
             {{1, 24h}, at(year(2026) / 1 / 31), at(year(2026) / 3 / 1)},
         }) {
        const auto end = r.life.end_of(r.start);
        BOOST_TEST_REQUIRE(end.has_value());
        BOOST_TEST(end->us == r.end.us, r.life.months << " months, from " << r.start.us);
    }
    BOOST_TEST(!lifetime{}.end_of(at(year(2026) / 1 / 1)).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tollgate
