// Refusals of known tokens: bounded a token and minute, every one counted, in a chain of their own; and logs kept and read.
#include "tollgate/audit/denial_log.hpp"
#include "tollgate/audit/audit_keeper.hpp"
#include "tollgate/audit/audit_log.hpp"

#include "tollgate/codec/json.hpp"
#include "tollgate/codec/records.hpp"
#include "tollgate/crypto/os_random.hpp"
#include "tollgate/store/local_database.hpp"
#include "unit/store/scratch.hpp"

#include <boost/test/unit_test.hpp>

namespace tollgate::test {

namespace {

constexpr timestamp noon{1'800'014'400'000'000};
constexpr std::int64_t second_us = 1'000'000, minute_us = 60 * second_us;
constexpr std::chrono::hours day{24};

struct heard_log final : log_sink {
    void write(severity, std::string_view message, std::initializer_list<log_field> fields) noexcept override {
        text += std::string(message);
        for (const auto& [k, v] : fields) text += " " + std::string(k) + "=" + std::string(v);
        text += "\n";
    }
    std::string text;
};

audit_key key_of(std::uint8_t first) {
    std::array<std::uint8_t, 32> bytes{};
    bytes.fill(first);
    return audit_key(bytes);
}

struct denial_fixture {
    scratch dir;
    heard_log heard;
    os_random random;
    manual_clock time{noon};
    std::unique_ptr<database> local;
    std::unique_ptr<denial_log> log;
    token_id id = token_id::make(noon, random);

    denial_fixture() { open(key_of(1)); }
    void open(const audit_key& key) {
        log.reset();
        local.reset();
        auto opened = open_local(dir.path(), 8 << 20, time, heard, nullptr);
        BOOST_REQUIRE_MESSAGE(opened, (opened ? "" : opened.error().what));
        local = std::move(*opened);
        auto made = denial_log::open(*local, local_families::denials, key, [](atom a) { return a == atom{1} ? "acme" : "t-1"; }, heard);
        BOOST_REQUIRE(made);
        log = std::move(*made);
    }
    denial refused(timestamp at, const token_id& of) const {
        denial d;
        d.at = at;
        d.token = of;
        d.generation = 2;
        d.api = atom{1};
        d.tenant = atom{2};
        d.from = ip_address::v4(0x0a000001);
        d.why = refusal::scope_required;
        return d;
    }
    void refuse(denial_buffer& into, timestamp at, const token_id& of) const {
        into.add(refused(at, of), "GET", "0123456789abcdef0123456789abcdef", "/crates");
    }
    void write(std::vector<denial> batch) {
        log->hand_over(std::move(batch));
        log->write_pending();
    }
    std::vector<audit_entry> entries(const audit_query& query = {}) {
        const audit_log logs[] = {log->as_log()};
        auto page = read_audit(logs, query);
        BOOST_REQUIRE_MESSAGE(page, (page ? "" : page.error().what));
        return std::move(page->entries);
    }
    std::string findings(const audit_key& key) {
        const auto check = verify_audit(log->as_log(), {key}, {});
        BOOST_REQUIRE(check);
        std::string out;
        for (const auto& f : check->findings()) out += std::string(to_string(f.what)) + " " + std::to_string(f.at) + "\n";
        return out;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(denial_log_test, denial_fixture)

BOOST_AUTO_TEST_CASE(a_denial_says_who_when_from_where_and_why) {
    denial_buffer met;
    refuse(met, noon, id);
    BOOST_TEST(!met.empty());
    write(met.take(noon, false));
    BOOST_TEST(met.empty());
    const auto all = entries();
    BOOST_REQUIRE(all.size() == 1u);
    const auto& e = all[0].event;
    BOOST_TEST((e.at == noon));
    BOOST_TEST(e.actor == "token:" + id.text());
    BOOST_TEST(e.subject == id.text());
    BOOST_TEST(e.from == "10.0.0.1");
    BOOST_TEST(e.action == "request.denied");
    BOOST_TEST(e.api == "acme");
    BOOST_TEST(e.details ==
        R"({"reason":"scope_required","method":"GET","path":"/crates",)"
        R"("request_id":"0123456789abcdef0123456789abcdef","generation":2,"tenant":"t-1"})");
    BOOST_TEST(all[0].log == "denials");
}

BOOST_AUTO_TEST_CASE(beyond_the_rate_only_the_number_is_written) {
    denial_buffer met;
    const auto other = token_id::make(noon, random);
    for (int i = 0; i < 1000; ++i) refuse(met, {noon.us + i}, id);
    refuse(met, noon, other);  // has a rate of its own
    write(met.take({noon.us + second_us}, false));
    const auto first = entries();
    BOOST_TEST(first.size() == bounds::denials_per_token + 1);
    write(met.take({noon.us + minute_us}, false));  // the minute is over
    const auto all = entries();
    BOOST_REQUIRE(all.size() == bounds::denials_per_token + 2);
    const auto sum = json::parse(all[0].event.details);
    BOOST_TEST(sum.at("count").to_number<std::uint64_t>() == 1000 - bounds::denials_per_token);
    BOOST_TEST(sum.at("reason").as_string() == "scope_required");
    BOOST_TEST(all[0].event.subject == id.text());
    BOOST_TEST(!met.has_counts());
    refuse(met, {noon.us + minute_us}, id);  // a new minute
    BOOST_TEST(!met.empty());
}

BOOST_AUTO_TEST_CASE(a_buffer_is_bounded) {
    denial_buffer met;
    for (std::size_t i = 0; i < bounds::denials_per_thread + 5; ++i) refuse(met, noon, token_id::make(noon, random));
    BOOST_TEST(met.take_lost() == 5u);
    BOOST_TEST(met.take_lost() == 0u);
    BOOST_TEST(met.take(noon, true).size() == bounds::denials_per_thread);
    denial_buffer long_path;
    long_path.add(refused(noon, id), "GET", "id", std::string(5000, 'x'));
    write(long_path.take(noon, true));
    const auto path = json::parse(entries()[0].event.details).at("path").as_string();
    BOOST_TEST(path.size() == bounds::denial_path_bytes);
}

BOOST_AUTO_TEST_CASE(the_chain_goes_on_after_a_start_and_shows_what_was_done_to_it) {
    denial_buffer met;
    for (int round = 0; round < 3; ++round) {
        refuse(met, {noon.us + round * minute_us}, id);
        refuse(met, {noon.us + round * minute_us}, id);
        write(met.take(noon, true));
        open(key_of(1));
    }
    BOOST_TEST(findings(key_of(1)) == "");
    std::string row;
    BOOST_REQUIRE(local->scan(local_families::denials, std::string_view("\1", 1), {}, [&](std::string_view key, std::string_view) {
        row = key;
        return key.back() != 3;
    }));
    auto value = local->get(local_families::denials, row).value().value();
    value.back() ^= 1;
    write_batch tamper;
    tamper.put(local_families::denials, row, value);
    BOOST_REQUIRE(local->write(tamper, false));
    BOOST_TEST(findings(key_of(1)) == "edited 3\n");
    tamper.clear();
    tamper.erase(local_families::denials, row);
    BOOST_REQUIRE(local->write(tamper, false));
    BOOST_TEST(findings(key_of(1)) == "missing 4\n");
}

BOOST_AUTO_TEST_CASE(a_keeper_seals_says_heads_and_cuts_whole_segments) {
    audit_keeper keeper({log->as_log()}, heard);
    denial_buffer met;
    std::vector<std::size_t> sizes;
    timestamp now = noon;
    for (int i = 0; i < 5; ++i) {
        refuse(met, now, id);
        write(met.take(now, true));
        now = now + day + std::chrono::minutes(1);
        BOOST_REQUIRE(keeper.tidy(now, std::nullopt));
        BOOST_REQUIRE(keeper.tidy(now, std::nullopt));  // nothing to do twice
    }
    BOOST_TEST(entries().size() == 10u);  // five denials, five seals
    BOOST_REQUIRE(keeper.tidy(now, now + -3 * day));
    const auto left = entries({.oldest_first = true});
    BOOST_REQUIRE(!left.empty());
    BOOST_TEST(left.front().event.action == "request.denied");
    BOOST_TEST(left.front().row.at == 5u);  // two segments of two rows went
    BOOST_TEST(left.back().event.action == "audit.cut");
    BOOST_TEST(findings(key_of(1)) == "");
    heard.text.clear();
    keeper.say_heads("now");
    BOOST_TEST(heard.text == "audit head head=denials:" + log->as_log().end()->text() + " when=now\n");
    open(key_of(2));
    audit_keeper next({log->as_log()}, heard);
    BOOST_REQUIRE(next.begin(now));
    BOOST_TEST(entries()[0].event.action == "audit.key");
    BOOST_TEST(findings(key_of(2)).starts_with("unknown_key 5\n"));
    const auto both = verify_audit(log->as_log(), {key_of(1), key_of(2)}, {});
    BOOST_TEST(both->good());
}

BOOST_AUTO_TEST_CASE(filters_and_cursors_lead_through_every_row_once) {
    const auto other = token_id::make(noon, random);
    for (int i = 0; i < 25; ++i) {
        denial_buffer met;
        refuse(met, {noon.us + i * second_us}, i % 5 == 0 ? other : id);
        write(met.take(noon, true));
    }
    const audit_log logs[] = {log->as_log(), log->as_log()};  // two logs, as it were
    for (const bool oldest_first : {false, true}) {
        audit_query query{.oldest_first = oldest_first, .limit = 7};
        std::vector<std::pair<std::int64_t, revision>> seen;
        for (int pages = 0; pages < 100; ++pages) {
            const auto page = read_audit(logs, query);
            BOOST_REQUIRE(page);
            for (const auto& e : page->entries) seen.emplace_back(oldest_first ? e.event.at.us : -e.event.at.us, e.row.at);
            if (page->next_cursor.empty()) break;
            query.cursor = page->next_cursor;
        }
        BOOST_TEST(seen.size() == 50u);
        BOOST_TEST(std::is_sorted(seen.begin(), seen.end(), [](const auto& a, const auto& b) { return a.first < b.first; }));
    }
    BOOST_TEST(entries({.token = other.text()}).size() == 5u);
    BOOST_TEST(entries({.actor = "token:" + id.text()}).size() == 20u);
    BOOST_TEST(entries({.action = "token.create"}).empty());
    BOOST_TEST(entries({.since = timestamp{noon.us + 20 * second_us}}).size() == 5u);
    BOOST_TEST(entries({.limit = 3}).size() == 3u);
    for (const auto* bad : {"x", "1.", "1.2.3", ".", "-1.2"}) BOOST_TEST(!read_audit(logs, {.cursor = bad}), bad);
    // Followed: nothing new, then one row.
    auto page = read_audit(logs, {}).value();
    const auto position = page.position;
    BOOST_TEST(read_audit(logs, {.oldest_first = true, .cursor = position}).value().entries.empty());
    denial_buffer met;
    refuse(met, {noon.us + minute_us}, id);
    write(met.take(noon, true));
    const auto fresh = read_audit(logs, {.oldest_first = true, .cursor = position}).value();
    BOOST_TEST(fresh.entries.size() == 2u);
    BOOST_TEST(read_audit(logs, {.oldest_first = true, .cursor = fresh.position}).value().entries.empty());
}

BOOST_AUTO_TEST_CASE(what_nobody_writes_is_dropped_and_counted) {
    denial_buffer met;
    for (std::size_t i = 0; i < bounds::use_batches + 2; ++i) {
        refuse(met, noon, id);
        log->hand_over(met.take(noon, true));
    }
    BOOST_TEST(log->dropped() == 2u);
    local->close();
    log->write_pending();
    BOOST_TEST(log->dropped() == 2u + bounds::use_batches);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tollgate::test
