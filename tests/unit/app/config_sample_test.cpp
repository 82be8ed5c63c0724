// conf/tollgate.yaml is what the table of keys makes of itself, and means what the defaults mean.
#include "tollgate/app/config.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <iterator>

using namespace tollgate;

namespace {

std::optional<config> read(std::string_view text) {
    problem_list problems;
    const auto doc = parse_document("sample.yaml", text, problems);
    auto out = doc ? read_config(*doc, problems) : std::nullopt;
    for (const auto& p : problems.items()) BOOST_TEST_MESSAGE(p.text());
    return out;
}

// The commented example of an API, switched on.
std::string with_example(std::string text) {
    const auto none = text.find("apis: []\n");
    BOOST_REQUIRE(none != std::string::npos);
    text.erase(none, std::string_view("apis: []\n").size());
    std::string out = text.substr(0, none);
    for (auto at = none; at < text.size();) {
        const auto end = text.find('\n', at) + 1;
        auto line = text.substr(at, end - at);
        const bool example = line.starts_with("#apis:") || line.starts_with("#  ");
        out += example ? line.substr(1) : line;
        at = end;
        if (line == "\n") return out;
    }
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(config_sample)

BOOST_AUTO_TEST_CASE(the_file_is_what_the_table_makes) {
    std::ifstream file(TOLLGATE_SOURCE_DIR "/conf/tollgate.yaml", std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    BOOST_TEST(text == sample_config(), "run `tollgate config --sample > conf/tollgate.yaml`");
}

BOOST_AUTO_TEST_CASE(its_values_are_the_defaults) {
    const auto sample = read(sample_config());
    const auto nothing = read("");
    BOOST_REQUIRE(sample);
    BOOST_REQUIRE(nothing);
    BOOST_REQUIRE_EQUAL(sample->listeners.size(), 1u);
    BOOST_TEST(sample->listeners[0].address == nothing->listeners[0].address);
    BOOST_TEST(sample->listeners[0].port == nothing->listeners[0].port);
    BOOST_TEST(sample->management.socket == nothing->management.socket);
    BOOST_TEST(sample->management.listener.port == nothing->management.listener.port);
    BOOST_TEST(sample->store.path == nothing->store.path);
    BOOST_TEST(sample->store.cache_bytes == nothing->store.cache_bytes);
    BOOST_TEST(sample->threads == nothing->threads);
    const auto &a = sample->timeouts, &b = nothing->timeouts;
    BOOST_TEST((a.head == b.head && a.body_idle == b.body_idle && a.keep_alive == b.keep_alive && a.connect == b.connect));
    BOOST_TEST((a.first_byte == b.first_byte && a.response_idle == b.response_idle && a.total == b.total && a.drain == b.drain));
    BOOST_TEST(sample->limits.head_bytes == nothing->limits.head_bytes);
    BOOST_TEST(sample->limits.headers == nothing->limits.headers);
    BOOST_TEST(sample->limits.target_bytes == nothing->limits.target_bytes);
    BOOST_TEST(sample->limits.body_bytes == nothing->limits.body_bytes);
    BOOST_TEST(sample->limits.connections == nothing->limits.connections);
    BOOST_TEST(sample->limits.connections_per_address == nothing->limits.connections_per_address);
    BOOST_TEST((sample->access_log.to == nothing->access_log.to));
    BOOST_TEST(sample->apis.empty());
}

BOOST_AUTO_TEST_CASE(its_example_of_an_api_is_accepted) {
    const auto text = with_example(sample_config());
    const auto sample = read(text);
    BOOST_REQUIRE_MESSAGE(sample, text);
    BOOST_REQUIRE_EQUAL(sample->apis.size(), 1u);
    const auto& api = sample->apis[0];
    const api_config plain;
    BOOST_TEST(!api.hosts.empty());
    BOOST_TEST_REQUIRE(!api.upstream.empty());
    const auto& r = api.upstream.front().rules;
    const pool_rules rules;
    const health_rules health;
    BOOST_TEST_REQUIRE(r.health.has_value());
    BOOST_TEST((r.health->interval == health.interval && r.health->timeout == health.timeout && r.health->healthy_after == health.healthy_after));
    BOOST_TEST((r.health->unhealthy_after == health.unhealthy_after && r.health->least_status == 200 && r.health->most_status == 299));
    BOOST_TEST((r.max_connections == rules.max_connections && r.queue == rules.queue && r.queue_timeout == rules.queue_timeout));
    BOOST_TEST((r.adaptive == rules.adaptive && r.resolve == rules.resolve && r.retry.attempts == rules.retry.attempts));
    BOOST_TEST((r.retry.budget_percent == rules.retry.budget_percent && r.ejection.consecutive == rules.ejection.consecutive));
    BOOST_TEST((r.ejection.rate_percent == rules.ejection.rate_percent && r.ejection.share_percent == rules.ejection.share_percent));
    BOOST_TEST((r.ejection.time == rules.ejection.time && r.ejection.longest == rules.ejection.longest));
    BOOST_TEST((r.breaker.rate_percent == rules.breaker.rate_percent && r.breaker.time == rules.breaker.time));
    BOOST_TEST((api.unlisted == plain.unlisted));
    BOOST_TEST((api.publish == plain.publish));
    BOOST_TEST(api.unsupported_security_is_token == plain.unsupported_security_is_token);
}

BOOST_AUTO_TEST_SUITE_END()
