// What threads counted, merged: times by their maximum, numbers by their sum, in steps, across starts.
#include "tollgate/usage/usage_log.hpp"

#include "tollgate/base/clock.hpp"
#include "tollgate/crypto/os_random.hpp"
#include "tollgate/store/local_database.hpp"
#include "unit/store/scratch.hpp"
#include "usage/usage_rows.hpp"

#include <boost/test/unit_test.hpp>

namespace tollgate::test {

namespace {

constexpr timestamp noon{1'800'014'400'000'000};  // 2027-01-15T12:00:00Z
constexpr std::int64_t minute_us = 60'000'000, hour_us = 60 * minute_us;

timestamp at(std::int64_t us) { return {noon.us + us}; }

const ip_address home = ip_address::v4(0x0a000001), office = ip_address::v4(0x0a000002);

struct usage_fixture {
    scratch dir;
    null_log quiet;
    os_random random;
    manual_clock time{noon};
    std::unique_ptr<database> local;
    std::unique_ptr<usage_log> log;
    api acme;
    route read, either, open_to_all;
    grant holder;

    usage_fixture() {
        acme.scope_numbers = {{"crates:read", 0}, {"crates:write", 1}, {"crates:all", 2}};
        read.any_of = {{{{"crates:read", set({0, 2})}}}};
        either.any_of = {{{{"crates:write", set({1, 2})}, {"crates:read", set({0, 2})}}}, {{{"crates:read", set({0, 2})}}}};
        acme.seal();
        holder.id = token_id::make(noon, random);
        holder.generation = 1;
        open();
    }
    void open() {
        log.reset();
        local.reset();
        auto opened = open_local(dir.path(), 8 << 20, time, quiet, merge_usage);
        BOOST_REQUIRE_MESSAGE(opened, (opened ? "" : opened.error().what));
        local = std::move(*opened);
        log = std::make_unique<usage_log>(*local, local_families::usage, quiet);
    }
    static scope_set set(std::initializer_list<scope_number> numbers) {
        scope_set s;
        for (const auto n : numbers) s.add(n);
        return s;
    }
    void write(use_buffer& counted) {
        log->hand_over(counted.take());
        log->write_pending();
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(usage_log_test, usage_fixture)

BOOST_AUTO_TEST_CASE(last_use_is_the_latest_of_all_threads_and_of_each_generation) {
    use_buffer one, other;
    one.add(holder, home, at(2), 10, acme, &read);
    other.add(holder, office, at(5), 10, acme, &read);
    holder.generation = 2;
    other.add(holder, home, at(3), 10, acme, &read);
    write(other);
    write(one);  // an older time that comes later moves nothing back
    open();
    const auto uses = log->last_uses(holder.id).value();
    BOOST_REQUIRE(uses.size() == 2u);
    BOOST_TEST((uses.at(1).at == at(5) && uses.at(1).from == office));
    BOOST_TEST((uses.at(2).at == at(3) && uses.at(2).from == home));
    BOOST_TEST((newest(uses)->at == at(5)));
    token_generation first, second, third;
    second.number = 2;
    third.number = 3;
    BOOST_TEST(log->last_uses(holder.id, {first, second, third}).value().size() == 2u);
    BOOST_TEST((log->last_uses(holder.id, {second}).value().at(2).at == at(3)));
    BOOST_TEST(log->last_uses(token_id::make(noon, random)).value().empty());
    BOOST_TEST(!newest({}));
}

BOOST_AUTO_TEST_CASE(a_refused_request_is_counted_and_is_no_use) {
    use_buffer counted;
    counted.add(holder, home, at(1), 10, acme, nullptr);
    write(counted);
    BOOST_TEST(log->last_uses(holder.id).value().empty());
    BOOST_TEST(log->scopes(holder.id).value().empty());
    const auto minutes = log->series(holder.id, noon, at(minute_us), usage_step::minute).value();
    BOOST_REQUIRE(minutes.size() == 1u);
    BOOST_TEST((minutes[0].requests == 1 && minutes[0].denials == 1));
    const auto addresses = log->addresses(holder.id).value();
    BOOST_REQUIRE(addresses.size() == 1u);
    BOOST_TEST((addresses[0].from == home && addresses[0].denials == 1u));
}

BOOST_AUTO_TEST_CASE(steps_add_up) {
    use_buffer counted;
    for (int i = 0; i < 3; ++i) {
        counted.add(holder, home, at(0), 100, acme, &read);
        counted.add(holder, office, at(0), 300, acme, nullptr);
        counted.add(holder, home, at(minute_us), 50, acme, &read);
        counted.add(holder, home, at(hour_us), 20, acme, &read);
        counted.add(holder, home, at(24 * hour_us), 7, acme, &read);
        write(counted);  // several hand-overs of the same minutes
    }
    const auto minutes = log->series(holder.id, noon, at(2 * hour_us), usage_step::minute).value();
    BOOST_REQUIRE(minutes.size() == 3u);
    BOOST_TEST((minutes[0].start == noon && minutes[1].start == at(minute_us) && minutes[2].start == at(hour_us)));
    BOOST_TEST((minutes[0].requests == 6 && minutes[0].denials == 3 && minutes[0].latency_sum_us == 1200 && minutes[0].latency_max_us == 300));
    const auto hours = log->series(holder.id, at(30 * minute_us), at(24 * hour_us), usage_step::hour).value();
    BOOST_REQUIRE(hours.size() == 2u);  // from the one that holds `from`
    BOOST_TEST((hours[0].requests == 9 && hours[1].requests == 3));
    const auto days = log->series(holder.id, noon, at(48 * hour_us), usage_step::day).value();
    BOOST_REQUIRE(days.size() == 2u);
    BOOST_TEST((days[0].requests == 12 && days[1].requests == 3));
    BOOST_TEST((days[0].start == at(-12 * hour_us)));
    BOOST_TEST(log->series(holder.id, at(hour_us + minute_us), at(2 * hour_us), usage_step::minute).value().empty());
}

BOOST_AUTO_TEST_CASE(scopes_are_used_where_they_were_needed) {
    struct row {
        const char* what;
        const route* through;
        std::initializer_list<scope_number> granted, used;
    };
    const row table[] = {
        {"the one that is demanded", &read, {0, 1}, {0}},
        {"one that includes it", &read, {2}, {2}},
        {"the very one, though another includes it", &read, {0, 2}, {0}},
        {"every one of an alternative", &either, {0, 1}, {0, 1}},
        {"one that includes both", &either, {2}, {2}},
        {"the alternative that holds", &either, {0}, {0}},
        {"none where none is demanded", &open_to_all, {0, 1}, {}},
        {"none by full access", &read, {1}, {}},
    };
    for (const auto& r : table) BOOST_TEST((scopes_used(acme, *r.through, set(r.granted)) == set(r.used)), r.what);
}

BOOST_AUTO_TEST_CASE(scopes_keep_their_last_use) {
    use_buffer counted;
    holder.scopes = set({0, 1});
    counted.add(holder, home, at(3), 10, acme, &read);
    counted.add(holder, home, at(2 * minute_us), 10, acme, &either);
    write(counted);
    counted.add(holder, home, at(1), 10, acme, &either);
    write(counted);
    const auto used = log->scopes(holder.id).value();
    BOOST_TEST((used == std::map<scope_number, scope_use>{{0, {at(2 * minute_us), 3}}, {1, {at(2 * minute_us), 2}}}));
}

BOOST_AUTO_TEST_CASE(routes_are_counted_by_what_they_are_called) {
    read.method = "GET";
    read.path = "/crates/{id}";
    either.method = "POST";
    either.path = "/crates";
    use_buffer counted;
    for (int i = 0; i < 3; ++i) counted.add(holder, home, at(i), 10, acme, &read);
    route read_again = read;  // of the table after a reload
    counted.add(holder, office, at(minute_us), 50, acme, &read_again);
    counted.add(holder, home, at(7), 20, acme, nullptr, &either);
    counted.add(holder, home, at(8), 20, acme, nullptr);  // a path that no route has
    write(counted);
    open();
    const auto used = log->routes(holder.id).value();
    BOOST_REQUIRE(used.size() == 2u);
    BOOST_TEST((used[0].route == "GET /crates/{id}" && used[0].requests == 4 && used[0].denials == 0 && used[0].last == at(minute_us)));
    BOOST_TEST((used[0].latency_sum_us == 80 && used[0].latency_max_us == 50));
    BOOST_TEST((used[1].route == "POST /crates" && used[1].requests == 1 && used[1].denials == 1));
    BOOST_TEST(log->routes(token_id::make(noon, random)).value().empty());

    for (std::size_t i = 0; i < bounds::routes_per_token + 5; ++i) {
        read.path = "/" + std::to_string(i);
        counted.add(holder, home, at(2 * minute_us), 1, acme, &read);
    }
    write(counted);
    BOOST_TEST(log->routes(holder.id).value().size() == bounds::routes_per_token);
}

BOOST_AUTO_TEST_CASE(addresses_are_bounded_and_the_oldest_go) {
    use_buffer counted;
    const auto n = static_cast<std::uint32_t>(bounds::addresses_per_token);
    for (std::uint32_t i = 0; i < n + 10; ++i) counted.add(holder, ip_address::v4(i + 1), at(i), 1, acme, &read);
    write(counted);
    counted.add(holder, ip_address::v4(1), at(minute_us), 1, acme, &read);
    write(counted);
    const auto addresses = log->addresses(holder.id).value();
    BOOST_REQUIRE(addresses.size() == n);
    BOOST_TEST((addresses.front().from == ip_address::v4(1)));  // seen last first
    BOOST_TEST((addresses.back().from == ip_address::v4(12)));
    BOOST_TEST(use_address_text({}) == "unix");
    BOOST_TEST(use_address_text(home) == "10.0.0.1");
}

BOOST_AUTO_TEST_CASE(a_buffer_says_when_it_is_full) {
    use_buffer counted;
    for (std::size_t i = 0; i < bounds::use_entries; ++i) {
        BOOST_REQUIRE(!counted.full());
        counted.add(holder, ip_address::v4(static_cast<std::uint32_t>(i)), noon, 1, acme, &read);
        counted.add(holder, ip_address::v4(static_cast<std::uint32_t>(i)), noon, 1, acme, &read);
    }
    BOOST_TEST(counted.full());
    BOOST_TEST(counted.take().size() == bounds::use_entries);
    BOOST_TEST(counted.empty());
}

BOOST_AUTO_TEST_CASE(what_is_handed_over_is_added_up_until_it_is_written) {
    read.method = "GET";
    read.path = "/crates";
    either.method = "POST";
    either.path = "/crates";
    holder.scopes = set({0, 1});
    use_buffer one, other;
    one.add(holder, home, at(3), 10, acme, &read);
    other.add(holder, home, at(2), 30, acme, &read);
    other.add(holder, home, at(1), 20, acme, &either);
    log->hand_over(one.take());
    log->hand_over(other.take());
    log->add_up();
    BOOST_TEST(log->last_uses(holder.id).value().empty());
    one.add(holder, home, at(5), 50, acme, nullptr, &either);
    log->hand_over(one.take());
    log->write_pending();
    BOOST_TEST((log->last_uses(holder.id).value().at(1).at == at(3)));
    const auto routes = log->routes(holder.id).value();
    BOOST_REQUIRE(routes.size() == 2u);
    BOOST_TEST((routes[0].route == "GET /crates" && routes[0].requests == 2 && routes[0].latency_sum_us == 40 && routes[0].latency_max_us == 30));
    BOOST_TEST((routes[1].route == "POST /crates" && routes[1].requests == 2 && routes[1].denials == 1 && routes[1].last == at(5)));
    BOOST_TEST((log->scopes(holder.id).value() == std::map<scope_number, scope_use>{{0, {at(3), 3}}, {1, {at(1), 1}}}));
    log->write_pending();  // nothing twice
    BOOST_TEST(log->series(holder.id, noon, at(hour_us), usage_step::hour).value().at(0).requests == 4u);
    BOOST_TEST(log->dropped() == 0u);
}

BOOST_AUTO_TEST_CASE(more_than_is_written_at_once) {
    std::vector<token_id> ids;
    use_buffer counted;
    for (int i = 0; i < 2000; ++i) {  // some seven rows each
        holder.id = token_id::make(at(i), random);
        ids.push_back(holder.id);
        counted.add(holder, home, at(i), 10, acme, &read);
    }
    write(counted);
    open();
    for (int i = 0; i < 2000; ++i) BOOST_REQUIRE((log->last_uses(ids[static_cast<std::size_t>(i)]).value().at(1).at == at(i)));
}

// Another process takes a bounded piece at a time.
BOOST_AUTO_TEST_CASE(one_token_of_many_addresses_is_passed_on_in_pieces) {
    use_buffer counted;
    for (std::uint32_t i = 0; i < bounds::use_entries; ++i) counted.add(holder, ip_address::v4(i + 1), at(i), 1, acme, &read);
    std::size_t pieces = 0, largest = 0;
    local->close();
    local->pass_writes_to([&](std::string_view operations) {
        ++pieces;
        largest = std::max(largest, operations.size());
        return result<void>();
    });
    log->hand_over(counted.take());
    log->add_up();
    local->pass_writes_to(nullptr);
    BOOST_TEST(pieces >= 2u);
    BOOST_TEST(largest < 1u << 20);
    BOOST_TEST(log->dropped() == 0u);
}

BOOST_AUTO_TEST_CASE(what_nobody_writes_is_dropped_and_counted) {
    const auto one = [&] {
        use_buffer counted;
        counted.add(holder, home, noon, 1, acme, &read);
        return counted.take();
    };
    for (std::size_t i = 0; i < bounds::use_batches + 3; ++i) log->hand_over(one());
    BOOST_TEST(log->dropped() == 3u);
    local->close();
    log->write_pending();
    BOOST_TEST(log->dropped() == 3u + bounds::use_batches);
    BOOST_TEST(!log->last_uses(holder.id));
}

BOOST_AUTO_TEST_CASE(callers_come_by_id_page_after_page) {
    read.method = "GET";
    read.path = "/crates";
    either.method = "POST";
    either.path = "/crates";
    std::vector<token_id> ids;
    use_buffer counted;
    for (int i = 0; i < 5; ++i) {
        holder.id = token_id::make(at(i * 1'000'000), random);
        ids.push_back(holder.id);
        counted.add(holder, home, at(i), 10, acme, &read);
        counted.add(holder, home, at(i), 10, acme, &either);
    }
    holder.id = token_id::make(at(9'000'000), random);
    counted.add(holder, home, at(1), 10, acme, nullptr);  // called nothing that there is
    write(counted);
    std::vector<token_id> seen;
    std::optional<token_id> after;
    for (std::size_t pages = 0; pages < 3; ++pages) {
        const auto page = log->callers(after, 2).value();
        BOOST_TEST(page.size() == (pages < 2 ? 2u : 1u));
        for (const auto& c : page) {
            seen.push_back(c.who);
            BOOST_TEST_REQUIRE(c.routes.size() == 2u);
            BOOST_TEST(c.routes[0].route == "GET /crates");
            BOOST_TEST(c.routes[1].route == "POST /crates");
            BOOST_TEST(c.routes[1].requests == 1u);
        }
        after = page.back().who;
    }
    BOOST_TEST((seen == ids));
    BOOST_TEST(log->callers(after, 2).value().empty());
}

// Found by fuzzing: such a time's end was counted beyond what a number holds.
BOOST_AUTO_TEST_CASE(a_row_with_a_time_that_cannot_be_is_none) {
    const std::string far = "\x7f" + std::string(7, '\xff'), zeros(8, '\0');
    BOOST_TEST(!decode_scope_use(zeros + far + zeros));
    BOOST_TEST(!decode_last_use(zeros + far + zeros + zeros));
    BOOST_TEST(!decode_route_use(zeros + std::string(8, '\xff') + zeros + zeros + zeros + zeros));
    BOOST_TEST(!decode_series(zeros + far + zeros + zeros + zeros + zeros));
    const auto good = encode(scope_use{at(1), 7});
    std::string merged;
    merge_usage("\x02", good, zeros + far + zeros, merged);
    BOOST_TEST((merged == good));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tollgate::test
