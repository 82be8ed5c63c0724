// ledger_fixture.hpp - a ledger over a real store, with an applier that can be held.
#pragma once

#include "scratch.hpp"

#include "tollgate/base/bounds.hpp"
#include "tollgate/store/ledger.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/resource.h>

#include <atomic>
#include <memory>
#include <semaphore>
#include <string>
#include <vector>

namespace tollgate::test {

inline null_log quiet;
inline constexpr family records = 0, derived = 1;

// Derives one row a record, remembers what it was told, and can be held inside applied().
struct recording_applier final : change_applier {
    std::atomic<int> derivations{0}, applications{0}, discards{0}, reopenings{0};
    std::atomic<revision> applied_to{0};
    std::atomic<bool> hold{false};
    std::atomic<int> rows_each{1};
    std::atomic<int> nice_of_committer{0};
    std::binary_semaphore held{0}, go{0};

    result<void> derive(revision r, change& c, const record_view& before, write_batch& batch) override {
        ++derivations;
        nice_of_committer = ::getpriority(PRIO_PROCESS, 0);
        for (auto& put : c.puts) {
            batch.put(derived, put.key, std::to_string(r));
            for (int i = 1; i < rows_each; ++i) batch.put(derived, put.key + "/" + std::to_string(i), "");
            if (put.value == "refuse") return failure{errc::exists, "refused by the applier"};
            if (put.value == "amend") put.value = "amended";
            if (put.value == "before") {
                const auto was = before.find(put.key);
                if (!was) return was.error();
                put.value = *was ? (*was)->json + "@" + std::to_string((*was)->at) : "nothing";
            }
        }
        return {};
    }
    void close_group(write_batch&) override {}
    void applied(revision r) noexcept override {
        applied_to = r;
        ++applications;
        if (!hold.exchange(false)) return;
        held.release();
        go.acquire();
    }
    void discarded() noexcept override { ++discards; }
    result<void> reopened() override {
        ++reopenings;
        return {};
    }
};

struct ledger_fixture {
    scratch dir;
    std::unique_ptr<database> db;
    recording_applier applier;
    std::unique_ptr<ledger> book;

    ledger_fixture() {
        database_options o;
        o.path = dir.path();
        o.families = {{"default"}, {"derived"}};
        db = database::open(o, quiet).value();
        book = ledger::open(*db, records, applier, quiet).value();
    }
    void open_again() {
        book.reset();
        BOOST_REQUIRE(db);
        db->close();
        BOOST_REQUIRE(db->reopen());
        book = ledger::open(*db, records, applier, quiet).value();
    }
    [[nodiscard]] std::string text_of(std::string_view key) const {
        const auto r = book->read(key);
        BOOST_REQUIRE_MESSAGE(r, (r ? "" : r.error().what));
        return *r ? (*r)->json + "@" + std::to_string((*r)->at) : "(absent)";
    }
};

inline change put(std::string key, std::string value, std::vector<condition> conditions = {}) {
    change c;
    c.puts.push_back({std::move(key), std::move(value)});
    c.conditions = std::move(conditions);
    return c;
}

// "ok 3", or the kind of the failure.
inline std::string told(const result<revision>& r) { return r ? "ok " + std::to_string(*r) : std::string(to_string(r.error().kind)); }

}  // namespace tollgate::test
