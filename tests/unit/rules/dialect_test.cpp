// Refusals as bytes: the generic wording, headers that no wording changes, and what contracts word. (C-3, T-3)
#include "tollgate/rules/dialect.hpp"
#include "rules_support.hpp"
#include "tollgate/codec/json.hpp"

#include <boost/test/unit_test.hpp>

#include <set>
#include <string>
#include <vector>

namespace tollgate {

namespace {

constexpr refusal kEvery[] = {
#define TOLLGATE_EACH(name, status, title) refusal::name,
    TOLLGATE_REFUSALS(TOLLGATE_EACH)
#undef TOLLGATE_EACH
};

refusal_facts some_facts() {
    refusal_facts facts;
    facts.instance = "/v1/things";
    facts.method = "GET";
    facts.request_id = "req-1";
    facts.trace_id = "trace-1";
    facts.scope = "things.read things.write";
    facts.audience = "service";
    facts.environment = "live";
    facts.retry_after_s = 7;
    return facts;
}

std::string body_of(const dialect& d, refusal why, const refusal_facts& facts = some_facts()) {
    std::string out;
    d.write_body(why, facts, out);
    return out;
}

std::string headers_of(const dialect& d, refusal why, const refusal_facts& facts = some_facts()) {
    std::string out;
    d.write_headers(why, facts, out);
    return out;
}

// The wording of `invalid_token` in a contract that says only `wording`.
std::string worded(std::string_view wording, const refusal_facts& facts = some_facts()) {
    const auto rules = good_contract("refusals: { invalid_token: " + std::string(wording) + " }");
    return body_of(rules.words, refusal::invalid_token, facts);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(dialect_test)

BOOST_AUTO_TEST_CASE(every_reason_has_its_own_name) {
    std::set<std::string_view> names;
    for (const auto why : kEvery) {
        BOOST_TEST(names.insert(to_string(why)).second);
        BOOST_TEST((refusal_by_name(to_string(why)) == why), to_string(why));
        BOOST_TEST(default_status(why) >= 400u);
    }
    BOOST_TEST(names.size() == refusal_count);
    BOOST_TEST(!refusal_by_name("no_such_reason").has_value());
    BOOST_TEST(!refusal_by_name("").has_value());
}

BOOST_AUTO_TEST_CASE(framing_is_broken_where_the_body_was_not_read) {
    const std::set<refusal> breaking{refusal::bad_request, refusal::http_version_unsupported, refusal::method_unsupported, refusal::target_too_long,
        refusal::head_too_large, refusal::payload_too_large, refusal::request_timeout, refusal::expectation_failed};
    for (const auto why : kEvery) BOOST_TEST(breaks_framing(why) == breaking.contains(why), to_string(why));
}

BOOST_AUTO_TEST_CASE(the_generic_wording_is_a_problem_document) {
    const dialect generic;
    BOOST_TEST(body_of(generic, refusal::scope_required) ==
        R"({"type":"about:blank","title":"The token lacks a scope that this route demands","status":403,"reason":"scope_required"})");
    auto facts = some_facts();
    facts.detail = "Say \"please\"\n";
    BOOST_TEST(body_of(generic, refusal::missing_token, facts) ==
        R"({"type":"about:blank","title":"A bearer token is required","status":401,"detail":"Say \"please\"\u000a","reason":"missing_token"})");
    for (const auto why : kEvery) {
        BOOST_TEST(generic.of(why).status == default_status(why), to_string(why));
        BOOST_TEST(generic.of(why).content_type == "application/problem+json");
        const auto value = json::parse(body_of(generic, why)).as_object();
        BOOST_TEST(value.at("status").as_int64() == default_status(why), to_string(why));
        if (why != refusal::disabled_token) BOOST_TEST(std::string(value.at("reason").as_string()) == to_string(why));
    }
}

BOOST_AUTO_TEST_CASE(disabled_looks_like_unknown_unless_a_contract_says_otherwise) {
    const dialect generic;
    BOOST_TEST(body_of(generic, refusal::disabled_token) == body_of(generic, refusal::invalid_token));
    BOOST_TEST(headers_of(generic, refusal::disabled_token) == headers_of(generic, refusal::invalid_token));
    for (const auto text : {"refusals: { invalid_token: { json: no } }", "problems: { problem: \"gateway.{reason}\" }",
             "refusals: { default: { text: \"{reason}\" } }"}) {
        const auto rules = good_contract(text);
        BOOST_TEST(body_of(rules.words, refusal::disabled_token) == body_of(rules.words, refusal::invalid_token), text);
    }
    const auto apart = good_contract("refusals: { disabled_token: { text: Disabled } }");
    BOOST_TEST(body_of(apart.words, refusal::disabled_token) == "Disabled");
}

BOOST_AUTO_TEST_CASE(challenges) {
    const dialect generic;
    struct row {
        refusal why;
        std::string_view expected;
    };
    for (const auto& r : std::vector<row>{
             {refusal::missing_token, "WWW-Authenticate: Bearer\r\n"},
             {refusal::malformed_token, "WWW-Authenticate: Bearer error=\"invalid_request\"\r\n"},
             {refusal::wrong_environment, "WWW-Authenticate: Bearer error=\"invalid_token\"\r\n"},
             {refusal::invalid_token, "WWW-Authenticate: Bearer error=\"invalid_token\"\r\n"},
             {refusal::disabled_token, "WWW-Authenticate: Bearer error=\"invalid_token\"\r\n"},
             {refusal::expired_token, "WWW-Authenticate: Bearer error=\"invalid_token\"\r\n"},
             {refusal::assurance_required, "WWW-Authenticate: Bearer error=\"insufficient_user_authentication\", acr_values=\"aal2\"\r\n"},
             {refusal::scope_required, "WWW-Authenticate: Bearer error=\"insufficient_scope\", scope=\"things.read things.write\"\r\n"},
             {refusal::rate_limited, "Retry-After: 7\r\n"},
             {refusal::overloaded, "Retry-After: 7\r\n"},
             {refusal::store_unavailable, "Retry-After: 7\r\n"},
             {refusal::route_not_found, ""},
             {refusal::address_not_allowed, ""},
             {refusal::bad_request, ""},
             {refusal::upstream_unavailable, ""},
         })
        BOOST_TEST(headers_of(generic, r.why) == r.expected, to_string(r.why));
}

BOOST_AUTO_TEST_CASE(challenges_follow_the_status_whatever_the_body) {
    const auto rules = good_contract(
        "refusals:\n"
        "  scope_required: { status: 401, text: no }\n"
        "  include_forbidden: { status: 401, text: no }\n"
        "  missing_token: { status: 403, json: {} }\n"
        "  audience_required: { status: 401 }\n"
        "  upstream_unavailable: { status: 503 }\n");
    auto facts = some_facts();
    facts.scope = "a\"b\r\nX: y\\";
    BOOST_TEST(
        headers_of(rules.words, refusal::scope_required, facts) == "WWW-Authenticate: Bearer error=\"insufficient_scope\", scope=\"abX: y\"\r\n");
    facts.scope = "";
    BOOST_TEST(headers_of(rules.words, refusal::scope_required, facts) == "WWW-Authenticate: Bearer error=\"insufficient_scope\"\r\n");
    BOOST_TEST(headers_of(rules.words, refusal::include_forbidden) == "WWW-Authenticate: Bearer error=\"insufficient_scope\"\r\n");
    BOOST_TEST(headers_of(rules.words, refusal::missing_token) == "");
    BOOST_TEST(headers_of(rules.words, refusal::audience_required) == "WWW-Authenticate: Bearer error=\"invalid_token\"\r\n");
    BOOST_TEST(headers_of(rules.words, refusal::upstream_unavailable) == "Retry-After: 7\r\n");
}

BOOST_AUTO_TEST_CASE(fixed_bodies) {
    BOOST_TEST(worded("{ json: { message: Unauthenticated. } }") == R"({"message":"Unauthenticated."})");
    BOOST_TEST(
        worded("{ json: { success: false, error: \"Invalid scope(s) provided.\" } }") == R"({"success":false,"error":"Invalid scope(s) provided."})");
    BOOST_TEST(worded("{ problem: { type: \"https://e.example/{problem_path}\", title: Key required, problem: key.is_required, fields: [type, title, "
                      "status, problem] } }") ==
        R"({"type":"https://e.example/key/is-required","title":"Key required","status":401,"problem":"key.is_required"})");
    BOOST_TEST(worded("{ json: null }") == "null");
    BOOST_TEST(worded("{ json: [1, 2.5, true, null, \"1\", {}] }") == R"([1,2.5,true,null,"1",{}])");
    BOOST_TEST(worded("{ json: { a: { b: [\"{status}\", \"{retry_after}\", \"s {status}\"] } } }") == R"({"a":{"b":[401,7,"s 401"]}})");
    BOOST_TEST(worded("{ text: \"Come back in {retry_after} s, {{sic}}\" }") == "Come back in 7 s, {sic}");
}

BOOST_AUTO_TEST_CASE(placeholders) {
    struct row {
        std::string_view name, expected;
    };
    for (const auto& r : std::vector<row>{
             {"reason", "invalid_token"},
             {"status", "401"},
             {"title", "The token is not valid"},
             {"scope", "things.read things.write"},
             {"audience", "service"},
             {"instance", "/v1/things"},
             {"method", "GET"},
             {"trace_id", "trace-1"},
             {"request_id", "req-1"},
             {"retry_after", "7"},
             {"detail", "The token is not valid"},
             {"environment", "live"},
         }) {
        const auto in_braces = "<{" + std::string(r.name) + "}>";
        BOOST_TEST(worded("{ json: \"" + in_braces + "\" }") == "\"<" + std::string(r.expected) + ">\"");
        BOOST_TEST(worded("{ text: \"" + in_braces + "\" }") == "<" + std::string(r.expected) + ">");
    }
    auto facts = some_facts();
    facts.detail = "Said.";
    BOOST_TEST(worded("{ text: \"{detail}\" }", facts) == "Said.");
}

// Whatever a client sends stays inside its string and its line.
BOOST_AUTO_TEST_CASE(hostile_values_are_escaped) {
    auto facts = some_facts();
    for (const std::string hostile :
        {"\",\"admin\":true,\"x\":\"", "\\", "a\r\nSet-Cookie: x=1", "\x01\x1f\x7f", "\xff\xfe", "{reason}", "\xc3\xa9"}) {
        facts.instance = facts.method = facts.environment = facts.trace_id = hostile;
        const auto value = json::parse(worded("{ json: { a: \"{instance}\", b: \"{method}{environment}{trace_id}\" } }", facts));
        BOOST_TEST(value.as_object().size() == 2u);
        if (static_cast<unsigned char>(hostile[0]) < 0x80) BOOST_TEST(value.at("a").as_string() == hostile);
        const auto rules = good_contract("refusals: { invalid_token: { headers: { X-Why: \"{instance}\", X-Also: \"{reason}\" } } }");
        const auto headers = headers_of(rules.words, refusal::invalid_token, facts);
        BOOST_TEST(std::count(headers.begin(), headers.end(), '\n') == 3);
        BOOST_TEST(std::count(headers.begin(), headers.end(), '\r') == 3);
        for (const char c : headers) BOOST_TEST((static_cast<unsigned char>(c) < 0x7f && (c >= 0x20 || c == '\r' || c == '\n')));
    }
    facts.instance = "/\xc3\xa9";
    BOOST_TEST(worded("{ text: \"{instance}\" }", facts) == "/%C3%A9");
}

BOOST_AUTO_TEST_CASE(extra_headers_follow) {
    const auto rules = good_contract("refusals: { route_not_found: { headers: { X-Reason: \"{reason} at {instance}\", Cache-Control: no-store } } }");
    BOOST_TEST(headers_of(rules.words, refusal::route_not_found) == "X-Reason: route_not_found at /v1/things\r\nCache-Control: no-store\r\n");
}

BOOST_AUTO_TEST_CASE(problem_documents_of_a_contract) {
    const auto rules = good_contract(
        "problems:\n"
        "  type: \"https://errors.example/{problem_path}\"\n"
        "  problem: \"gateway.{reason}\"\n"
        "  fields: [type, title, status, detail, instance, problem, trace_id]\n"
        "refusals:\n"
        "  invalid_token: { problem: { problem: auth.invalid_token, title: \"Invalid {{token}}\", more: [\"{request_id}\"] } }\n"
        "  overloaded: { status: 500 }\n"
        "  host_unknown: { problem: { detail: \"Not here: {environment}\", fields: [detail, reason, request_id] } }\n");
    BOOST_TEST(body_of(rules.words, refusal::invalid_token) ==
        R"({"type":"https://errors.example/auth/invalid-token","title":"Invalid {token}","status":401,"detail":"Invalid {token}",)"
        R"("instance":"/v1/things","problem":"auth.invalid_token","trace_id":"trace-1","more":["req-1"]})");
    BOOST_TEST(body_of(rules.words, refusal::route_not_found) ==
        R"({"type":"https://errors.example/gateway/route-not-found","title":"No such route","status":404,"detail":"No such route",)"
        R"("instance":"/v1/things","problem":"gateway.route_not_found","trace_id":"trace-1"})");
    BOOST_TEST(json::parse(body_of(rules.words, refusal::overloaded)).at("status").as_int64() == 500);
    BOOST_TEST(body_of(rules.words, refusal::host_unknown) == R"({"detail":"Not here: live","reason":"host_unknown","request_id":"req-1"})");
    for (const auto why : kEvery) BOOST_TEST(json::parse(body_of(rules.words, why)).is_object(), to_string(why));
}

BOOST_AUTO_TEST_CASE(problem_documents_without_a_list_of_fields) {
    BOOST_TEST(worded("{ problem: { problem: auth.no, title: No } }") == R"({"type":"about:blank","title":"No","status":401,"problem":"auth.no"})");
    BOOST_TEST(worded("{ problem: { detail: \"{method}\", instance: \"urn:{request_id}\", n: 1 } }") ==
        R"({"type":"about:blank","title":"The token is not valid","status":401,)"
        R"("detail":"GET","instance":"urn:req-1","reason":"invalid_token","n":1})");
}

BOOST_AUTO_TEST_CASE(default_words_all_that_is_not_named) {
    const auto rules = good_contract(
        "refusals:\n"
        "  default: { json: { message: \"{title}.\", code: \"{status}\" } }\n"
        "  invalid_token: { json: { message: No } }\n");
    BOOST_TEST(body_of(rules.words, refusal::route_not_found) == R"({"message":"No such route.","code":404})");
    BOOST_TEST(body_of(rules.words, refusal::invalid_token) == R"({"message":"No"})");
    BOOST_TEST(rules.words.of(refusal::route_not_found).content_type == "application/json");
    for (const auto why : kEvery) BOOST_TEST(rules.words.of(why).status == default_status(why), to_string(why));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tollgate
