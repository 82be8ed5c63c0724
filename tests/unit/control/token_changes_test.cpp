// Changing tokens through the management API: fields, ETags, states, and what an API's own tokens may (C-14).
#include "management_fixture.hpp"

using namespace tollgate;
using tollgate::test::management_fixture;

namespace {

constexpr const char* plain = R"({"api":"acme","name":"CI","environment":"live","scopes":["things.read"],"tenant":"t1","owner":"o1"})";

struct changes : management_fixture {
    json::value made = create(plain);
    std::string id = text(made, "id");

    operation_answer patch(const std::string& body, const std::string& if_match = {}) const {
        return ask({.name = "tokens.update", .id = id, .body = body, .if_match = if_match});
    }
    // Why the text does not work; empty: it does.
    std::string why_not(const json::value& with_text) const {
        const auto answer = parsed(ask({.name = "tokens.verify", .body = "{\"token\":\"" + text(with_text, "token") + "\"}"}));
        return answer.at("valid").as_bool() ? "" : text(answer, "reason");
    }
    json::value made_for(const char* scopes, const char* tenant = "t1", const char* environment = "live") const {
        return create(
            std::string(R"({"api":"acme","name":"n","environment":")") + environment + R"(","tenant":")" + tenant + R"(","scopes":)" + scopes + "}");
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(token_changes, changes)

BOOST_AUTO_TEST_CASE(a_patch_answers_the_record_as_it_is) {
    const auto answer = patch(R"({"name":"Renamed","scopes":["things.write","parts.read"],"expires_in":"1h"})");
    BOOST_REQUIRE_MESSAGE(answer.status == 200u, answer.body);
    const auto record = parsed(answer);
    BOOST_TEST(text(record, "name") == "Renamed");
    BOOST_TEST(json::serialize(record.at("scopes")) == R"(["things.write","parts.read"])");
    BOOST_TEST(text(record, "expires_at") == "2027-01-15T09:00:00.000000Z");
    BOOST_TEST(text(record, "owner") == "o1");
    BOOST_TEST(!record.as_object().contains("token"));
    const auto shown = ask({.name = "tokens.show", .id = id});
    BOOST_TEST(shown.body == answer.body);
    BOOST_TEST(header(shown, "ETag") == header(answer, "ETag"));
    BOOST_TEST(text(parsed(patch(R"({"name":"Renamed"})")), "expires_at") == "2027-01-15T09:00:00.000000Z");
    BOOST_TEST(parsed(patch(R"({"expires_at":null})")).at("expires_at").is_null());
    BOOST_TEST(why_not(made).empty());
}

BOOST_AUTO_TEST_CASE(wrong_fields_of_a_patch_are_named) {
    const struct {
        const char *body, *says;
    } rows[] = {
        {R"({"name":null})", "name: "},
        {R"({"name":7})", "name: must be a text"},
        {R"({"scopes":[]})", "scopes: choose at least one"},
        {R"({"scopes":null})", "scopes: choose at least one"},
        {R"({"scopes":["things.read","y"]})", "scopes[1]: "},
        {R"({"expires_in":"soon"})", "expires_in: "},
        {R"({"owner":"o2"})", "owner: not known here"},
        {R"({"nmae":"x"})", "nmae: not known here: did you mean name?"},
    };
    for (const auto& r : rows) {
        const auto answer = patch(r.body);
        BOOST_TEST(answer.status == 422u, r.body << answer.body);
        BOOST_TEST(errors(answer).find(r.says) != std::string::npos, r.body << errors(answer));
    }
    BOOST_TEST(text(parsed(ask({.name = "tokens.show", .id = id})), "name") == "CI");
    BOOST_TEST(ask({.name = "tokens.update", .id = id, .body = "{}", .content_type = "text/plain"}).status == 415u);
    BOOST_TEST(ask({.name = "tokens.update", .id = "tok_00000000000000000000000000", .body = "{}"}).status == 404u);
}

BOOST_AUTO_TEST_CASE(changes_honour_if_match) {
    const auto tag = header(ask({.name = "tokens.show", .id = id}), "ETag");
    for (const auto* name : {"tokens.update", "tokens.rotate", "tokens.disable", "tokens.enable", "tokens.finish_grace"}) {
        BOOST_TEST(ask({.name = name, .id = id, .body = "{}", .if_match = "\"999999\""}).status == 412u, name);
        BOOST_TEST(ask({.name = name, .id = id, .body = "{}", .if_match = "W/\"1\""}).status == 400u, name);
    }
    const auto renamed = patch(R"({"name":"Renamed"})", tag);
    BOOST_TEST(renamed.status == 200u);
    BOOST_TEST(header(renamed, "ETag") != tag);
    BOOST_TEST(patch(R"({"name":"Again"})", tag).status == 412u);
    BOOST_TEST(ask({.name = "tokens.rotate", .id = id, .if_match = header(renamed, "ETag")}).status == 200u);
}

BOOST_AUTO_TEST_CASE(rotating_answers_another_text_this_once) {
    const auto answer = ask({.name = "tokens.rotate", .id = id, .content_type = ""});
    BOOST_REQUIRE_MESSAGE(answer.status == 200u, answer.body);
    BOOST_TEST(header(answer, "Cache-Control") == "no-store");
    const auto second = parsed(answer);
    BOOST_TEST(text(second, "id") == id);
    BOOST_TEST(text(second, "token") != text(made, "token"));
    BOOST_TEST(text(second, "token").ends_with(text(second, "hint").substr(text(second, "hint").size() - 4)));
    BOOST_REQUIRE(second.at("generations").as_array().size() == 2u);
    BOOST_TEST(text(second.at("generations").at(0), "ends_at") == "2027-01-16T08:00:00.000000Z");
    BOOST_TEST(ask({.name = "tokens.show", .id = id}).body.find(text(second, "token")) == std::string::npos);
    BOOST_TEST(ask({.name = "audit.list"}).body.find(text(second, "token")) == std::string::npos);
    BOOST_TEST((why_not(made).empty() && why_not(second).empty()));

    const auto leaked = parsed(ask({.name = "tokens.rotate", .id = id, .body = R"({"grace":"0"})"}));
    BOOST_TEST((why_not(second) == "superseded" && why_not(made).empty() && why_not(leaked).empty()));
    const auto hour = parsed(ask({.name = "tokens.rotate", .id = id, .query = "grace=1h", .body = R"({"grace":"0"})"}));
    BOOST_TEST((why_not(leaked).empty() && why_not(hour).empty()));
    BOOST_TEST(ask({.name = "tokens.finish_grace", .id = id}).status == 200u);
    BOOST_TEST((why_not(leaked) == "superseded" && why_not(made) == "superseded" && why_not(hour).empty()));
    for (const auto* grace : {"never", "2y", "-1h", "x"})
        BOOST_TEST(ask({.name = "tokens.rotate", .id = id, .body = std::string(R"({"grace":")") + grace + "\"}"}).status == 422u, grace);
    BOOST_TEST(ask({.name = "tokens.rotate", .id = id, .body = R"({"grase":"1h"})"}).status == 422u);
}

BOOST_AUTO_TEST_CASE(disabling_and_enabling_answer_the_record) {
    auto record = parsed(ask({.name = "tokens.disable", .id = id, .content_type = ""}));
    BOOST_TEST(text(record, "state") == "disabled");
    BOOST_TEST(text(record, "disabled_at") == "2027-01-15T08:00:00.000000Z");
    BOOST_TEST(why_not(made) == "disabled");
    record = parsed(ask({.name = "tokens.enable", .id = id, .content_type = ""}));
    BOOST_TEST(text(record, "state") == "active");
    BOOST_TEST(record.at("disabled_at").is_null());
    BOOST_TEST(why_not(made).empty());
    BOOST_REQUIRE(ask({.name = "tokens.revoke", .id = id}).status == 204u);
    for (const auto* name : {"tokens.disable", "tokens.enable", "tokens.rotate", "tokens.finish_grace"}) {
        const auto answer = ask({.name = name, .id = id});
        BOOST_TEST(answer.status == 409u, name);
        BOOST_TEST(text(parsed(answer), "title") == "Not possible in this state");
    }
    BOOST_TEST(patch(R"({"name":"Back"})").status == 409u);
}

BOOST_AUTO_TEST_CASE(many_are_counted_before_they_are_revoked) {
    const auto other = made_for(R"(["all"])", "t2");
    const auto second = create(plain);
    const auto bulk = [&](const std::string& body) { return ask({.name = "tokens.revoke_all", .body = body}); };
    BOOST_TEST(bulk(R"({"owner":"o1","count_only":true})").body == R"({"matched":2,"revoked":0})");
    BOOST_TEST(why_not(made).empty());
    BOOST_TEST(bulk(R"({"owner":"o1","expected":3})").status == 409u);
    BOOST_TEST(bulk(R"({"owner":"o1","api":"globex"})").body == R"({"matched":0,"revoked":0})");
    BOOST_TEST(bulk(R"({"owner":"o1","issued_before":"2027-01-15T08:00:00Z"})").body == R"({"matched":0,"revoked":0})");
    BOOST_TEST(bulk(R"({"owner":"o1","issued_before":"2027-01-15T08:00:01Z","expected":2})").body == R"({"matched":2,"revoked":2})");
    BOOST_TEST((why_not(made) == "revoked" && why_not(second) == "revoked" && why_not(other).empty()));
    for (const auto* body : {"{}", R"({"api":"acme"})", R"({"ownr":"o1"})", R"({"owner":7})", R"({"tenant":"t2","count_only":1})",
             R"({"tenant":"t2","expected":-1})", R"({"tenant":"t2","issued_before":"yesterday"})"})
        BOOST_TEST(bulk(body).status == 422u, body);
    BOOST_TEST(why_not(other).empty());
}

BOOST_AUTO_TEST_CASE(the_label_is_for_what_reaches_everything) {
    BOOST_TEST(made.at("label").is_null());
    const auto whole = made_for(R"(["all","parts.read"])");
    BOOST_TEST(text(whole, "label") == "Full access");
    const auto narrowed = parsed(ask({.name = "tokens.update", .id = text(whole, "id"), .body = R"({"scopes":["all"]})"}));
    BOOST_TEST((narrowed.at("label").is_null() && !narrowed.at("full_access").as_bool()));
    token before_scopes;
    before_scopes.full_access = true;
    BOOST_TEST(token_view(before_scopes, acme).at("full_access").as_bool());
    api without_scopes;
    BOOST_TEST(!token_view(before_scopes, &without_scopes).at("full_access").as_bool());
    BOOST_TEST(token_view(before_scopes, &without_scopes).at("label").is_null());
}

// C-14: what is out of reach does not exist, and nobody gives, or is given, what they do not hold.
BOOST_AUTO_TEST_CASE(an_apis_token_changes_what_it_could_have_made) {
    const auto staff = made_for(R"(["things.read","things.write"])");
    const auto same = made_for(R"(["things.read"])"), more = made_for(R"(["things.read","parts.read"])"), all = made_for(R"(["*"])");
    const auto other_tenant = made_for(R"(["things.read"])", "t2"), other_environment = made_for(R"(["things.read"])", "t1", "test");
    const auto as_staff = [&](const char* name, const json::value& record, const std::string& body = "{}") {
        return ask({.name = name, .of = acme, .actor = actor_of(staff), .id = text(record, "id"), .body = body});
    };
    for (const auto* name : {"tokens.update", "tokens.rotate", "tokens.disable", "tokens.enable", "tokens.finish_grace"})
        for (const auto* foreign : {&other_tenant, &other_environment}) BOOST_TEST(as_staff(name, *foreign).status == 404u, name);

    BOOST_TEST(as_staff("tokens.update", same, R"({"scopes":["things.write"]})").status == 200u);
    for (const auto* scopes : {R"({"scopes":["parts.read"]})", R"({"scopes":["all"]})", R"({"scopes":["*"]})"}) {
        const auto answer = as_staff("tokens.update", same, scopes);
        BOOST_TEST(answer.status == 422u, scopes);
        BOOST_TEST(errors(answer).find("scopes[0]: ") == 0u, scopes);
    }
    BOOST_TEST(as_staff("tokens.rotate", same).status == 200u);
    BOOST_TEST(as_staff("tokens.update", more, R"({"name":"renamed"})").status == 200u);
    BOOST_TEST(as_staff("tokens.disable", more).status == 200u);
    for (const auto* stronger : {&more, &all}) {
        BOOST_TEST(as_staff("tokens.rotate", *stronger).status == 403u);
        BOOST_TEST(parsed(ask({.name = "tokens.show", .id = text(*stronger, "id")})).at("generations").as_array().size() == 1u);
    }
    const auto counted = ask(
        {.name = "tokens.revoke_all", .of = acme, .actor = actor_of(staff), .body = R"({"issued_before":"2030-01-01T00:00:00Z","count_only":true})"});
    BOOST_TEST(counted.body == R"({"matched":5,"revoked":0})");
    BOOST_TEST(ask({.name = "tokens.rotate", .of = acme, .actor = actor_of(all), .id = text(more, "id")}).status == 200u);
}

BOOST_AUTO_TEST_SUITE_END()
