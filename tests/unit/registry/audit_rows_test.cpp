// The audit log as the ledger writes it: linked rows, its head in the same batch, cut where an event says so.
#include "unit/registry/acme.hpp"

#include "tollgate/rules/audit_chain.hpp"

namespace tollgate::test {

namespace {

struct audit_fixture : registry_fixture {
    std::vector<audit_row> rows(revision from = 0, bool back = false) const {
        std::vector<audit_row> out;
        BOOST_REQUIRE(tokens->audit_scan(from, back, [&](audit_row row) {
            out.push_back(std::move(row));
            return true;
        }));
        return out;
    }
    std::string findings() const {
        audit_check check({});
        for (const auto& row : rows()) check.next(row);
        check.finish(tokens->audit_end());
        std::string out;
        for (const auto& f : check.findings()) out += f.text + "\n";
        return out;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(audit_rows_test, audit_fixture)

BOOST_AUTO_TEST_CASE(rows_are_linked_across_starts_and_the_head_is_kept) {
    BOOST_TEST(!tokens->audit_end());
    const auto first = make();
    BOOST_REQUIRE(tokens->number_of("a name leaves no row"));
    make();
    open();
    BOOST_REQUIRE(tokens->revoke(first.record.id, somebody));
    const auto all = rows();
    BOOST_REQUIRE(all.size() == 3u);
    BOOST_TEST(!all[0].before.is_set());
    BOOST_TEST((all[1].before == all[0].own && all[2].before == all[1].own));
    BOOST_TEST((tokens->audit_end() == audit_head{all[2].at, all[2].own}));
    open();
    BOOST_TEST((tokens->audit_end() == audit_head{all[2].at, all[2].own}));
    BOOST_TEST(findings() == "");
}

BOOST_AUTO_TEST_CASE(rows_are_read_from_either_end) {
    for (int i = 0; i < 4; ++i) make();
    const auto all = rows();
    BOOST_TEST(rows(all[2].at).size() == 2u);
    const auto back = rows(all[2].at, true);
    BOOST_REQUIRE(back.size() == 3u);
    BOOST_TEST(back.front().at == all[2].at);
    BOOST_TEST(rows(~revision{0}, true).size() == 4u);
}

BOOST_AUTO_TEST_CASE(a_cut_takes_the_rows_that_it_names_and_the_rest_verifies) {
    for (int i = 0; i < 4; ++i) make();
    const auto all = rows();
    audit_event cut;
    cut.at = june;
    cut.actor = "tollgate";
    cut.action = audit_cut_action;
    cut.details = audit_cut_details({all[1].at, all[1].own});
    BOOST_REQUIRE(tokens->note(cut));
    const auto left = rows();
    BOOST_REQUIRE(left.size() == 3u);
    BOOST_TEST(left.front().at == all[2].at);
    BOOST_TEST(findings() == "");
    open();
    BOOST_TEST(findings() == "");
    make();
    BOOST_TEST(findings() == "");
}

BOOST_AUTO_TEST_CASE(a_refused_change_leaves_no_gap) {
    make();
    std::vector<field_problem> problems;
    auto bad = wish();
    bad.scopes = {"no such"};
    BOOST_TEST(!tokens->create(*of, bad, somebody, problems));
    BOOST_TEST(!tokens->revoke("tok_nobody", somebody));
    make();
    BOOST_TEST(findings() == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tollgate::test
