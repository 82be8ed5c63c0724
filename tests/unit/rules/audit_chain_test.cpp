// A log that was tampered with, in every way that is named, and what the check says of it.
#include "tollgate/rules/audit_chain.hpp"

#include "tollgate/codec/records.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <functional>

using namespace tollgate;

namespace {

audit_key key_of(std::uint8_t first) {
    std::array<std::uint8_t, 32> bytes{};
    bytes.fill(first);
    return audit_key(bytes);
}

audit_event event(int n) {
    audit_event e;
    e.at = {1'800'000'000'000'000 + n};
    e.actor = "operator:0";
    e.from = "unix";
    e.action = "token.create";
    e.subject = "tok_" + std::to_string(n);
    e.details = R"({"before":null,"after":{"name":"n"}})";
    return e;
}

using rows = std::vector<audit_row>;

audit_row behind(const rows& log, const audit_key& key, revision at, const audit_event& e) {
    return key.seal(log.empty() ? audit_link{} : log.back().own, at, serialize(to_json(e)));
}

// Revisions 10, 12, 14, …: not every change has an event.
rows made(const audit_key& key, int n) {
    rows log;
    for (int i = 0; i < n; ++i) log.push_back(behind(log, key, static_cast<revision>(10 + 2 * i), event(i)));
    return log;
}

audit_head end_of(const rows& log) { return {log.back().at, log.back().own}; }

// "fault at revision", one after the other.
std::string findings(const rows& log, const std::vector<audit_key>& keys, const std::vector<audit_head>& heads = {},
    const std::optional<audit_head>& end = std::nullopt) {
    audit_check check(keys, heads);
    for (const auto& row : log) check.next(row);
    check.finish(end);
    std::string out;
    for (const auto& f : check.findings()) {
        BOOST_TEST(!f.text.empty());
        out += (out.empty() ? "" : ", ") + std::string(to_string(f.what)) + " " + std::to_string(f.at);
    }
    BOOST_TEST(check.good() == out.empty());
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(audit_chain_test)

BOOST_AUTO_TEST_CASE(every_tampering_is_found_and_named) {
    const auto key = key_of(1), other = key_of(2);
    const auto log = made(key, 6);  // 10 12 14 16 18 20
    const auto head = end_of(log);
    struct row {
        const char* what;
        std::function<void(rows&)> tamper;
        std::string found;            // with the key, and the head from the operator's log
        std::string without_head;     // with the key alone
    };
    const auto flip = [](rows& l) { l[2].text[l[2].text.find("tok_2") + 4] ^= 1; };
    const row table[] = {
        {"nothing", [](rows&) {}, "", ""},
        {"a flipped bit in a text", flip, "edited 14", "edited 14"},
        {"a flipped bit in a link", [](rows& l) { l[2].own.bytes[7] ^= 0x20; }, "edited 14", "edited 14"},
        {"a flipped bit in the link to the row before", [](rows& l) { l[2].before.bytes[0] ^= 1; }, "edited 14", "edited 14"},
        {"another revision", [](rows& l) { l[2].at = 15; }, "edited 15", "edited 15"},
        {"another key's name", [](rows& l) { l[2].key ^= 1; }, "unknown_key 14", "unknown_key 14"},
        {"a missing row", [](rows& l) { l.erase(l.begin() + 2); }, "missing 16", "missing 16"},
        {"two missing rows", [](rows& l) { l.erase(l.begin() + 2, l.begin() + 4); }, "missing 18", "missing 18"},
        {"two rows swapped", [](rows& l) { std::swap(l[2], l[3]); }, "reordered 14", "reordered 14"},
        {"the first and the last swapped", [](rows& l) { std::swap(l.front(), l.back()); },
            "reordered 12, reordered 14, reordered 16, reordered 18, reordered 10, missing 20",
            "reordered 12, reordered 14, reordered 16, reordered 18, reordered 10, missing 20"},
        {"a row twice", [](rows& l) { l.insert(l.begin() + 2, l[2]); }, "reordered 14", "reordered 14"},
        {"a missing beginning", [](rows& l) { l.erase(l.begin(), l.begin() + 2); }, "missing 14", "missing 14"},
        {"a cut tail", [](rows& l) { l.resize(4); }, "cut_tail 20", ""},  // what is left is in order: only a head tells
        {"a cut tail with new rows that fit",
            [&](rows& l) {
                l.resize(4);
                for (revision at : {18, 20, 22}) l.push_back(behind(l, key, at, event(static_cast<int>(at))));
            },
            "rewritten 20", ""},
        {"everything is gone", [](rows& l) { l.clear(); }, "cut_tail 20", ""},
        {"the whole rewritten without the key", [](rows& l) { l = made(audit_key(), 6); }, "rewritten 20, rewritten 20", "rewritten 20"},
        {"the whole rewritten under another key",
            [&](rows& l) {
                l = made(other, 6);
                for (auto& r : l) r.key = key.id();
            },
            "rewritten 0, rewritten 20", "rewritten 0"},
        {"the whole rewritten with the key",
            [&](rows& l) {
                l.clear();
                for (int i = 0; i < 6; ++i) l.push_back(behind(l, key, static_cast<revision>(10 + 2 * i), event(i + 7)));
            },
            "rewritten 20", ""},  // who has the key makes any log: only a head tells
        {"the end made anew without the key",
            [](rows& l) {
                l.resize(3);
                l.push_back(behind(l, audit_key(), 16, event(9)));
            },
            "rewritten 16, cut_tail 20", "rewritten 16"},
    };
    for (const auto& r : table) {
        auto tampered = log;
        r.tamper(tampered);
        BOOST_TEST(findings(tampered, {key}, {head}) == r.found, r.what);
        BOOST_TEST(findings(tampered, {key}) == r.without_head, r.what << ", without a head");
    }
}

BOOST_AUTO_TEST_CASE(without_a_key_faults_show_and_a_head_shows_a_rewritten_whole) {
    const auto log = made(audit_key(), 5);  // 10 … 18
    auto edited = log;
    edited[1].text[5] ^= 1;
    BOOST_TEST(findings(log, {}, {end_of(log)}, end_of(log)) == "");
    BOOST_TEST(findings(edited, {}) == "edited 12");
    rows rewritten;
    for (int i = 0; i < 5; ++i) rewritten.push_back(behind(rewritten, audit_key(), static_cast<revision>(10 + 2 * i), event(i + 7)));
    BOOST_TEST(findings(rewritten, {}) == "");  // anybody can: that is what keys.master is for
    BOOST_TEST(findings(rewritten, {}, {end_of(log)}) == "rewritten 18");
}

BOOST_AUTO_TEST_CASE(a_key_may_be_given_to_a_log_that_began_without_one) {
    const auto key = key_of(3), next = key_of(4);
    auto log = made(audit_key(), 3);
    log.push_back(behind(log, key, 30, event(30)));
    log.push_back(behind(log, next, 31, event(31)));
    BOOST_TEST(findings(log, {key, next}) == "");
    BOOST_TEST(findings(log, {next}) == "unknown_key 30");
    log[1].text[5] ^= 1;
    BOOST_TEST(findings(log, {key, next}) == "edited 12");
    BOOST_TEST(key.id() != 0u);
    BOOST_TEST(key.id() != next.id());
}

BOOST_AUTO_TEST_CASE(a_beginning_that_was_cut_off_is_right_where_a_cut_says_so) {
    const auto key = key_of(5);
    auto log = made(key, 4);  // 10 … 16
    audit_event cut = event(40);
    cut.action = audit_cut_action;
    cut.details = audit_cut_details({12, log[1].own});
    log.push_back(behind(log, key, 18, cut));
    auto good = log;
    good.erase(good.begin(), good.begin() + 2);
    BOOST_TEST(findings(good, {key}) == "");
    auto more = log;
    more.erase(more.begin(), more.begin() + 3);
    BOOST_TEST(findings(more, {key}) == "missing 16");
    auto forged = good;
    forged.erase(forged.begin());
    forged.back() = audit_key().seal(forged.back().before, 18, forged.back().text);
    BOOST_TEST(findings(forged, {key}) == "rewritten 18, missing 16");
}

BOOST_AUTO_TEST_CASE(rows_of_a_failed_write_that_came_back_are_no_fault) {
    const auto key = key_of(6);
    auto log = made(key, 3);  // 10 12 14
    const auto lost = behind(log, key, 16, event(16));
    const auto next = behind(log, key, 18, event(18));  // behind 14 as well: 16 was answered as an unknown outcome
    log.push_back(lost);
    log.push_back(next);
    BOOST_TEST(findings(log, {key}, {}, end_of(log)) == "");
    audit_check check({key});
    for (const auto& row : log) check.next(row);
    check.finish();
    BOOST_TEST(check.forks() == 1u);
}

BOOST_AUTO_TEST_CASE(the_store_s_own_head_is_held_against_its_rows) {
    const auto key = key_of(7);
    const auto log = made(key, 4);
    BOOST_TEST(findings(log, {key}, {}, end_of(log)) == "");
    auto cut = log;
    cut.pop_back();
    BOOST_TEST(findings(cut, {key}, {}, end_of(log)) == "cut_tail 16");
    BOOST_TEST(findings(log, {key}, {}, end_of(cut)) == "rewritten 14");
}

BOOST_AUTO_TEST_CASE(findings_are_bounded_and_counted) {
    const auto key = key_of(8);
    auto log = made(key, 500);
    for (std::size_t i = 1; i < log.size(); ++i) log[i].text[3] ^= 1;
    audit_check check({key});
    for (const auto& row : log) check.next(row);
    check.finish();
    BOOST_TEST(check.count() == 499u);
    BOOST_TEST(check.findings().size() == bounds::audit_findings);
}

BOOST_AUTO_TEST_CASE(rows_and_heads_are_read_as_they_were_written) {
    const auto row = made(key_of(9), 1).front();
    const auto bytes = encode_audit_row(row);
    const auto back = decode_audit_row(row.at, bytes);
    BOOST_REQUIRE(back);
    BOOST_TEST(back->text == row.text);
    BOOST_TEST((back->own == row.own && back->before == row.before && back->key == row.key && back->at == row.at));
    for (std::size_t n = 0; n < 69; ++n) BOOST_TEST(!decode_audit_row(1, bytes.substr(0, n)));
    BOOST_TEST(!decode_audit_row(1, "\x01" + bytes.substr(1)));
    const audit_head head{row.at, row.own};
    BOOST_TEST((decode_audit_head(encode_audit_head(head)) == head));
    BOOST_TEST(!decode_audit_head(encode_audit_head(head) + "x"), "found by fuzzing: bytes behind a head were passed over");
    BOOST_TEST((audit_head::parse(head.text()) == head));
    for (const char* bad : {"", ":", "10", "10:", "x:", "10:abc", "-1:00"}) BOOST_TEST(!audit_head::parse(bad), bad);
    BOOST_TEST(!audit_head::parse(head.text() + "0"));
}

BOOST_AUTO_TEST_SUITE_END()
