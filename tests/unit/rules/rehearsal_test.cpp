// Calls that nobody makes: their paths, and what a record alone tells. The decision itself is the judge's, and has its own tests.
#include "tollgate/rules/rehearsal.hpp"

#include "judge_world.hpp"

namespace tollgate {
namespace {

token a_record() {
    token t;
    t.api = "acme";
    t.kind = "service";
    t.environment = "live";
    t.scopes = {"read"};
    return t;
}

route named_route(std::string method, std::string path, std::vector<demand> any_of = {}) {
    route r;
    r.method = std::move(method);
    r.path = std::move(path);
    r.any_of = std::move(any_of);
    return r;
}

struct rehearsal_world : world {
    rehearsal_world() {
        std::string other;
        of->routes.add(named_route("GET", "/things", {demanding({"read"})}), other);
        of->routes.add(named_route("GET", "/things/{id}", {demanding({"write"}), demanding({"boss", "people.view"})}), other);
        auto keyed = named_route("POST", "/things", {demanding({"read"})});
        keyed.idempotency = idempotency_mode::required;
        of->routes.add(std::move(keyed), other);
        auto admins = named_route("GET", "/admin");
        admins.audiences = {"admin"};
        admins.assurance = 2;
        of->routes.add(std::move(admins), other);
        of->routes.seal();
    }
    std::string decided(const token& t, std::string_view method, std::string_view path) const {
        const auto r = rehearse(*of, t, method, path, kNow);
        return r.why ? std::string(to_string(*r.why)) : "permit";
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(rehearsal_test, rehearsal_world)

BOOST_AUTO_TEST_CASE(a_template_has_a_path_that_it_matches) {
    const std::pair<const char*, const char*> paths[] = {{"/things", "/things"}, {"/things/{id}", "/things/~"}, {"/{a}-{b}.json", "/~-~.json"},
        {"/a/{x}/b/", "/a/~/b/"}, {"/a%2db", "/a-b"}, {"(unlisted)", "(unlisted)"}, {"", ""}, {"/{broken", "/~"}};
    for (const auto& [from, to] : paths) BOOST_TEST(sample_path(from) == to);
}

BOOST_AUTO_TEST_CASE(the_judge_decides_about_a_record) {
    BOOST_TEST(decided(a_record(), "GET", "/things") == "permit");
    BOOST_TEST(decided(a_record(), "GET", "/things/{other}") == "scope_required");
    BOOST_TEST(decided(a_record(), "PUT", "/things") == "method_not_allowed");
    BOOST_TEST(decided(a_record(), "GET", "/nothing") == "route_not_found");
    BOOST_TEST(decided(a_record(), "", "(unlisted)") == "route_not_found");
    auto t = a_record();
    t.full_access = true;
    BOOST_TEST(decided(t, "GET", "/things/{id}") == "permit");
    BOOST_TEST(decided(t, "GET", "/admin") == "audience_required");
    t.kind = "admin";
    BOOST_TEST(decided(t, "GET", "/admin") == "assurance_required");
    t.kind = "gone";
    BOOST_TEST(decided(t, "GET", "/admin") == "audience_required");
    t = a_record();
    t.environment = "gone";
    BOOST_TEST(decided(t, "GET", "/things") == "wrong_environment");
    t = a_record();
    t.api = "globex";
    BOOST_TEST(decided(t, "GET", "/things") == "invalid_token");
    t = a_record();
    t.state = token_state::disabled;
    BOOST_TEST(decided(t, "GET", "/things") == "disabled_token");
    t = a_record();
    t.expires_at = kNow;
    BOOST_TEST(decided(t, "GET", "/things") == "expired_token");
    t = a_record();
    t.allowed_ips = {"10.0.0.0/8"};
    BOOST_TEST(decided(t, "GET", "/things") == "permit", "from where, nobody asks");
    of->unlisted = unlisted_mode::forward;
    BOOST_TEST(decided(a_record(), "", "(unlisted)") == "permit");
}

BOOST_AUTO_TEST_CASE(what_a_record_of_use_has_not_is_asked_apart) {
    const auto keyed = rehearse(*of, a_record(), "POST", "/things", kNow);
    BOOST_TEST(!keyed.why.has_value());
    BOOST_TEST((keyed.without_key == refusal::idempotency_required));
    BOOST_TEST((keyed.in_clear == refusal::insecure_transport));
    BOOST_TEST(!rehearse(*of, a_record(), "GET", "/things", kNow).without_key.has_value());
}

BOOST_AUTO_TEST_CASE(the_alternative_that_lacks_least_is_named) {
    const auto& at = *of->routes.match("GET", "/things/1").found;
    BOOST_TEST((lacking_scopes(*of, a_record(), at, kNow) == std::vector<std::string>{"write"}));
    auto t = a_record();
    t.scopes = {"boss"};
    BOOST_TEST(lacking_scopes(*of, t, at, kNow).empty());
}

BOOST_AUTO_TEST_CASE(a_hint_tells_whether_a_text_still_fits) {
    const std::vector<std::string> known{"ak_{environment}_{random:32}"};
    BOOST_TEST((fit_of_hint(of->rules, known, "ak_live_…x7Qa") == text_fit::yes));
    BOOST_TEST((fit_of_hint(of->rules, {}, "ak_live_…x7Qa") == text_fit::perhaps));
    BOOST_TEST((fit_of_hint(of->rules, known, "ok_live_…x7Qa") == text_fit::no));
    BOOST_TEST((fit_of_hint(of->rules, known, "an imported one") == text_fit::yes));
    BOOST_TEST((patterns_of(of->rules) == std::vector<std::string>{known[0], known[0]}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tollgate
