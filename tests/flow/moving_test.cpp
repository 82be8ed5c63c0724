// import and export by the real binary: what is refused and how it is named, what a second run does, what never gets out. (T-2)
#include "flow/moving.hpp"
#include "tollgate/base/bounds.hpp"
#include "tollgate/base/clock.hpp"
#include "tollgate/codec/records.hpp"

#include <filesystem>

namespace tollgate::test {
namespace {

const char* const kApis =
    "- { name: acme, contract: contracts/acme.yaml, openapi: openapi/partner.yaml, hosts: [ acme.test ], upstream: { servers: [ \"http://@UP@\" ] } "
    "}\n";

std::map<std::string, std::string> files() {
    auto out = shipped_files();
    out["contracts/acme.yaml"] =
        "name: Acme\ntokens: [ { kind: key, format: \"ac_{random}\" } ]\nscopes: { required: true }\nformats: [ { pattern: \"OLD{hex:40}\" } ]\n";
    return out;
}

struct fixture {
    explicit fixture(class clock* time = nullptr) : g(kApis, files(), &up, {.time = time}) {}
    upstream up;
    gateway g;

    ended import(const std::string& text, const std::vector<std::string>& more = {}) {
        std::vector<std::string> words{"import", "--api", "acme", "--format", "OLD{hex:40}", g.dir.write("in.ndjson", text)};
        words.insert(words.end(), more.begin(), more.end());
        return tollgate(g, words);
    }
};

json::object key(const std::string& name, int number) {
    return {{"name", name}, {"digest", digest_of("OLD" + std::to_string(number))}, {"scopes", json::array{"invoices:read"}}};
}

// A page that takes long is a short one: not here, where time stands still.
struct timeless_time {
    manual_clock still{parse_rfc3339("2026-08-31T10:15:30Z").value()};
};
struct timeless : timeless_time, fixture {
    timeless() : fixture(&still) {}
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(moving, fixture)

BOOST_AUTO_TEST_CASE(bad_lines_are_named_and_stop_no_other) {
    const std::string token_text = "ac_thisIsNotADigestButATokensOwnText000000000000000000";
    auto unknown_scope = key("Scope", 2), misspelt = key("Field", 3), no_digest = key("None", 4), typed = key("Type", 5), whole = key("Text", 6);
    unknown_scope["scopes"] = json::array{"invoices:reed"};
    misspelt["tenat"] = "x";
    no_digest["digest"] = token_text;
    typed["scopes"] = "invoices:read";
    whole["token"] = token_text;
    const auto done = import(line(key("Good", 1)) + "{not json\n" + line(unknown_scope) + line(misspelt) + "\n" + line(no_digest) + line(typed) +
        line(whole) + line(key("Good too", 7)));
    BOOST_TEST(done.code == 1);
    BOOST_TEST(done.out == "imported 2, there already 0, refused 6\n");
    const auto says = [&](const std::string& what) { BOOST_TEST(done.err.find(what) != std::string::npos, what << " is not in " << done.err); };
    says(":2: is not a JSON object: write one object a line");
    says(":3: scopes[0]: \"invoices:reed\" is not a scope of this API");
    says(":4: tenat: is not known here: did you mean tenant?");
    says(":6: digest: must be 64 hexadecimal digits");
    says(":7: scopes: is not a list");
    says(":8: token: texts of tokens are not imported");
    BOOST_TEST((done.out + done.err).find(token_text) == std::string::npos, "what may be a secret is not repeated");
    BOOST_TEST(count_tokens(g, "acme") == 2u);
}

BOOST_AUTO_TEST_CASE(the_same_file_again_makes_nothing_new) {
    const auto text = line(key("One", 1)) + line(key("Two", 2));
    BOOST_TEST(import(text, {"--dry-run"}).out == "would have imported 2, there already 0, refused 0\n");
    BOOST_TEST(count_tokens(g, "acme") == 0u);
    BOOST_TEST(import(text).out == "imported 2, there already 0, refused 0\n");
    BOOST_TEST(import(text).out == "imported 0, there already 2, refused 0\n");
    BOOST_TEST(import(text + line(key("Three", 3)), {"--json"}).out == "{\"imported\":1,\"unchanged\":2,\"refused\":0,\"dry_run\":false}\n");
    BOOST_TEST(count_tokens(g, "acme") == 3u);
}

BOOST_AUTO_TEST_CASE(duplicates_are_refused_by_name) {
    const auto first = import(line(key("One", 1)) + line(key("Two", 2)) + line(key("Copy", 1)));
    BOOST_TEST(first.code == 1);
    BOOST_TEST(first.err.find(":3: `Copy` has the digest of line 1") != std::string::npos, first.err);
    const auto second = import(line(key("Other name", 2)));
    BOOST_TEST(second.code == 1);
    BOOST_TEST(second.err.find(":1: digest: belongs to the token `Two` of acme (tok_") != std::string::npos, second.err);
    // An id that another token has.
    const auto ours = lines_of(tollgate(g, {"export"}).out);
    auto taken = key("Taken", 9);
    taken["id"] = text_at(ours.at(0), "id");
    const auto third = import(line(taken));
    BOOST_TEST(third.err.find(":1: id: belongs to the token `") != std::string::npos, third.err);
    BOOST_TEST(count_tokens(g, "acme") == 2u);
}

BOOST_AUTO_TEST_CASE(a_format_that_nobody_could_present_is_refused) {
    const auto file = g.dir.write("in.ndjson", line(key("One", 1)));
    const auto without = tollgate(g, {"import", "--api", "acme", file});
    BOOST_TEST(without.err.find(":1: digest: needs --format") != std::string::npos, without.err);
    const auto other = tollgate(g, {"import", "--api", "acme", "--format", "PAYM{hex:64}", file});
    BOOST_TEST(other.err.find("has no format `PAYM{hex:64}`: write --format with one of OLD{hex:40}") != std::string::npos, other.err);
    const auto nowhere = tollgate(g, {"import", "--api", "acne", file});
    BOOST_TEST(nowhere.err.find("no API `acne`") != std::string::npos, nowhere.err);
    BOOST_TEST(count_tokens(g, "acme") == 0u);
}

// Some 60 KiB a line make many batches of few lines; the way to the gateway breaks off after three of them.
BOOST_AUTO_TEST_CASE(an_import_that_broke_off_goes_on_where_it_stopped) {
    std::string text;
    const json::array many(4000, json::value("invoices:read"));
    for (int i = 1; i <= 80; ++i) {
        auto each = key("Key " + std::to_string(i), i);
        each["scopes"] = many;
        text += line(each);
    }
    const auto file = g.dir.write("many.ndjson", text);
    std::vector<std::string> words{"import", "--api", "acme", "--format", "OLD{hex:40}", file, "--socket"};
    {
        short_way in(g.dir.file("short.sock"), g.socket_path(), 3);
        auto broken = words;
        broken.push_back(g.dir.file("short.sock"));
        const auto stopped = tollgate(broken);
        BOOST_TEST(stopped.code == 1);
        BOOST_TEST(stopped.err.find("the import stopped behind line ") != std::string::npos, stopped.err);
    }
    const auto before = count_tokens(g, "acme");
    BOOST_TEST(before > 0u);
    BOOST_TEST(before < 80u);
    words.push_back(g.socket_path());
    const auto resumed = tollgate(words);
    BOOST_TEST(resumed.code == 0, resumed.err);
    BOOST_TEST(resumed.err.find("going on behind line ") != std::string::npos, resumed.err);
    BOOST_TEST(count_tokens(g, "acme") == 80u);
    BOOST_TEST(!std::filesystem::exists(file + ".import-state"));
    // A duplicate of a line from before the break, and a gateway that has none of it.
    BOOST_TEST(tollgate(words).out == "imported 0, there already 80, refused 0\n");
}

BOOST_AUTO_TEST_CASE(a_state_of_another_gateway_is_no_reason_to_leave_lines_out) {
    std::string text;
    const json::array many(4000, json::value("invoices:read"));
    for (int i = 1; i <= 80; ++i) {
        auto each = key("Key " + std::to_string(i), i);
        each["scopes"] = many;
        text += line(each);
    }
    const auto file = g.dir.write("many.ndjson", text);
    std::vector<std::string> words{"import", "--api", "acme", "--format", "OLD{hex:40}", file, "--socket"};
    {
        short_way in(g.dir.file("short.sock"), g.socket_path(), 3);
        auto broken = words;
        broken.push_back(g.dir.file("short.sock"));
        BOOST_TEST(tollgate(broken).code == 1);
    }
    gateway other(kApis, files(), &up);
    words.push_back(other.socket_path());
    const auto done = tollgate(words);
    BOOST_TEST(done.out == "imported 80, there already 0, refused 0\n", done.err);
    BOOST_TEST(done.err.find("beginning with the first line") != std::string::npos, done.err);
}

BOOST_AUTO_TEST_CASE(what_is_exported_is_imported_elsewhere_and_works_there) {
    std::set<std::string> texts;
    for (int i = 0; i < 5; ++i) texts.insert(g.create("acme", named("Token " + std::to_string(i), {"invoices:read"})));
    const auto revoked = revoked_token(g, "acme", named("Revoked", {"invoices:read"}));
    const auto exported = tollgate(g, {"export"});
    BOOST_TEST(exported.code == 0, exported.err);
    BOOST_TEST(lines_of(exported.out).size() == 6u);
    gateway other(kApis, files(), &up);
    const auto done = tollgate(other, {"import", other.dir.write("in.ndjson", exported.out)});
    BOOST_TEST(done.out == "imported 6, there already 0, refused 0\n", done.err);
    for (const auto& text : texts) {
        BOOST_TEST(other.ask("GET", "acme.test", "/invoices", text).status() == 200u);
        BOOST_TEST(exported.out.find(text) == std::string::npos, "digests only (T-2)");
    }
    BOOST_TEST(exported.out.find(revoked) == std::string::npos);
    BOOST_TEST(other.ask("GET", "acme.test", "/invoices", revoked).status() == 401u);
    BOOST_TEST(tollgate(other, {"export"}).out == exported.out, "the same records again");
    // Both are told of in the audit log.
    const auto events = member(parsed(manage(other, "GET", "/audit?log=changes").body), "data").as_array();
    BOOST_REQUIRE(events.size() >= 2u);
    BOOST_TEST(text_at(events[0], "action") == "token.export");
    BOOST_TEST(text_at(events[1], "action") == "token.import");
    BOOST_TEST(member(member(member(events[1], "details"), "after"), "tokens").as_array().size() == 6u);
}

// Counted, not timed: whatever the filter, its pages bring every match once, and none looks at more rows than it may.
BOOST_FIXTURE_TEST_CASE(every_filter_lists_each_match_once_in_bounded_pages, timeless) {
    constexpr std::size_t count = 3000;
    std::string text;
    for (std::size_t i = 0; i < count; ++i) {
        auto each = key((i % 10 == 0 ? "Ledger " : "Till ") + std::to_string(i), static_cast<int>(i));
        each["tenant"] = "tenant-" + std::to_string(i % 30);
        each["owner"] = "owner-" + std::to_string(i % 300);
        each["scopes"] = json::array{i % 3 == 0 ? "invoices:read" : "payments:read"};
        if (i % 4 == 0) each["expires_at"] = "2099-01-01T00:00:00Z";
        if (i % 50 == 7) each["state"] = "disabled";
        text += line(each);
    }
    const auto done = import(text);
    BOOST_TEST(done.out == "imported 3000, there already 0, refused 0\n", done.err);
    struct filter {
        std::string query;
        std::size_t matches, driven;  // rows of the index that drives it
    };
    const filter table[] = {{"", 3000, 3000}, {"api=acme", 3000, 3000}, {"api=acme&state=disabled", 60, 60}, {"api=acme&state=active", 2940, 2940},
        {"api=acme&tenant=tenant-7", 100, 100}, {"api=acme&owner=owner-7", 10, 10}, {"api=acme&scope=invoices:read", 1000, 1000},
        {"api=acme&q=ledger", 300, 300}, {"api=acme&q=l", 300, 300}, {"api=acme&q=77", 11, 11},
        {"api=acme&expires_before=2099-06-01T00:00:00Z", 750, 750}, {"api=acme&unused_for=ever", 3000, 3000},
        {"api=acme&scope=invoices:read&state=disabled", 20, 1000}, {"api=acme&tenant=tenant-7&owner=owner-8", 0, 10}};
    for (const auto& f : table) {
        std::set<std::string> ids;
        std::size_t rows = 0, pages = 0;
        std::string cursor;
        do {
            const auto page = parsed(manage(g, "GET", "/api-tokens?limit=100&" + f.query + (cursor.empty() ? "" : "&cursor=" + cursor)).body);
            const auto data = member(page, "data");
            for (const auto& row : data.as_array()) ids.insert(text_at(row, "id"));
            rows += data.as_array().size();
            cursor = text_at(page, "next_cursor");
            ++pages;
        } while (!cursor.empty() && pages < 1000);
        BOOST_TEST(ids.size() == f.matches, f.query);
        BOOST_TEST(rows == f.matches, f.query);
        BOOST_TEST(pages <= f.matches / 100 + f.driven / bounds::page_scan_rows + 1, f.query << ": " << pages << " pages");
    }
}

// Tokens of the management API are their own, however far they reach: only the operator moves them. (C-14)
BOOST_AUTO_TEST_CASE(a_token_moves_no_tokens_of_the_management_api_in) {
    const auto wish = named("Mover", {"tokens:read", "tokens:write"});
    const auto text = g.create("tollgate", wish);
    auto record = lines_of(tollgate(g, {"export", "--api", "tollgate"}).out).at(0).as_object();
    record.erase("id");
    record["scopes"] = json::array{"audit:read"};
    record["generations"].as_array()[0].as_object()["digest"] = digest_of("something else");
    auto s = socket::connect(g.management_port());
    s.send(request_text("POST", "localhost", "/v1/admin/api-tokens/import", text, "Content-Type: application/x-ndjson\r\n", line(record)));
    reader in(s);
    const auto answer = in.response();
    BOOST_TEST(answer.status() == 200u);
    BOOST_TEST(member(parsed(answer.body), "imported") == json::value(0));
    BOOST_TEST(answer.body.find("imported by its operator alone") != std::string::npos, answer.body);
    auto back = socket::connect(g.management_port());
    back.send(
        request_text("POST", "localhost", "/v1/admin/backups", text, "Content-Type: application/json\r\n", R"({"directory":"/nonexistent/backup"})"));
    reader in_back(back);
    BOOST_TEST(in_back.response().status() == 403u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tollgate::test
