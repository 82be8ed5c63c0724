// Users: found by what they are called, kept apart by it, and gone for ever once they are removed.
#include "acme.hpp"

#include "tollgate/base/bounds.hpp"
#include "tollgate/registry/users.hpp"

#include <atomic>
#include <set>
#include <string>
#include <thread>
#include <vector>

using namespace tollgate;

namespace {

struct users_fixture : test::registry_fixture {
    user_directory users{*tokens};
    std::vector<field_problem> problems;

    user add(std::string name, std::string subject = {}) {
        create_user wish;
        wish.user_name = std::move(name);
        wish.subject = std::move(subject);
        const auto made = users.add(*of, wish, test::somebody, problems);
        BOOST_REQUIRE_MESSAGE(made, (made ? "" : made.error().what));
        return *made;
    }
    result<user> change(const user& u, const update_user& wish) { return users.update(u.id, wish, "user.update", test::somebody, problems); }
};

update_user in_state(account_state s) {
    update_user wish;
    wish.state = s;
    return wish;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(users_test, users_fixture)

BOOST_AUTO_TEST_CASE(a_user_is_found_by_name_subject_and_id) {
    create_user wish;
    wish.email = "Ada@Example.org";
    wish.subject = "client-1";
    wish.password = "$argon2id$...";
    const auto ada = users.add(*of, wish, test::somebody, problems).value();
    BOOST_TEST(ada.number == 1u);
    BOOST_TEST(ada.user_name == "Ada@Example.org");
    BOOST_TEST((users.find("acme", "aDA@example.ORG").value() == ada), "any case");
    BOOST_TEST((users.find_by_subject("acme", "client-1").value() == ada));
    BOOST_TEST((users.show(ada.id).value() == ada));
    BOOST_TEST((users.find("plain", "ada@example.org").error().kind == errc::not_found), "of another API");
    BOOST_TEST((users.find_by_subject("acme", "CLIENT-1").error().kind == errc::not_found));
    BOOST_TEST((tokens->find_by_secret("user").error().kind == errc::not_found));
    const auto row = tokens->read(index_key({"user", ada.id})).value();
    BOOST_REQUIRE(row.has_value());
    BOOST_TEST((row->state == token_state::active && row->api == atom::none && row->epoch == 1), "no token's grant");
    const auto events = tokens->audit(10).value();
    BOOST_TEST(events.front().action == "user.create");
    BOOST_TEST(events.front().details.find("argon2id") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(names_subjects_and_numbers_are_one_of_a_kind) {
    const auto ada = add("ada", "s1");
    create_user wish;
    wish.user_name = "ADA";
    wish.subject = "s1";
    wish.number = ada.number;
    BOOST_TEST(!users.add(*of, wish, test::somebody, problems));
    BOOST_REQUIRE(problems.size() == 3u);
    BOOST_TEST(problems[0].field == "user_name");
    BOOST_TEST(problems[1].field == "subject");
    BOOST_TEST(problems[2].field == "number");
    const auto bob = add("bob");
    BOOST_TEST(bob.number == ada.number + 1);
    update_user rename;
    rename.user_name = "Ada";
    BOOST_TEST((change(bob, rename).error().kind == errc::invalid));
    rename.user_name = "bobby";
    BOOST_TEST(change(bob, rename)->user_name == "bobby");
    BOOST_TEST((users.find("acme", "bob").error().kind == errc::not_found), "a name that is given up leads nowhere");
    BOOST_TEST(add("bob").number == bob.number + 1, "and may be another's");
    wish = {};
    wish.user_name = "carol";
    wish.number = 1000;
    BOOST_TEST(users.add(*of, wish, test::somebody, problems)->number == 1000u);
    BOOST_TEST(add("dave").number == 1001u);
    open();
    BOOST_TEST(user_directory(*tokens).find("acme", "dave")->number == 1001u);
}

BOOST_AUTO_TEST_CASE(of_many_who_want_one_name_one_gets_it) {
    std::atomic<int> made{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i)
        threads.emplace_back([&] {
            create_user wish;
            wish.user_name = "same";
            std::vector<field_problem> wrong;
            if (users.add(*of, wish, test::somebody, wrong)) ++made;
        });
    for (auto& t : threads) t.join();
    BOOST_TEST(made == 1);
    BOOST_TEST(users.list({.api = "acme"})->users.size() == 1u);
}

BOOST_AUTO_TEST_CASE(what_ends_sessions_raises_the_epoch) {
    const auto ada = add("ada");
    const auto epoch = [&] { return tokens->read(index_key({"user", ada.id})).value()->epoch; };
    update_user wish;
    wish.first_name = "Ada";
    BOOST_TEST(change(ada, wish)->epoch == 1u);
    wish = {};
    wish.password = "$argon2id$1";
    BOOST_TEST(change(ada, wish)->epoch == 2u);
    BOOST_TEST(epoch() == 2u);
    wish = {};
    wish.sign_out = true;
    BOOST_TEST(change(ada, wish)->epoch == 3u);
    wish = {};
    wish.totp = std::optional(totp_factor{"00", std::nullopt, 0, {}});
    BOOST_TEST(change(ada, wish)->epoch == 3u, "nobody is asked for it yet");
    BOOST_TEST(users
                   .spend_factor(ada.id, "user.confirm_factor", test::somebody,
                       [&](totp_factor& f) -> result<bool> {
                           f.confirmed_at = time.now();
                           return true;
                       })
                   ->epoch == 3u);
    wish = {};
    wish.totp = std::optional<totp_factor>();
    BOOST_TEST(change(ada, wish)->epoch == 4u);
    BOOST_TEST(change(ada, in_state(account_state::disabled))->epoch == 4u);
    BOOST_TEST((tokens->read(index_key({"user", ada.id})).value()->state == token_state::disabled));
    BOOST_TEST((change(ada, in_state(account_state::active))->state == account_state::active));
}

BOOST_AUTO_TEST_CASE(removed_is_for_ever_and_frees_the_name) {
    const auto ada = add("ada", "s1");
    const auto removed = change(ada, in_state(account_state::removed)).value();
    BOOST_TEST(removed.removed_at.has_value());
    BOOST_TEST(removed.epoch == 2u);
    BOOST_TEST((tokens->read(index_key({"user", ada.id})).value()->state == token_state::revoked));
    BOOST_TEST((change(ada, in_state(account_state::active)).error().kind == errc::wrong_state));
    BOOST_TEST(change(ada, in_state(account_state::removed))->revision == removed.revision, "once is enough");
    BOOST_TEST((users.find("acme", "ada").error().kind == errc::not_found));
    BOOST_TEST(users.list({.api = "acme"})->users.empty());
    BOOST_TEST(add("ada", "s1").id != ada.id);
}

BOOST_AUTO_TEST_CASE(wrong_fields_are_named) {
    const auto builtin = [&] {
        auto a = test::plain();
        a->trusts_caller_identity = true;
        return a;
    }();
    const struct {
        const api& target;
        create_user wish;
        std::string field;  // empty: good
    } rows[] = {
        {*of, {}, "user_name"},
        {*of, {.user_name = std::string(bounds::name_bytes + 1, 'x')}, "user_name"},
        {*of, {.user_name = " x"}, "user_name"},
        {*of, {.user_name = "a\nb"}, "user_name"},
        {*of, {.user_name = "m", .email = "nobody"}, "email"},
        {*of, {.user_name = "m", .email = "a@b@c"}, "email"},
        {*of, {.user_name = "m", .tenant = "t "}, "tenant"},
        {*of, {.user_name = "m", .subject = "ü"}, "subject"},
        {*of, {.user_name = "m", .role = "owner"}, "role"},
        {*of, {.user_name = "m", .number = 0}, "number"},
        {*builtin, {.user_name = "m"}, "role"},
        {*builtin, {.user_name = "m", .role = "king"}, "role"},
        {*builtin, {.user_name = "m", .role = "owner"}, ""},
        {*of, {.user_name = "Zoë"}, ""},
    };
    for (const auto& r : rows) {
        const auto made = users.add(r.target, r.wish, test::somebody, problems);
        BOOST_TEST(made.has_value() == r.field.empty(), r.field);
        BOOST_TEST((problems.empty() ? "" : problems.front().field) == r.field);
    }
    update_user promote;
    promote.role = "owner";
    BOOST_TEST((change(add("n"), promote).error().kind == errc::invalid), "nobody becomes an operator later");
}

BOOST_AUTO_TEST_CASE(a_code_is_spent_once_however_many_present_it) {
    const auto ada = add("ada");
    update_user wish;
    wish.totp = std::optional(totp_factor{"00", time.now(), 0, {"a", "b"}});
    BOOST_REQUIRE(change(ada, wish).has_value());
    std::atomic<int> spent{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 6; ++i)
        threads.emplace_back([&] {
            const auto done = users.spend_factor(ada.id, "user.second_factor", test::somebody, [](totp_factor& f) -> result<bool> {
                if (f.last_step >= 7) return failure{errc::refused, "used"};
                f.last_step = 7;
                return true;
            });
            if (done) ++spent;
        });
    for (auto& t : threads) t.join();
    BOOST_TEST(spent == 1);
}

BOOST_AUTO_TEST_CASE(lists_page_through_what_is_asked_for) {
    std::set<std::string> all;
    for (int i = 0; i < 25; ++i) all.insert(add("user" + std::to_string(i)).id);
    std::set<std::string> seen;
    user_query query{.api = "acme", .limit = 10};
    int pages = 0;
    do {
        const auto page = users.list(query).value();
        for (const auto& u : page.users) seen.insert(u.id);
        query.cursor = page.next_cursor;
        ++pages;
    } while (!query.cursor.empty());
    BOOST_TEST(pages == 3);
    BOOST_TEST((seen == all));
    BOOST_TEST(users.list({.q = "USER2"})->users.size() == 6u);
    BOOST_TEST(users.list({.api = "unknown"})->users.empty());
    BOOST_TEST((users.list({.cursor = "junk"}).error().kind == errc::invalid));
}

BOOST_AUTO_TEST_SUITE_END()
