#include "acme.hpp"

#include "registry/keys.hpp"

#include "tollgate/codec/json.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/resource.h>

#include <algorithm>
#include <csignal>

using namespace tollgate;
using test::somebody;

namespace {

std::string names(const token_page& page) {
    std::string all;
    for (const auto& t : page.tokens) all += t.name + " ";
    return all;
}

template <class T>
std::string kind_of_failure(const result<T>& r) {
    return r ? "ok" : std::string(to_string(r.error().kind));
}

const char* const nobody = "tok_00000000000000000000000000";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(registry_test, test::registry_fixture)

BOOST_AUTO_TEST_CASE(a_new_token_can_be_read_shown_and_found) {
    auto w = test::wish();
    w.tenant = "t-1";
    w.owner = "u-7";
    const auto made = make(w);
    const auto g = read(made.text);
    BOOST_REQUIRE(g);
    const auto& atoms = tokens->atoms();
    BOOST_TEST(g->id.text() == made.record.id);
    BOOST_TEST((g->state == token_state::active));
    BOOST_TEST(atoms.text(g->api) == "acme");
    BOOST_TEST(atoms.text(g->kind) == "robot");
    BOOST_TEST(atoms.text(g->audience) == "service");
    BOOST_TEST(atoms.text(g->environment) == "live");
    BOOST_TEST(atoms.text(g->tenant) == "t-1");
    BOOST_TEST(atoms.text(g->owner) == "u-7");
    BOOST_TEST((g->version == atom::none));
    BOOST_TEST(!g->expires_at.is_set());
    BOOST_TEST(g->scopes.has(tokens->scope_number_of("acme", "crates:read").value()));
    BOOST_TEST(!g->scopes.has(tokens->scope_number_of("acme", "crates:write").value()));
    BOOST_TEST((tokens->show(made.record.id).value() == made.record));
    BOOST_TEST((tokens->find_by_secret(made.text.reveal()).value() == made.record));
    BOOST_TEST(!tokens->read(sha256("ak_live_unknown")).value());
    BOOST_TEST(kind_of_failure(tokens->find_by_secret("ak_live_unknown")) == "not_found");
    BOOST_TEST(kind_of_failure(tokens->show(nobody)) == "not_found");
    BOOST_TEST(kind_of_failure(tokens->show("tok_x/../../")) == "not_found");
}

BOOST_AUTO_TEST_CASE(revoking_is_for_good_and_says_so_twice) {
    const auto made = make();
    const auto revoked = tokens->revoke(made.record.id, somebody);
    BOOST_REQUIRE(revoked);
    BOOST_TEST((revoked->state == token_state::revoked));
    BOOST_TEST((revoked->revoked_at == time.now()));
    BOOST_TEST(revoked->epoch == made.record.epoch + 1);
    BOOST_TEST(revoked->revision > made.record.revision);
    const auto g = read(made.text);
    BOOST_REQUIRE_MESSAGE(g, "a revoked digest stays known");
    BOOST_TEST((g->state == token_state::revoked));
    BOOST_TEST((tokens->find_by_secret(made.text.reveal()).value().state == token_state::revoked));

    time.advance(std::chrono::hours(1));
    BOOST_TEST((tokens->revoke(made.record.id, somebody).value() == *revoked));  // unchanged, not revoked anew
    BOOST_TEST(kind_of_failure(tokens->revoke(nobody, somebody)) == "not_found");
}

BOOST_AUTO_TEST_CASE(a_revocation_may_demand_a_revision) {
    const auto made = make();
    BOOST_TEST(kind_of_failure(tokens->revoke(made.record.id, somebody, made.record.revision + 1)) == "conflict");
    BOOST_TEST((read(made.text)->state == token_state::active));
    BOOST_TEST(kind_of_failure(tokens->revoke(made.record.id, somebody, made.record.revision)) == "ok");
    BOOST_TEST(kind_of_failure(tokens->revoke(made.record.id, somebody, made.record.revision)) == "conflict");
}

BOOST_AUTO_TEST_CASE(all_is_there_after_a_restart) {
    auto w = test::wish("first");
    w.owner = "u-7";
    const auto first = make(w), second = make(test::wish("second"));
    const auto number = tokens->number_of("some name").value();
    const auto scope = tokens->scope_number_of("acme", "lorries:read").value();
    const auto owner = read(first.text)->owner;
    BOOST_REQUIRE(tokens->revoke(second.record.id, somebody));
    open();
    BOOST_TEST((tokens->show(first.record.id).value() == first.record));
    BOOST_TEST((read(first.text)->state == token_state::active));
    BOOST_TEST((read(second.text)->state == token_state::revoked));
    BOOST_TEST((tokens->number_of("some name").value() == number));
    BOOST_TEST(tokens->scope_number_of("acme", "lorries:read").value() == scope);
    BOOST_TEST((read(first.text)->owner == owner));
    BOOST_TEST(tokens->atoms().text(owner) == "u-7");
    BOOST_TEST(tokens->audit(10).value().size() == 3u);
    BOOST_TEST(make(test::wish("third")).record.revision > second.record.revision);
}

BOOST_AUTO_TEST_CASE(numbers_are_allotted_once) {
    const auto a = tokens->number_of("a").value(), b = tokens->number_of("b").value();
    BOOST_TEST((a != b));
    BOOST_TEST((tokens->number_of("a").value() == a));
    BOOST_TEST((tokens->number_of("").value() == atom::none));
    BOOST_TEST(tokens->atoms().text(b) == "b");
    BOOST_TEST(tokens->scope_number_of("one", "x").value() == 0);
    BOOST_TEST(tokens->scope_number_of("one", "y").value() == 1);
    BOOST_TEST(tokens->scope_number_of("two", "y").value() == 0);
    BOOST_TEST(tokens->scope_number_of("one", "x").value() == 0);
    BOOST_TEST(tokens->audit(10).value().empty());  // names are not news
    for (std::size_t i = 2; i < bounds::scopes_per_api; ++i) BOOST_REQUIRE(tokens->scope_number_of("one", std::to_string(i)));
    BOOST_TEST(kind_of_failure(tokens->scope_number_of("one", "one too many")) == "full");
    BOOST_TEST(kind_of_failure(tokens->scope_number_of("one", "y")) == "ok");
    BOOST_TEST(kind_of_failure(tokens->scope_number_of("two", "one more")) == "ok");
}

BOOST_AUTO_TEST_CASE(lists_filter_and_page) {
    for (int i = 0; i < 12; ++i) {
        auto w = test::wish((i % 2 == 0 ? "Even " : "odd ") + std::to_string(i));
        w.owner = i % 3 == 0 ? "u-3" : "u-1";
        w.tenant = i < 6 ? "t-low" : "t-high";
        const auto made = make(w);
        if (i % 4 == 0) BOOST_REQUIRE(tokens->revoke(made.record.id, somebody));
    }
    std::vector<field_problem> none;
    const auto other = test::plain();
    create_token elsewhere;
    elsewhere.name = "elsewhere";
    BOOST_REQUIRE(tokens->create(*other, elsewhere, somebody, none));

    const struct {
        const char* why;
        token_query query;
        std::size_t n;
    } rows[] = {
        {"everything", {}, 13},
        {"one API", {.api = "acme"}, 12},
        {"another", {.api = "plain"}, 1},
        {"no such API", {.api = "nowhere"}, 0},
        {"by owner", {.api = "acme", .owner = "u-3"}, 4},
        {"by owner without API", {.owner = "u-3"}, 4},
        {"by tenant", {.api = "acme", .tenant = "t-low"}, 6},
        {"by both", {.api = "acme", .owner = "u-3", .tenant = "t-low"}, 2},
        {"no such owner", {.api = "acme", .owner = "u-9"}, 0},
        {"a tenant is not an owner", {.api = "acme", .owner = "t-low"}, 0},
        {"revoked", {.api = "acme", .state = token_state::revoked}, 3},
        {"active", {.api = "acme", .state = token_state::active}, 9},
        {"disabled", {.api = "acme", .state = token_state::disabled}, 0},
        {"a word of the name, any case", {.api = "acme", .q = "EVEN"}, 6},
        {"without API", {.q = "even"}, 6},
        {"the middle of a word is no beginning", {.api = "acme", .q = "ven"}, 0},
        {"by scope", {.api = "acme", .scope = "crates:read"}, 12},
        {"by scope without API", {.scope = "crates:read"}, 12},
        {"by a scope that nobody has", {.api = "acme", .scope = "lorries:read"}, 0},
        {"the name and state", {.api = "acme", .state = token_state::active, .q = "even"}, 3},
    };
    for (const auto& row : rows) {
        auto query = row.query;
        const auto page = tokens->list(query).value();
        BOOST_TEST(page.tokens.size() == row.n, row.why);
        BOOST_TEST(page.next_cursor.empty(), row.why);
        BOOST_TEST(std::is_sorted(page.tokens.begin(), page.tokens.end(), [](const auto& a, const auto& b) { return a.id < b.id; }), row.why);

        std::string in_pages;
        query.limit = 2;
        for (int guard = 0; guard < 20; ++guard) {
            const auto part = tokens->list(query).value();
            BOOST_TEST(part.tokens.size() <= 2u);
            in_pages += names(part);
            query.cursor = part.next_cursor;
            if (query.cursor.empty()) break;
        }
        BOOST_TEST(in_pages == names(page), row.why);
    }
    BOOST_TEST(kind_of_failure(tokens->list({.cursor = "not a cursor"})) == "invalid");
}

BOOST_AUTO_TEST_CASE(every_change_is_in_the_audit_log_without_the_secret) {
    const auto made = make(test::wish("watched"));
    const caller other{"token:tok_7", "10.1.2.3"};
    BOOST_REQUIRE(tokens->revoke(made.record.id, other));
    const auto events = tokens->audit(10).value();
    BOOST_REQUIRE(events.size() == 2u);
    const auto &revoked = events[0], &created = events[1];  // newest first
    BOOST_TEST(created.action == "token.create");
    BOOST_TEST(created.actor == "operator:0");
    BOOST_TEST(created.from == "unix");
    BOOST_TEST(created.api == "acme");
    BOOST_TEST(created.subject == made.record.id);
    BOOST_TEST((created.at == made.record.created_at));
    const auto after = json::parse(created.details).at("after");
    BOOST_TEST(after.at("name").as_string() == "watched");
    BOOST_TEST(json::parse(created.details).at("before").is_null());
    BOOST_TEST(revoked.action == "token.revoke");
    BOOST_TEST(revoked.actor == "token:tok_7");
    BOOST_TEST(revoked.from == "10.1.2.3");
    BOOST_TEST(json::parse(revoked.details).at("before").at("state").as_string() == "active");
    BOOST_TEST(json::parse(revoked.details).at("after").at("state").as_string() == "revoked");
    for (const auto& e : events) {
        BOOST_TEST(e.details.find(made.text.reveal()) == std::string::npos);
        BOOST_TEST(e.details.find(made.record.generations[0].digest) == std::string::npos);
    }
    BOOST_TEST(tokens->audit(1).value().size() == 1u);
    BOOST_TEST(tokens->audit(0).value().empty());
}

BOOST_AUTO_TEST_CASE(a_closed_store_is_unavailable_everywhere_and_comes_back) {
    const auto made = make();
    const auto epoch = feed.epoch();
    tokens->close();
    std::vector<field_problem> problems;
    BOOST_TEST(!tokens->is_open());
    BOOST_TEST(kind_of_failure(tokens->create(*of, test::wish(), somebody, problems)) == "unavailable");
    BOOST_TEST(kind_of_failure(tokens->revoke(made.record.id, somebody)) == "unavailable");
    BOOST_TEST(kind_of_failure(tokens->read(sha256("x"))) == "unavailable");
    BOOST_TEST(kind_of_failure(tokens->show(made.record.id)) == "unavailable");
    BOOST_TEST(kind_of_failure(tokens->list({})) == "unavailable");
    BOOST_TEST(kind_of_failure(tokens->find_by_secret("x")) == "unavailable");
    BOOST_TEST(kind_of_failure(tokens->audit(1)) == "unavailable");
    BOOST_TEST(kind_of_failure(tokens->number_of("new")) == "unavailable");
    BOOST_REQUIRE(tokens->reopen());
    BOOST_TEST(feed.epoch() != epoch);  // caches forget: the store may hold more than was answered
    BOOST_TEST((read(made.text)->state == token_state::active));
    BOOST_TEST(kind_of_failure(tokens->number_of("new")) == "ok");
    BOOST_TEST(kind_of_failure(tokens->create(*of, test::wish(), somebody, problems)) == "ok");
}

// RocksDB does not go on from an I/O error of its log by itself: changes were refused until somebody restarted the gateway. A file-size limit
// stands in for a disk that fails.
BOOST_AUTO_TEST_CASE(after_a_disk_that_failed_changes_go_on_without_a_restart) {
    const auto made = make();
    rlimit was{};
    BOOST_REQUIRE(::getrlimit(RLIMIT_FSIZE, &was) == 0);
    const auto signal_was = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit tight{64, was.rlim_max};
    BOOST_REQUIRE(::setrlimit(RLIMIT_FSIZE, &tight) == 0);
    std::vector<field_problem> problems;
    const auto failed = kind_of_failure(tokens->create(*of, test::wish("lost"), somebody, problems));
    const auto refused = kind_of_failure(tokens->create(*of, test::wish("refused"), somebody, problems));
    const auto still_ill = tokens->recover();
    BOOST_REQUIRE(::setrlimit(RLIMIT_FSIZE, &was) == 0);
    std::signal(SIGXFSZ, signal_was);

    BOOST_TEST((failed == "unknown_outcome" || failed == "unavailable"), failed);
    BOOST_TEST(refused == "unavailable");
    BOOST_TEST(!still_ill.has_value());  // the disk takes nothing: nothing is closed
    BOOST_TEST((read(made.text)->state == token_state::active));
    BOOST_TEST(kind_of_failure(tokens->create(*of, test::wish("early"), somebody, problems)) == "unavailable");
    const auto epoch = feed.epoch();
    BOOST_TEST(kind_of_failure(tokens->recover()) == "ok");
    BOOST_TEST(feed.epoch() != epoch);  // what failed may have come back: caches forget
    BOOST_TEST((read(made.text)->state == token_state::active));
    BOOST_TEST(kind_of_failure(tokens->create(*of, test::wish("late"), somebody, problems)) == "ok");
    BOOST_TEST(kind_of_failure(tokens->recover()) == "ok");
    BOOST_TEST(feed.epoch() == epoch + 2);  // the creation's; there was nothing to recover from
}

BOOST_AUTO_TEST_CASE(a_store_of_another_format_is_left_alone) {
    tokens.reset();
    {
        const auto db = database::open(control_database(dir.path(), 8 << 20), quiet).value();
        write_batch batch;
        batch.put(families::facts, format_key, "999");
        BOOST_REQUIRE(db->write(batch, true));
    }
    const auto opened = registry::open({dir.path(), 8 << 20}, {time, random, quiet, feed});
    BOOST_TEST(kind_of_failure(opened) == "invalid");
}

// Row T-2, as far as the store goes.
BOOST_AUTO_TEST_CASE(no_issued_secret_occurs_in_any_file_of_the_store) {
    std::vector<secret> issued;
    for (int i = 0; i < 40; ++i) {
        auto made = make();
        if (i % 2 == 0) BOOST_REQUIRE(tokens->revoke(made.record.id, somebody));
        issued.push_back(std::move(made.text));
    }
    const auto nowhere = [&](const char* when) {
        std::size_t bytes = 0;
        for (const auto& file : test::files_of(dir.path())) {
            const auto content = test::read_file(file);
            bytes += content.size();
            for (const auto& text : issued) {
                const auto random_part = text.reveal().substr(text.reveal().size() - 32);
                BOOST_TEST(content.find(random_part) == std::string::npos, file.string() << ", " << when);
            }
        }
        BOOST_TEST(bytes > 10'000u);
    };
    nowhere("while open");
    open();
    nowhere("in tables, after a restart");
    BOOST_TEST((read(issued[1])->state == token_state::active));
}

BOOST_AUTO_TEST_SUITE_END()
