// Who reaches what, and gives what: C-14. The same operations as the operator's, called with tokens.
#include "management_fixture.hpp"

#include <set>
#include <string>

using namespace tollgate;
using tollgate::test::management_fixture;

namespace {

struct reach : management_fixture {
    std::string in(const char* api, const char* tenant, const char* environment, const char* scopes) const {
        std::string body = std::string(R"({"api":")") + api + R"(","name":"n","tenant":")" + tenant + R"(","scopes":)" + scopes;
        if (*environment != '\0') body += std::string(R"(,"environment":")") + environment + "\"";
        return body + "}";
    }
    json::value staff = create(in("acme", "t1", "live", R"(["things.read","things.write"])"));
    json::value same = create(in("acme", "t1", "live", R"(["all"])"));
    json::value other_tenant = create(in("acme", "t2", "live", R"(["all"])"));
    json::value other_environment = create(in("acme", "t1", "test", R"(["all"])"));
    json::value other_api = create(in("globex", "t1", "", R"(["x.read"])"));
    std::string actor = actor_of(staff);
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(caller_reach, reach)

BOOST_AUTO_TEST_CASE(an_apis_token_sees_its_own_tenant_and_environment) {
    const auto rows = parsed(ask({.name = "tokens.list", .of = acme, .actor = actor})).at("data").as_array();
    BOOST_REQUIRE_EQUAL(rows.size(), 2u);
    // Made in the same millisecond, so that either may come first.
    const std::set<std::string> listed{std::string(text(rows[0], "id")), std::string(text(rows[1], "id"))};
    const std::set<std::string> own{std::string(text(staff, "id")), std::string(text(same, "id"))};
    BOOST_TEST((listed == own));
    for (const auto* query : {"api=globex", "tenant=t2", "api=acme&tenant=t2"}) {
        const auto answer = ask({.name = "tokens.list", .of = acme, .actor = actor, .query = query});
        BOOST_TEST(parsed(answer).at("data").as_array().empty(), query);
    }
}

BOOST_AUTO_TEST_CASE(what_is_out_of_reach_looks_like_nothing) {
    const auto nothing = ask({.name = "tokens.show", .of = acme, .actor = actor, .id = "tok_00000000000000000000000000"});
    for (const auto* foreign : {&other_tenant, &other_environment, &other_api}) {
        for (const auto* name : {"tokens.show", "tokens.revoke"}) {
            const auto answer = ask({.name = name, .of = acme, .actor = actor, .id = text(*foreign, "id")});
            BOOST_TEST(answer.status == 404u, name);
            BOOST_TEST(answer.body == nothing.body, name);
        }
        const auto verified =
            parsed(ask({.name = "tokens.verify", .of = acme, .actor = actor, .body = "{\"token\":\"" + text(*foreign, "token") + "\"}"}));
        BOOST_TEST(text(verified, "reason") == "unknown");
        BOOST_TEST(text(parsed(ask({.name = "tokens.show", .id = text(*foreign, "id")})), "state") == "active");
    }
    BOOST_TEST(ask({.name = "tokens.show", .of = acme, .actor = actor, .id = text(same, "id")}).status == 200u);
    BOOST_TEST(ask({.name = "tokens.revoke", .of = acme, .actor = actor, .id = text(same, "id")}).status == 204u);
}

BOOST_AUTO_TEST_CASE(nobody_gives_more_than_they_hold) {
    struct row {
        const char* body;
        unsigned status;
        const char* says;
    };
    const row rows[] = {
        {R"({"name":"n","scopes":["things.read"]})", 201, ""},
        {R"({"name":"n","scopes":["things.read","things.write"],"api":"acme","tenant":"t1","environment":"live"})", 201, ""},
        {R"({"name":"n","scopes":["parts.read"]})", 422, "scopes[0]: `parts.read` is not a scope of your own token"},
        {R"({"name":"n","scopes":["things.read","all"]})", 422, "scopes[1]: "},
        {R"({"name":"n","scopes":["*"]})", 422, "scopes[0]: "},
        {R"({"name":"n","scopes":["things.read"],"tenant":"t2"})", 422, "tenant: "},
        {R"({"name":"n","scopes":["things.read"],"environment":"test"})", 422, "environment: "},
        {R"({"name":"n","scopes":["x.read"],"api":"globex"})", 422, "api: no API `globex`"},
    };
    for (const auto& r : rows) {
        const auto answer = ask({.name = "tokens.create", .of = acme, .actor = actor, .body = r.body});
        BOOST_REQUIRE_MESSAGE(answer.status == r.status, r.body << "\n" << answer.body);
        if (r.status == 422u) {
            BOOST_TEST(errors(answer).find(r.says) != std::string::npos, r.body << "\n" << errors(answer));
        } else {
            BOOST_TEST(text(parsed(answer), "tenant") == "t1");
            BOOST_TEST(text(parsed(answer), "environment") == "live");
        }
    }
}

BOOST_AUTO_TEST_CASE(what_a_scope_includes_may_be_given) {
    for (const auto* scopes : {R"(["things.read"])", R"(["all"])"})
        BOOST_TEST(ask({.name = "tokens.create", .of = acme, .actor = actor_of(same), .body = std::string(R"({"name":"n","scopes":)") + scopes + "}"})
                       .status == 201u,
            scopes);
    const auto whole = create(in("acme", "t1", "live", R"(["*"])"));
    for (const auto* scopes : {R"(["parts.read"])", R"(["*"])"})
        BOOST_TEST(
            ask({.name = "tokens.create", .of = acme, .actor = actor_of(whole), .body = std::string(R"({"name":"n","scopes":)") + scopes + "}"})
                    .status == 201u,
            scopes);
}

BOOST_AUTO_TEST_CASE(a_caller_without_tenant_is_kept_from_every_tenant) {
    const auto none = create(in("acme", "", "live", R"(["all"])"));
    const auto rows = parsed(ask({.name = "tokens.list", .of = acme, .actor = actor_of(none)})).at("data").as_array();
    BOOST_REQUIRE_EQUAL(rows.size(), 1u);
    BOOST_TEST(text(rows[0], "id") == text(none, "id"));
    BOOST_TEST(ask({.name = "tokens.show", .of = acme, .actor = actor_of(none), .id = text(staff, "id")}).status == 404u);
    BOOST_TEST(
        ask({.name = "tokens.create", .of = acme, .actor = actor_of(none), .body = R"({"name":"n","scopes":["all"],"tenant":"t1"})"}).status == 422u);
}

BOOST_AUTO_TEST_CASE(calls_without_a_working_token_of_the_api_are_refused) {
    for (const std::string& who : {std::string(), std::string("token:tok_00000000000000000000000000"), std::string("user:7"), actor_of(other_api)})
        for (const auto* name : {"tokens.list", "tokens.create", "apis.list"})
            BOOST_TEST(ask({.name = name, .of = acme, .actor = who, .body = R"({"name":"n","scopes":["all"]})"}).status == 403u, name << " " << who);
    BOOST_REQUIRE(ask({.name = "tokens.revoke", .id = text(staff, "id")}).status == 204u);
    BOOST_TEST(ask({.name = "tokens.list", .of = acme, .actor = actor}).status == 403u);
}

BOOST_AUTO_TEST_CASE(a_token_of_the_built_in_api_reaches_every_api) {
    const auto admin = create(R"({"api":"tollgate","name":"ops","scopes":["tokens:read","tokens:write"]})");
    const auto who = actor_of(admin);
    BOOST_TEST(parsed(ask({.name = "tokens.list", .actor = who})).at("data").as_array().size() == 6u);
    BOOST_TEST(ask({.name = "tokens.create", .actor = who, .body = in("acme", "t9", "live", R"(["*"])")}).status == 201u);
    BOOST_TEST(ask({.name = "audit.list", .actor = who}).status == 200u);
    const auto more = ask({.name = "tokens.create", .actor = who, .body = R"({"api":"tollgate","name":"n","scopes":["tokens:read","audit:read"]})"});
    BOOST_REQUIRE_EQUAL(more.status, 422u);
    BOOST_TEST(errors(more).find("scopes[1]: ") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_tenants_token_of_the_built_in_api_stays_in_its_tenant) {
    const auto who = actor_of(create(R"({"api":"tollgate","name":"ops","tenant":"t1","scopes":["tokens:read","tokens:write"]})"));
    const auto listed = parsed(ask({.name = "tokens.list", .actor = who})).at("data").as_array();
    BOOST_TEST(listed.size() == 5u);
    for (const auto& row : listed) BOOST_TEST(text(row, "tenant") == "t1");
    BOOST_TEST(ask({.name = "tokens.show", .actor = who, .id = text(other_tenant, "id")}).status == 404u);
    BOOST_TEST(ask({.name = "tokens.create", .actor = who, .body = in("acme", "t2", "live", R"(["all"])")}).status == 422u);
    BOOST_TEST(ask({.name = "audit.list", .actor = who}).status == 403u);
}

BOOST_AUTO_TEST_CASE(the_audit_log_is_not_an_apis) { BOOST_TEST(ask({.name = "audit.list", .of = acme, .actor = actor}).status == 403u); }

BOOST_AUTO_TEST_SUITE_END()
