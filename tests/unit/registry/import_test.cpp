// An import of many lines, whose rows go to disk as tables: what is told of each line, what is there afterwards, and the audit log over it.
#include "tollgate/registry/import.hpp"
#include "tollgate/codec/text.hpp"
#include "tollgate/rules/audit_chain.hpp"
#include "unit/registry/acme.hpp"

#include <fmt/format.h>

namespace tollgate::test {

namespace {

constexpr std::size_t many = 3000;  // lines of a call; their rows are tables

struct import_fixture : registry_fixture {
    rulebook book;

    import_fixture() { book.add(acme()); }

    static std::string line(std::size_t i, std::string_view more = "") {
        return fmt::format(
            R"({{"api":"acme","name":"Robot number {0}","environment":"live","kind":"robot","tenant":"t{1}","owner":"o{2}","scopes":["crates:read"],)"
            R"("generations":[{{"number":1,"digest":"{3}","hint":"ak_live_abcd"}}]{4}}})"
            "\n",
            i, i % 10, i % 100, hex(sha256(std::to_string(i)).bytes), more);
    }
    import_report import(const std::string& lines) {
        auto done = tokens->import_lines(lines, {.book = &book, .api = "", .format = "", .barred_api = ""}, somebody);
        BOOST_REQUIRE_MESSAGE(done, (done ? "" : done.error().what));
        return std::move(*done);
    }
    [[nodiscard]] bool works(std::size_t i) const {
        const auto found = tokens->read(sha256(std::to_string(i))).value();
        return found && found->state == token_state::active;
    }
    [[nodiscard]] std::size_t listed(const token_query& wanted) const {
        std::size_t n = 0;
        auto query = wanted;
        do {
            const auto page = tokens->list(query).value();
            n += page.tokens.size();
            query.cursor = page.next_cursor;
        } while (!query.cursor.empty());
        return n;
    }
    [[nodiscard]] std::string findings() const {
        audit_check check({});
        BOOST_REQUIRE(tokens->audit_scan(0, false, [&](const audit_row& row) { return check.next(row), true; }));
        check.finish(tokens->audit_end());
        std::string out;
        for (const auto& f : check.findings()) out += f.text + "\n";
        return out;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(import_test, import_fixture)

BOOST_AUTO_TEST_CASE(many_lines_are_told_of_one_by_one_and_all_that_is_good_is_there) {
    const auto before = make();
    std::string lines = line(7'000'000);
    const auto first = import(lines);
    BOOST_REQUIRE(first.imported == 1u);
    lines.clear();
    for (std::size_t i = 0; i < many; ++i)
        lines += i == 500 ? line(499) : i == 600 ? line(7'000'000) : i == 700 ? line(700, ",\"tenat\":1") : line(i);
    const auto done = import(lines);
    BOOST_TEST(done.imported == many - 3);
    BOOST_TEST(done.unchanged == 1u);  // the store has line 601's already, word for word
    BOOST_REQUIRE(done.problems.size() == 2u);
    BOOST_TEST((done.problems[0].line == 501u && done.problems[0].field == "digest"));
    BOOST_TEST(done.problems[0].what.find("is line 500's already") == 0u);
    BOOST_TEST((done.problems[1].line == 701u && done.problems[1].field == "tenat"));
    const auto tables = test::files_of(dir.path(), ".sst");
    BOOST_TEST(tables.size() >= 3u, "rows of so many lines are tables at once");

    BOOST_REQUIRE(tokens->revoke(before.record.id, somebody));  // a small change behind them
    for (int turn = 0; turn < 2; ++turn, open()) {
        for (const std::size_t i : {0, 499, 501, 2999}) BOOST_TEST(works(i), i);
        for (const std::size_t i : {500, 600, 700, 3000}) BOOST_TEST(!works(i), i);
        BOOST_TEST(listed({.api = "acme"}) == many - 3 + 2);
        BOOST_TEST(listed({.api = "acme", .tenant = "t1"}) == many / 10);
        BOOST_TEST(listed({.api = "acme", .state = token_state::revoked}) == 1u);
        BOOST_TEST(findings() == "");
    }
}

BOOST_AUTO_TEST_CASE(the_same_lines_again_make_nothing_new_and_others_are_named) {
    std::string lines;
    for (std::size_t i = 0; i < many; ++i) lines += line(i);
    BOOST_TEST(import(lines).imported == many);
    const auto again = import(lines);
    BOOST_TEST(again.imported == 0u);
    BOOST_TEST(again.unchanged == many);
    auto renamed = line(0);
    renamed.replace(renamed.find("Robot"), 5, "Robat");
    const auto refused = import(renamed + line(many));
    BOOST_REQUIRE(refused.problems.size() == 1u);
    BOOST_TEST(refused.problems[0].what.find("belongs to the token `Robot number 0`") == 0u);
    BOOST_TEST(refused.imported == 1u);
    BOOST_TEST(findings() == "");
}

BOOST_AUTO_TEST_CASE(what_was_imported_changes_like_any_other_token) {
    std::string lines;
    for (std::size_t i = 0; i < many; ++i) lines += line(i);
    BOOST_REQUIRE(import(lines).imported == many);
    const auto some = tokens->list({.api = "acme", .tenant = "t3"}).value().tokens;
    BOOST_REQUIRE(tokens->revoke(some.front().id, somebody));
    for (std::size_t i = many; i < 2 * many; ++i) lines += line(i);
    const auto more = import(lines);
    BOOST_TEST(more.imported == many);
    BOOST_TEST(more.unchanged == many);
    for (int turn = 0; turn < 2; ++turn, open()) {
        BOOST_TEST((tokens->show(some.front().id)->state == token_state::revoked));
        std::size_t working = 0;
        for (std::size_t i = 0; i < 2 * many; ++i) working += works(i) ? 1 : 0;
        BOOST_TEST(working == 2 * many - 1);
        BOOST_TEST(findings() == "");
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tollgate::test
