// The judge's rules beside the token: pace, version, actor, and who asserted a second factor.
#include "judge_world.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace tollgate {
namespace {

constexpr atom kOldVersion{20}, kNewVersion{21}, kGoneVersion{22};
const std::string kActor = "actor_" + std::string(26, '0');

// The world with versions, actors and a pace.
struct wider_world : world {
    wider_world() {
        of->rules.versions = {"Acme-Version", "new", {{"old", "Deprecation: @1\r\n"}, {"new", {}}}};
        of->version_numbers = {kOldVersion, kNewVersion};
        of->rules.acting_as_header = "Acme-Acting-As";
        of->rules.rate.allowed = {1'000'000, 100};
    }
};

std::string version_of(const verdict& v) {
    const auto* no = std::get_if<denied>(&v);
    const auto* version = no != nullptr ? no->version : std::holds_alternative<permit>(v) ? std::get<permit>(v).version() : nullptr;
    return version != nullptr ? version->name : "none";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(judge_request_test)

// PL-7: the field, else the token's, else the default of now.
BOOST_AUTO_TEST_CASE(versions) {
    const wider_world w;
    const struct {
        const char* what;
        named_field asked;
        atom pinned;
        std::string_view says, version;
    } rows[] = {
        {"neither", {0, ""}, atom::none, "permit", "new"},
        {"the token's", {0, ""}, kOldVersion, "permit", "old"},
        {"the token's, no longer supported", {0, ""}, kGoneVersion, "version_unknown", "none"},
        {"the field's", {1, "old"}, kNewVersion, "permit", "old"},
        {"the field's over one that is gone", {1, "new"}, kGoneVersion, "permit", "new"},
        {"unknown", {1, "older"}, kNewVersion, "version_unknown", "none"},
        {"another case", {1, "New"}, kNewVersion, "version_unknown", "none"},
        {"empty", {1, ""}, kNewVersion, "version_unknown", "none"},
        {"two fields", {2, "new"}, kNewVersion, "version_unknown", "none"},
    };
    for (const auto& r : rows) {
        auto facts = w.good_facts();
        auto g = world::good_grant();
        facts.version = r.asked;
        g.version = r.pinned;
        const auto v = judge(facts, {lookup::kind::found, &g}, kNow, {}, quota::within);
        BOOST_TEST(said(v) == r.says, r.what);
        BOOST_TEST(version_of(v) == r.version, r.what);
        facts.match.found = &w.open;
        const auto open = judge(facts, {}, kNow);
        BOOST_TEST(said(open) == "permit", "a public route refuses no version: " << r.what);
        BOOST_TEST(version_of(open) == (r.asked.count == 1 && r.says == "permit" ? r.version : "new"), r.what);
    }
}

BOOST_AUTO_TEST_CASE(refusals_of_known_callers_say_the_version) {
    const wider_world w;
    auto facts = w.good_facts();
    auto g = world::good_grant();
    const auto judged = [&](quota taken) { return judge(facts, {lookup::kind::found, &g}, kNow, {}, taken); };
    BOOST_TEST(version_of(judged(quota::exceeded)) == "new");
    g.scopes = {};
    BOOST_TEST(version_of(judged(quota::within)) == "new");
    facts.match = {};
    BOOST_TEST(version_of(judged(quota::within)) == "new");
    g.state = token_state::revoked;
    BOOST_TEST(version_of(judged(quota::within)) == "none");
    w.of->rules.versions = {};
    BOOST_TEST(version_of(judge(w.good_facts(), {}, kNow)) == "none");
}

// PL-8, and the same care as for tokens.
BOOST_AUTO_TEST_CASE(actors) {
    const wider_world w;
    grant active, removed;
    active.state = token_state::active;
    const struct {
        const char* what;
        named_field named;
        lookup actor;
        std::string_view says;
    } rows[] = {
        {"nobody", {0, ""}, {}, "permit"},
        {"not looked up", {1, kActor}, {}, "look_up_actor_first"},
        {"registered", {1, kActor}, {lookup::kind::found, &active}, "permit"},
        {"removed", {1, kActor}, {lookup::kind::found, &removed}, "actor_unknown"},
        {"unknown", {1, kActor}, {lookup::kind::absent, nullptr}, "actor_unknown"},
        {"store ill", {1, kActor}, {lookup::kind::unavailable, nullptr}, "store_unavailable"},
        {"too many look-ups", {1, kActor}, {lookup::kind::overloaded, nullptr}, "overloaded"},
        {"found nothing", {1, kActor}, {lookup::kind::found, nullptr}, "store_unavailable"},
        {"empty", {1, ""}, {}, "actor_unknown"},
        {"a token's id", {1, "tok_00000000000000000000000000"}, {}, "actor_unknown"},
        {"not an id", {1, "actor_someone"}, {}, "actor_unknown"},
        {"two fields", {2, kActor}, {lookup::kind::found, &active}, "actor_unknown"},
    };
    for (const auto& r : rows) {
        auto facts = w.good_facts();
        auto g = world::good_grant();
        facts.acting_as = r.named;
        BOOST_TEST(said(judge(facts, {lookup::kind::found, &g}, kNow, r.actor, quota::within)) == r.says, r.what);
        g.scopes = {};
        BOOST_TEST(said(judge(facts, {lookup::kind::found, &g}, kNow, r.actor, quota::within)) == "scope_required", "scopes come first: " << r.what);
    }
    auto facts = w.good_facts();
    facts.acting_as = {1, "junk"};
    const auto g = world::good_grant();
    w.of->rules.acting_as_header.clear();
    BOOST_TEST(said(judge(facts, {lookup::kind::found, &g}, kNow, {}, quota::within)) == "permit", "an API without actors");
}

// PR-10, C-13: weighed once everything about the token is good, before anything about the route is told.
BOOST_AUTO_TEST_CASE(the_pace_is_asked_for_once_the_token_is_good) {
    const wider_world w;
    auto facts = w.good_facts();
    auto g = world::good_grant();
    const auto judged = [&](quota taken) { return judge(facts, {lookup::kind::found, &g}, kNow, {}, taken); };
    const auto first = judged(quota::not_weighed);
    BOOST_TEST_REQUIRE(said(first) == "weigh_first");
    BOOST_TEST(std::get<weigh_first>(first).allowed == &w.of->rules.rate.allowed);
    BOOST_TEST(std::get<weigh_first>(first).of == nullptr);
    BOOST_TEST(said(judged(quota::within)) == "permit");
    BOOST_TEST(said(judged(quota::exceeded)) == "rate_limited");
    facts.match = {};
    BOOST_TEST(said(judged(quota::not_weighed)) == "weigh_first");
    BOOST_TEST(said(judged(quota::exceeded)) == "rate_limited", "before there is no such route");
    g.state = token_state::disabled;
    BOOST_TEST(said(judged(quota::not_weighed)) == "disabled_token", "what is refused for its token takes nothing");

    route own = w.guarded;
    own.rate = {2'000'000, 1};
    g = world::good_grant();
    facts = w.good_facts();
    facts.match.found = &own;
    const auto narrower = judged(quota::not_weighed);
    BOOST_TEST_REQUIRE(said(narrower) == "weigh_first");
    BOOST_TEST(std::get<weigh_first>(narrower).allowed == &own.rate);
    BOOST_TEST(std::get<weigh_first>(narrower).of == &own);
    w.of->rules.rate = {};
    BOOST_TEST(said(judged(quota::not_weighed)) == "weigh_first", "a pace of the operation's alone");
    facts.match.found = &w.guarded;
    BOOST_TEST(said(judged(quota::not_weighed)) == "permit", "no pace, no question");
}

// PL-11: the record says so, and the kind of token may.
BOOST_AUTO_TEST_CASE(assurance) {
    const world w;
    auto facts = w.good_facts();
    facts.match.found = &w.stepped_up;
    route at = w.stepped_up;
    at.audiences = {};
    facts.match.found = &at;
    const struct {
        bool second_factor, may_step_up;
        atom kind;
        std::string_view says;
    } rows[] = {
        {false, true, kAdmin, "assurance_required"},
        {true, true, kAdmin, "permit"},
        {true, false, kAdmin, "assurance_required"},
        {true, true, kService, "assurance_required"},
        {true, true, kUnknownKind, "assurance_required"},
    };
    for (const auto& r : rows) {
        w.of->rules.kinds[1].step_up = r.may_step_up;
        auto g = world::good_grant();
        g.kind = r.kind;
        g.second_factor = r.second_factor;
        BOOST_TEST(judged(facts, g) == r.says);
    }
}

// RFC 9470: how long ago the second factor was given; when is not known, it was not.
BOOST_AUTO_TEST_CASE(how_long_ago_the_second_factor_was) {
    const world w;
    w.of->rules.kinds[0].step_up = true;
    auto facts = w.good_facts();
    route at = w.stepped_up;
    at.assurance_age = std::chrono::seconds(300);
    facts.match.found = &at;
    auto g = world::good_grant();
    g.second_factor = true;
    BOOST_TEST(judged(facts, g) == "assurance_required");
    g.asserted_at = {kNow.us - 299'999'999};
    BOOST_TEST(judged(facts, g) == "permit");
    g.asserted_at = {kNow.us - 300'000'000};
    BOOST_TEST(judged(facts, g) == "assurance_required");
    at.assurance = 1;
    BOOST_TEST(judged(facts, g) == "permit");
}

BOOST_AUTO_TEST_CASE(an_access_token_is_looked_up_like_another) {
    const world w;
    auto facts = w.good_facts();
    facts.presented.what = credential::kind::access_token;
    BOOST_TEST(judged(facts, world::good_grant()) == "permit");
    BOOST_TEST(said(judge(facts, {lookup::kind::found, nullptr}, kNow)) == "store_unavailable");
}

BOOST_AUTO_TEST_CASE(an_operator_s_idempotency_key_is_looked_at_too) {
    const world w;
    w.of->trusts_caller_identity = true;
    auto facts = w.good_facts();
    facts.local_operator = true;
    BOOST_TEST(said(judge(facts, {}, kNow)) == "permit");
    facts.has_idempotency_key = false;
    BOOST_TEST(said(judge(facts, {}, kNow)) == "idempotency_required");
}

BOOST_AUTO_TEST_CASE(a_key_is_bare_or_in_quotes) {
    const std::pair<std::string_view, std::string_view> rows[] = {
        {"once", "once"}, {"\"once\"", "once"}, {"\"once", "\"once"}, {"once\"", "once\""}, {"\"", "\""}, {"\"\"", ""}, {"", ""}};
    for (const auto& [value, key] : rows) BOOST_TEST(bare_idempotency_key(value) == key, value);
}

BOOST_AUTO_TEST_CASE(escapes_in_the_name_of_an_include) {
    const world w;
    auto facts = w.good_facts();
    const auto g = world::good_grant();
    for (const char* query : {"%69nclude=people", "%49nclude", "%6Enclude=x", "i%6Eclude=people", "i%6eclude=people"}) {
        facts.query = query;
        const bool names_it = std::string_view(query).find("nclude=people") != std::string_view::npos || std::string_view(query).starts_with("i%");
        BOOST_TEST(judged(facts, g) == (names_it ? "include_forbidden" : "permit"), query);
    }
    for (const char* query : {"include=peopl%6", "include=%zz", "include=%6z", "include=people%2"}) {
        facts.query = query;
        BOOST_TEST(judged(facts, g) == "include_forbidden", query);
    }
    for (const char* query : {"%6zinclude=people", "includ%/5=people", "%4Gnclude=x"}) {
        facts.query = query;
        BOOST_TEST(judged(facts, g) == "permit", query);
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tollgate
