#include "tollgate/codec/records.hpp"

#include "tollgate/codec/described.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace tollgate;

BOOST_AUTO_TEST_SUITE(records)

namespace {

token sample_token() {
    token t;
    t.id = "tok_00000000000000000000000000";
    t.api = "acme";
    t.name = "Till \"5\" \xc3\xa9\n";
    t.kind = "secret";
    t.audience = "partners";
    t.environment = "live";
    t.tenant = "t1";
    t.owner = "user-1";
    t.scopes = {"items:read", "items:write"};
    t.full_access = true;
    t.version = "2026-01-01";
    t.allowed_ips = {"10.0.0.0/8"};
    t.state = token_state::disabled;
    t.created_at = {1'775'001'600'123'456};
    t.expires_at = timestamp{1'775'001'600'000'001};
    t.disabled_at = timestamp{1'775'001'601'000'000};
    t.epoch = 4'294'967'295;
    t.revision = 18'446'744'073'709'551'615u;
    t.generations = {{1, std::string(64, 'a'), "sk_\xe2\x80\xa6x7Qa", {5}, timestamp{6}}, {2, std::string(64, 'b'), "h", {7}, {}}};
    return t;
}

}  // namespace

BOOST_AUTO_TEST_CASE(tokens_come_back) {
    const auto full = sample_token();
    for (const auto& t : {full, token{}}) {
        const auto back = token_from_json(serialize(to_json(t)));
        BOOST_REQUIRE_MESSAGE(back.has_value(), back.error().what);
        BOOST_TEST((*back == t), serialize(to_json(*back)));
    }
}

BOOST_AUTO_TEST_CASE(text_that_is_written_at_once_is_the_same_text) {
    auto odd = sample_token();
    std::string every;
    for (int c = 1; c < 128; ++c) every.push_back(static_cast<char>(c));
    odd.name = every + "\xe2\x80\xa6\xf0\x9f\x98\x80";
    odd.scopes = {"a\"b\\c\nd", "\"", "\\", "/", "\x7f", "", "\n"};
    odd.created_at = {-1};
    odd.generations.clear();
    for (const auto& t : {sample_token(), token{}, odd}) BOOST_TEST(json_text(t) == serialize(to_json(t)));
    audit_event event{{-1}, "user:" + odd.name, "", "unix", "token.create", "partner", "tok_1", R"({"before":null})"};
    for (const auto& e : {event, audit_event{}}) BOOST_TEST(json_text(e) == serialize(to_json(e)));
}

BOOST_AUTO_TEST_CASE(shape_of_a_token) {
    const auto o = to_json(sample_token());
    BOOST_TEST(o.at("state").as_string() == "disabled");
    BOOST_TEST(o.at("created_at").as_string() == "2026-04-01T00:00:00.123456Z");
    BOOST_TEST(!o.contains("revoked_at"));
    BOOST_TEST(o.at("generations").as_array().at(0).as_object().at("ends_at").as_string() == "1970-01-01T00:00:00.000006Z");
    BOOST_TEST(!o.at("generations").as_array().at(1).as_object().contains("ends_at"));
    BOOST_TEST(o.begin()->key() == "id");
    BOOST_TEST(o.size() == 20u);
}

BOOST_AUTO_TEST_CASE(audit_events_come_back) {
    const audit_event e{{9}, "operator:0", "user:1", "unix", "token.create", "acme", "tok_1", R"({"after":{"name":"x"}})"};
    const auto back = audit_event_from_json(serialize(to_json(e)));
    BOOST_REQUIRE(back.has_value());
    BOOST_TEST((*back == e));
}

BOOST_AUTO_TEST_CASE(older_and_newer_builds) {
    const auto got = token_from_json(R"({"id":"tok_x","unknown":{"a":[1]},"expires_at":null,"epoch":7})");
    BOOST_REQUIRE(got.has_value());
    BOOST_TEST(got->id == "tok_x");
    BOOST_TEST(got->epoch == 7u);
    BOOST_TEST(!got->expires_at.has_value());
    BOOST_TEST((got->state == token_state::active));
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_named) {
    const std::pair<const char*, const char*> rows[] = {
        {"", "not JSON"},
        {"{", "not JSON"},
        {"[]", "not an object"},
        {R"({"id":1})", "id: not a text"},
        {R"({"full_access":"yes"})", "full_access: not true or false"},
        {R"({"state":"asleep"})", "state: not one of"},
        {R"({"epoch":-1})", "epoch: not an integer"},
        {R"({"epoch":4294967296})", "epoch: not an integer"},
        {R"({"epoch":1.5})", "epoch: not an integer"},
        {R"({"scopes":{}})", "scopes: not a list"},
        {R"({"scopes":[1]})", "scopes: not a text"},
        {R"({"created_at":"yesterday"})", "created_at: 'yesterday' is not a time"},
        {R"({"created_at":5})", "created_at: not a time"},
        {R"({"generations":[{"digest":5}]})", "generations: digest: not a text"},
    };
    for (const auto& [text, what] : rows) {
        const auto got = token_from_json(text);
        BOOST_REQUIRE_MESSAGE(got.has_error(), text);
        BOOST_TEST(got.error().what.starts_with(what), text << ": " << got.error().what);
        BOOST_TEST((got.error().kind == errc::corrupt), text);
    }
}

BOOST_AUTO_TEST_CASE(times_written) {
    const std::pair<std::int64_t, const char*> rows[] = {
        {0, "1970-01-01T00:00:00.000000Z"},
        {1, "1970-01-01T00:00:00.000001Z"},
        {-1, "1969-12-31T23:59:59.999999Z"},
        {1'775'001'600'000'000, "2026-04-01T00:00:00.000000Z"},
        {951'782'400'000'000, "2000-02-29T00:00:00.000000Z"},
        {253'402'300'799'999'999, "9999-12-31T23:59:59.999999Z"},
    };
    for (const auto& [us, text] : rows) {
        BOOST_TEST(rfc3339({us}) == text);
        BOOST_TEST((parse_rfc3339(text).has_value() && parse_rfc3339(text)->us == us), text);
    }
}

BOOST_AUTO_TEST_CASE(times_read) {
    const std::pair<const char*, const char*> rows[] = {
        {"2026-04-01T00:00:00Z", "2026-04-01T00:00:00.000000Z"},
        {"2026-04-01t00:00:00z", "2026-04-01T00:00:00.000000Z"},
        {"2026-04-01T00:00:00.5Z", "2026-04-01T00:00:00.500000Z"},
        {"2026-04-01T00:00:00.1234567899Z", "2026-04-01T00:00:00.123456Z"},
        {"2026-04-01T02:30:00+02:30", "2026-04-01T00:00:00.000000Z"},
        {"2026-03-31T19:00:00-05:00", "2026-04-01T00:00:00.000000Z"},
        {"2026-04-01T00:00:00-00:00", "2026-04-01T00:00:00.000000Z"},
        {"2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000000Z"},
    };
    for (const auto& [text, same] : rows) {
        const auto got = parse_rfc3339(text);
        BOOST_TEST((got.has_value() && rfc3339(*got) == same), text);
    }
    for (const char* bad : {"", "2026", "2026-04-01", "2026-04-01T00:00:00", "2026-04-01 00:00:00Z", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
             "2026-00-01T00:00:00Z", "2026-04-31T00:00:00Z", "2026-04-01T24:00:00Z", "2026-04-01T00:60:00Z", "2026-04-01T00:00:61Z",
             "2026-04-01T00:00:00.Z", "2026-04-01T00:00:00,5Z", "2026-04-01T00:00:00+0200", "2026-04-01T00:00:00+24:00", "2026-04-01T00:00:00+02",
             "26-04-01T00:00:00Z", "2026-04-01T00:00:00Zx", " 2026-04-01T00:00:00Z", "+026-04-01T00:00:00Z", "2026-4-1T0:0:0Z",
             "9999-12-31T23:59:59-23:59", "9999-12-31T23:59:60Z", "0000-01-01T00:00:00+00:01"})  // could be read and not written again
        BOOST_TEST(parse_rfc3339(bad).has_error(), bad);
}

BOOST_AUTO_TEST_SUITE_END()
