#include "tollgate/audit/audit_lines.hpp"

#include "tollgate/codec/json.hpp"
#include "tollgate/codec/records.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <functional>
#include <sstream>

using namespace tollgate;

namespace {

audit_key key_of(std::uint8_t first) {
    std::array<std::uint8_t, 32> bytes{};
    bytes.fill(first);
    return audit_key(bytes);
}

audit_event event(int n) {
    audit_event e;
    e.at = {1'775'000'000'000'000 + n};
    e.actor = "operator:0";
    e.from = "unix";
    e.action = "token.revoke";
    e.api = "acme";
    e.subject = "tok_" + std::to_string(n);
    e.details = R"({"before":{"state":"active"},"after":{"state":"revoked"}})";
    return e;
}

std::vector<audit_row> rows_of(const audit_key& key, int n) {
    std::vector<audit_row> rows;
    audit_link before;
    for (int i = 0; i < n; ++i) {
        rows.push_back(key.seal(before, static_cast<revision>(i + 1), serialize(to_json(event(i)))));
        before = rows.back().own;
    }
    return rows;
}

using lines = std::vector<std::string>;

lines lines_of(const std::vector<audit_row>& rows) {
    lines out;
    for (const auto& r : rows) out.push_back(serialize(audit_line("changes", r)));
    return out;
}

std::string findings(const lines& file, const audit_key& key, const std::vector<audit_head>& heads) {
    std::string text;
    for (const auto& l : file) text += l + "\n";
    std::istringstream in(text);
    std::string out;
    std::vector<named_head> named;
    for (const auto& h : heads) named.push_back({"changes", h});
    for (const auto& log : verify_audit_lines(in, {{"changes", key}, {"denials", key}}, named))
        for (const auto& f : log.check.findings())
            out += (out.empty() ? "" : ", ") + log.name + " " + std::string(to_string(f.what)) + " " + std::to_string(f.at);
    return out;
}

void replace(std::string& text, std::string_view what, std::string_view by) { text.replace(text.find(what), what.size(), by); }

}  // namespace

BOOST_AUTO_TEST_SUITE(audit_lines_test)

BOOST_AUTO_TEST_CASE(a_line_has_its_details_as_an_object_and_leads_back_to_its_row) {
    const auto key = key_of(1);
    auto odd = event(2);
    odd.details = "line\nbreak, no json";
    auto loose = event(3);
    loose.details = R"({ "a": 1 })";  // not as we write it: it must stay the text that it is
    for (const auto& e : {event(1), odd, loose}) {
        const auto row = key.seal({}, 7, serialize(to_json(e)));
        const auto line = serialize(audit_line("changes", row));
        BOOST_TEST(line.find('\n') == std::string::npos);
        const auto back = read_audit_line(line);
        BOOST_REQUIRE_MESSAGE(back, line);
        BOOST_TEST(back->log == "changes");
        BOOST_TEST(back->row.text == row.text);
        BOOST_TEST((back->row.at == row.at && back->row.key == row.key && back->row.before == row.before && back->row.own == row.own));
    }
    const auto o = audit_line("changes", key.seal({}, 7, serialize(to_json(event(1)))));
    BOOST_TEST(o.at("details").at("after").at("state").as_string() == "revoked");
    BOOST_TEST(o.at("actor").as_string() == "operator:0");
    BOOST_TEST(audit_line("changes", key.seal({}, 7, serialize(to_json(odd)))).at("details").as_string() == "line\nbreak, no json");
}

BOOST_AUTO_TEST_CASE(an_audit_file_that_was_tampered_with_is_found_out) {
    const auto key = key_of(1);
    const auto rows = rows_of(key, 5);
    const auto file = lines_of(rows);
    const audit_head head{rows.back().at, rows.back().own};
    struct row {
        const char* what;
        std::function<void(lines&)> tamper;
        std::string found;
    };
    const row table[] = {
        {"nothing", [](lines&) {}, ""},
        {"a flipped bit", [](lines& l) { l[1][l[1].find("tok_1") + 4] ^= 1; }, "changes edited 2"},
        {"a flipped bit in what became", [](lines& l) { replace(l[1], "\"revoked\"", "\"revokee\""); }, "changes edited 2"},
        {"a flipped bit that breaks the line", [](lines& l) { l[1].back() ^= 1; }, "changes unreadable 0"},
        {"another revision", [](lines& l) { replace(l[1], "\"revision\":2", "\"revision\":1"); }, "changes edited 1, changes reordered 1"},
        {"a missing line", [](lines& l) { l.erase(l.begin() + 2); }, "changes missing 4"},
        {"two swapped lines", [](lines& l) { std::swap(l[1], l[2]); }, "changes reordered 2"},
        {"a cut tail", [](lines& l) { l.pop_back(); }, "changes cut_tail 5"},
        {"a cut beginning", [](lines& l) { l.erase(l.begin()); }, "changes missing 2"},
        {"a rewritten whole", [](lines& l) { l = lines_of(rows_of(key_of(2), 5)); },
            "changes unknown_key 1, changes unknown_key 2, changes unknown_key 3, changes unknown_key 4, changes unknown_key 5, changes rewritten 5"},
        {"a rewritten whole under no key", [](lines& l) { l = lines_of(rows_of(audit_key(), 5)); }, "changes rewritten 5, changes rewritten 5"},
        {"a member that stands twice", [](lines& l) { replace(l[1], "\"actor\"", "\"actor\":\"token:x\",\"actor\""); }, "changes unreadable 0"},
        {"blanks", [](lines& l) { replace(l[1], "{", "{ "); }, "changes unreadable 0"},
        {"an empty file", [](lines& l) { l.clear(); }, "changes cut_tail 5"},
    };
    for (const auto& r : table) {
        auto tampered = file;
        r.tamper(tampered);
        BOOST_TEST(findings(tampered, key, {head}) == r.found, r.what);
    }
}

BOOST_AUTO_TEST_CASE(every_flipped_bit_of_a_file_is_found) {
    const auto key = key_of(1);
    const auto rows = rows_of(key, 3);
    const auto file = lines_of(rows);
    for (std::size_t i = 0; i < file[1].size(); ++i)
        for (int bit = 0; bit < 8; ++bit) {
            auto tampered = file;
            tampered[1][i] = static_cast<char>(tampered[1][i] ^ 1 << bit);
            BOOST_REQUIRE_MESSAGE(!findings(tampered, key, {}).empty(), "byte " << i << ", bit " << bit << ": " << tampered[1]);
        }
}

BOOST_AUTO_TEST_CASE(two_logs_in_one_file_are_two_chains) {
    const auto key = key_of(1);
    const auto rows = rows_of(key, 3);
    lines file;
    for (const auto& r : rows) {
        file.push_back(serialize(audit_line("changes", r)));
        file.push_back(serialize(audit_line("denials", r)));
    }
    BOOST_TEST(findings(file, key, {}) == "");
    file.erase(file.begin() + 3);
    BOOST_TEST(findings(file, key, {}) == "denials missing 3");
}

BOOST_AUTO_TEST_CASE(heads_name_their_log) {
    const auto row = rows_of(key_of(1), 1).front();
    const audit_head head{row.at, row.own};
    const named_head ours{"changes", head}, theirs{"denials", head};
    BOOST_TEST(ours.text() == head.text());
    BOOST_TEST(theirs.text() == "denials:" + head.text());
    for (const auto& h : {ours, theirs}) {
        const auto back = named_head::parse(h.text());
        BOOST_REQUIRE(back);
        BOOST_TEST(back->log == h.log);
        BOOST_TEST((back->head == h.head));
    }
    BOOST_TEST(named_head::parse("changes:" + head.text())->log == "changes");
    for (const char* bad : {"", "x", "1:2", "denials:1:2"}) BOOST_TEST(!named_head::parse(bad), bad);
}

BOOST_AUTO_TEST_SUITE_END()
