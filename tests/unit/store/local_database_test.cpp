// The database `local`: apart from `control`, and its rows end.
#include "tollgate/store/local_database.hpp"

#include "store/ended_rows.hpp"
#include "tollgate/store/row_end.hpp"

#include "scratch.hpp"

#include <boost/test/unit_test.hpp>

using namespace tollgate;

BOOST_AUTO_TEST_SUITE(local_database)

namespace {

constexpr timestamp start{1'700'000'000'000'000};

std::string row(timestamp end, std::string_view rest) {
    std::string out;
    append_row_end(out, end);
    return out.append(rest);
}

}  // namespace

BOOST_AUTO_TEST_CASE(keeps_rows_over_a_restart) {
    const test::scratch dir;
    null_log quiet;
    manual_clock time(start);
    {
        const auto db = open_local(dir.path(""), 1 << 20, time, quiet, nullptr).value();
        write_batch batch;
        batch.put(local_families::replay, "key", row(start, "value"));
        BOOST_TEST(db->write(batch, true).has_value());
        BOOST_TEST(!open_local(dir.path(""), 1 << 20, time, quiet, nullptr).has_value(), "two processes have it");
    }
    const auto db = open_local(dir.path(""), 1 << 20, time, quiet, nullptr).value();
    BOOST_TEST((db->get(local_families::replay, "key").value() == row(start, "value")));
}

BOOST_AUTO_TEST_CASE(row_ends) {
    std::string_view value = "short";
    BOOST_TEST(!take_row_end(value));
    const auto text = row({0x0102030405060708}, "rest");
    value = text;
    BOOST_TEST((take_row_end(value) == timestamp{0x0102030405060708}));
    BOOST_TEST(value == "rest");
}

// Seven days behind its end a row may go, and not before.
BOOST_AUTO_TEST_CASE(the_filter_drops_what_has_ended) {
    using std::chrono::hours;
    manual_clock time(start);
    const ended_rows filter(time);
    const struct {
        const char* note;
        std::string value;
        bool dropped;
    } rows[] = {
        {"never ends", row({}, "x"), false},
        {"ends later", row(start + hours(1), "x"), false},
        {"ended just now", row(start, "x"), false},
        {"ended not quite seven days ago", row(start + (-hours(7 * 24) + std::chrono::microseconds(1)), "x"), false},
        {"ended seven days ago", row(start + -hours(7 * 24), "x"), true},
        {"is no row of ours", "x", false},
    };
    for (const auto& r : rows) {
        bool changed = false;
        BOOST_TEST(filter.Filter(1, "key", r.value, nullptr, &changed) == r.dropped, r.note);
    }
}

BOOST_AUTO_TEST_SUITE_END()
