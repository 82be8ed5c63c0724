// Tokens through the management API, as the operator sees them.
#include "management_fixture.hpp"

using namespace tollgate;
using tollgate::test::management_fixture;

namespace {

constexpr const char* plain = R"({"api":"acme","name":"CI","environment":"live","scopes":["things.read"],"tenant":"t1","owner":"o1"})";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(token_operations, management_fixture)

BOOST_AUTO_TEST_CASE(creating_answers_the_text_this_once) {
    const auto answer = ask({.name = "tokens.create", .body = plain});
    BOOST_REQUIRE_EQUAL(answer.status, 201u);
    BOOST_TEST(header(answer, "Cache-Control") == "no-store");
    const auto made = parsed(answer);
    const auto secret_text = text(made, "token");
    BOOST_TEST(secret_text.starts_with("ac_live_"));
    BOOST_TEST(text(made, "id").starts_with("tok_"));
    BOOST_TEST(header(answer, "Location") == "/v1/admin/api-tokens/" + text(made, "id"));
    BOOST_TEST(header(answer, "ETag").size() >= 3u);
    BOOST_TEST(text(made, "kind") == "service");
    BOOST_TEST(text(made, "audience") == "service");
    BOOST_TEST(text(made, "state") == "active");
    BOOST_TEST(text(made, "created_at") == "2027-01-15T08:00:00.000000Z");
    BOOST_TEST(made.at("expires_at").is_null());
    BOOST_TEST(made.at("last_used_at").is_null());

    const auto shown = ask({.name = "tokens.show", .id = text(made, "id")});
    BOOST_TEST(shown.status == 200u);
    BOOST_TEST(header(shown, "ETag") == header(answer, "ETag"));
    for (const auto& a : {shown, ask({.name = "tokens.list"}), ask({.name = "audit.list"})}) {
        BOOST_TEST(a.status == 200u);
        BOOST_TEST(a.body.find(secret_text) == std::string::npos);
        BOOST_TEST(a.body.find("digest") == std::string::npos);
    }
    BOOST_TEST(!parsed(shown).as_object().contains("token"));
}

BOOST_AUTO_TEST_CASE(wrong_fields_are_named_all_at_once) {
    struct row {
        const char* body;
        const char* says;
    };
    const row rows[] = {
        {R"({"name":"x","scopes":["x.read"]})", "api: is missing"},
        {R"({"api":"acne","name":"x"})", "api: no API `acne`"},
        {R"({"api":"globex","scopes":["x.read"]})", "name: "},
        {R"({"api":"globex","name":7})", "name: must be a text"},
        {R"({"api":"globex","name":"x","scope":["x.read"]})", "scope: not known here: did you mean scopes?"},
        {R"({"api":"globex","name":"x","scopes":"x.read"})", "scopes: must be a list of texts"},
        {R"({"api":"globex","name":"x","scopes":["x.read",7]})", "scopes[1]: must be a text"},
        {R"({"api":"globex","name":"x","scopes":["y.read"]})", "scopes[0]: "},
        {R"({"api":"globex","name":"x","environment":"live"})", "environment: "},
        {R"({"api":"acme","name":"x","environment":"live"})", "scopes: "},
        {R"({"api":"acme","name":"x","environment":"moon","scopes":["all"]})", "environment: "},
        {R"({"api":"acme","name":"x","environment":"live","scopes":["all"],"kind":"robot"})", "kind: "},
        {R"({"api":"globex","name":"x","expires_in":"soon"})", "expires_in: "},
        {R"({"api":"globex","name":"x","expires_in":"1d","expires_at":"2030-01-01T00:00:00Z"})", "expires_at: "},
        {R"({"api":"globex","name":"x","allowed_ips":["010.0.0.1"]})", "allowed_ips[0]: "},
        {R"({"name":7,"scopes":7,"colour":"red"})", "api: is missing"},
        {R"({"name":7,"scopes":7,"colour":"red"})", "colour: not known here"},
    };
    for (const auto& r : rows) {
        const auto answer = ask({.name = "tokens.create", .body = r.body});
        BOOST_TEST(answer.status == 422u, r.body);
        BOOST_TEST(answer.content_type == "application/problem+json");
        BOOST_TEST(errors(answer).find(r.says) != std::string::npos, r.body << "\n" << errors(answer));
    }
    BOOST_TEST(parsed(ask({.name = "tokens.list"})).at("data").as_array().empty());
}

BOOST_AUTO_TEST_CASE(bodies_that_are_no_json_object_are_refused) {
    BOOST_TEST(ask({.name = "tokens.create", .body = plain, .content_type = ""}).status == 415u);
    BOOST_TEST(ask({.name = "tokens.create", .body = plain, .content_type = "text/plain"}).status == 415u);
    BOOST_TEST(ask({.name = "tokens.create", .body = plain, .content_type = "Application/JSON; charset=utf-8"}).status == 201u);
    for (const auto* body : {"", "{", "[]", "7", "{\"name\":\"x\"} {}", "{'name':'x'}"}) {
        BOOST_TEST(ask({.name = "tokens.create", .body = body}).status == 400u, body);
        BOOST_TEST(ask({.name = "tokens.verify", .body = body}).status == 400u, body);
    }
}

BOOST_AUTO_TEST_CASE(listing_filters_and_pages) {
    create(plain);
    time.advance(std::chrono::milliseconds(1));  // ids sort by the millisecond
    create(R"({"api":"acme","name":"Deploy","environment":"test","scopes":["all"],"tenant":"t2","owner":"o2"})");
    time.advance(std::chrono::milliseconds(1));
    create(R"({"api":"globex","name":"Ci too","scopes":["x.read"]})");
    struct row {
        const char* query;
        std::size_t rows;
    };
    const row rows[] = {{"", 3}, {"api=acme", 2}, {"api=globex", 1}, {"api=acne", 0}, {"owner=o2", 1}, {"api=acme&tenant=t1", 1}, {"tenant=t3", 0},
        {"state=active", 3}, {"state=revoked", 0}, {"q=ci", 2}, {"q=c%69", 2}, {"q=ci+too", 1}, {"q=oo", 0}, {"scope=all", 1},
        {"api=acme&scope=all", 1}, {"scope=none", 0}, {"expires_before=14d", 0}, {"api=acme&expires_before=2030-01-01T00:00:00Z", 0},
        {"limit=100", 3}};
    for (const auto& r : rows) {
        const auto answer = ask({.name = "tokens.list", .query = r.query});
        BOOST_REQUIRE_MESSAGE(answer.status == 200u, r.query << answer.body);
        BOOST_TEST(parsed(answer).at("data").as_array().size() == r.rows, r.query);
    }
    const auto first = parsed(ask({.name = "tokens.list", .query = "limit=2"}));
    BOOST_TEST(first.at("data").as_array().size() == 2u);
    BOOST_REQUIRE(first.at("next_cursor").is_string());
    const auto second = parsed(ask({.name = "tokens.list", .query = "limit=2&cursor=" + text(first, "next_cursor")}));
    BOOST_REQUIRE_EQUAL(second.at("data").as_array().size(), 1u);
    BOOST_TEST(second.at("next_cursor").is_null());
    BOOST_TEST(text(second.at("data").as_array()[0], "name") == "Ci too");
}

BOOST_AUTO_TEST_CASE(listing_refuses_what_it_does_not_know) {
    for (const auto* query : {"limit=0", "limit=101", "limit=x", "state=lost", "stat=active", "q=%zz", "q=a&q=b", "cursor=nonsense",
             "unused_for=soon", "expires_before=soon"})
        BOOST_TEST(ask({.name = "tokens.list", .query = query}).status == 422u, query);
}

BOOST_AUTO_TEST_CASE(revoking_is_for_ever) {
    const auto made = create(plain);
    const auto id = text(made, "id");
    const auto answer = ask({.name = "tokens.revoke", .id = id});
    BOOST_TEST(answer.status == 204u);
    BOOST_TEST(answer.body == "");
    const auto shown = parsed(ask({.name = "tokens.show", .id = id}));
    BOOST_TEST(text(shown, "state") == "revoked");
    BOOST_TEST(!shown.at("revoked_at").is_null());
    BOOST_TEST(ask({.name = "tokens.revoke", .id = id}).status == 204u);
    const auto verified = parsed(ask({.name = "tokens.verify", .body = "{\"token\":\"" + text(made, "token") + "\"}"}));
    BOOST_TEST(!verified.at("valid").as_bool());
    BOOST_TEST(text(verified, "reason") == "revoked");
}

BOOST_AUTO_TEST_CASE(revoking_honours_if_match) {
    const auto id = text(create(plain), "id");
    const auto tag = header(ask({.name = "tokens.show", .id = id}), "ETag");
    BOOST_TEST(ask({.name = "tokens.revoke", .id = id, .if_match = "\"999999\""}).status == 412u);
    for (const auto* bad : {"7", "\"\"", "\"x\"", "W/\"1\"", "\"1\", \"2\""})
        BOOST_TEST(ask({.name = "tokens.revoke", .id = id, .if_match = bad}).status == 400u, bad);
    BOOST_TEST(text(parsed(ask({.name = "tokens.show", .id = id})), "state") == "active");
    BOOST_TEST(ask({.name = "tokens.revoke", .id = id, .if_match = tag}).status == 204u);
}

BOOST_AUTO_TEST_CASE(what_does_not_exist_is_not_found) {
    for (const auto* id : {"tok_00000000000000000000000000", "tok_x", "../x", ""})
        for (const auto* name : {"tokens.show", "tokens.revoke", "tokens.rotate", "tokens.disable", "tokens.enable", "tokens.finish_grace"})
            BOOST_TEST(ask({.name = name, .id = id}).status == 404u, name << " " << id);
}

BOOST_AUTO_TEST_CASE(verifying_says_what_works_now) {
    const auto made = create(R"({"api":"globex","name":"short","scopes":["x.read"],"expires_in":"1h"})");
    const auto ask_of = [&](const std::string& secret_text) {
        return parsed(ask({.name = "tokens.verify", .body = "{\"token\":\"" + secret_text + "\"}"}));
    };
    auto answer = ask_of(text(made, "token"));
    BOOST_TEST(answer.at("valid").as_bool());
    BOOST_TEST(answer.at("reason").is_null());
    BOOST_TEST(text(answer.at("record"), "id") == text(made, "id"));
    BOOST_TEST(!answer.at("record").as_object().contains("token"));
    time.advance(std::chrono::hours(1));
    answer = ask_of(text(made, "token"));
    BOOST_TEST(!answer.at("valid").as_bool());
    BOOST_TEST(text(answer, "reason") == "expired");
    answer = ask_of("tg_nothing_of_ours");
    BOOST_TEST(!answer.at("valid").as_bool());
    BOOST_TEST(text(answer, "reason") == "unknown");
    BOOST_TEST(answer.at("record").is_null());
    for (const auto* body : {"{}", "{\"token\":\"\"}", "{\"token\":7}", "{\"token\":\"x\",\"api\":\"y\"}"})
        BOOST_TEST(ask({.name = "tokens.verify", .body = body}).status == 422u, body);
}

BOOST_AUTO_TEST_CASE(every_scope_is_full_access) {
    const auto some = create(plain);
    BOOST_TEST(!some.at("full_access").as_bool());
    for (const auto* scopes : {R"(["*"])", R"(["all","parts.read"])"}) {
        const auto made = create(std::string(R"({"api":"acme","name":"n","environment":"live","scopes":)") + scopes + "}");
        BOOST_TEST(made.at("full_access").as_bool(), scopes);
    }
}

BOOST_AUTO_TEST_CASE(a_store_that_cannot_answer_is_503) {
    const auto made = create(plain);
    tokens->close();
    const management_fixture::request rows[] = {
        {.name = "tokens.create", .body = plain},
        {.name = "tokens.show", .id = text(made, "id")},
        {.name = "tokens.list"},
        {.name = "tokens.revoke", .id = text(made, "id")},
        {.name = "tokens.verify", .body = "{\"token\":\"" + text(made, "token") + "\"}"},
        {.name = "audit.list"},
    };
    for (const auto& r : rows) {
        const auto answer = ask(r);
        BOOST_TEST(answer.status == 503u, r.name << answer.body);
        BOOST_TEST(header(answer, "Retry-After") == "1", r.name);
    }
}

BOOST_AUTO_TEST_SUITE_END()
