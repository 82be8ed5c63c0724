#include "tollgate/store/ledger.hpp"

#include "fetch_ahead.hpp"
#include "high_mark.hpp"
#include "write_group.hpp"

#include "tollgate/base/bounds.hpp"
#include "tollgate/base/priority_boost.hpp"
#include "tollgate/base/thread_name.hpp"

#include <fmt/format.h>
#include <boost/unordered/unordered_flat_map.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

namespace tollgate {
namespace {

constexpr std::string_view kLast = "!last";
constexpr std::size_t kRevisionBytes = 8;
constexpr std::size_t kLargePuts = bounds::change_puts / 2;  // of a change that takes its time
constexpr std::size_t kTableRows = 10'000;                   // from here on a group is cheaper as tables: some thousand tokens
constexpr std::chrono::milliseconds kLookAgain{10};          // whether tables have been merged
constexpr int kLooks = 6000;                                 // after as many waits the call that waits for it is turned away

void append_revision(std::string& out, revision r) {
    for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<char>(r >> shift & 0xff));
}

result<revision> parse_revision(std::string_view bytes, std::string_view key) {
    if (bytes.size() < kRevisionBytes) return failure{errc::corrupt, fmt::format("the record {} has no revision", key)};
    revision r = 0;
    for (std::size_t i = 0; i < kRevisionBytes; ++i) r = r << 8 | static_cast<unsigned char>(bytes[i]);
    return r;
}

bool names_a_key_twice(const std::vector<record_put>& puts) {
    for (std::size_t i = 1; i < puts.size(); ++i)
        for (std::size_t k = 0; k < i; ++k)
            if (puts[i].key == puts[k].key) return true;
    return false;
}

}  // namespace

struct ledger::impl final : record_view {
    impl(database& d, family f, change_applier& a, log_sink& l) : db(d), records(f), applier(a), log(l), mark(d.path(), l) {}

    database& db;
    const family records;
    change_applier& applier;
    log_sink& log;

    mutable std::mutex mutex;  // what follows, up to `last`
    std::condition_variable arrived;
    std::deque<shared_group> small;  // the last of them still takes in
    std::deque<shared_group> bulk;   // calls with changes of many records: each is a group
    std::size_t waiting_changes = 0;
    bool under_way = false;  // a group: the committer's, or a caller's own
    bool stopping = false, turn_of_bulk = false;
    int looks = 0;  // of the committer, at a store that is behind, after waiting for it

    std::atomic<revision> last{0};  // durable and applied
    std::mutex turn;                // the group under way, or reopen()
    revision used = 0;              // given away, whatever became of it; under `turn`
    high_mark mark;                 // under `turn`

    // The group under way.
    struct overlaid {
        revision at = 0;
        const std::string* json = nullptr;  // in the waiting change
    };
    boost::unordered_flat_map<std::string_view, overlaid> overlay;
    // What the conditions of the change under way were held against: deriving asks for the same records again.
    boost::unordered_flat_map<std::string_view, std::optional<stored_record>> met;
    write_batch batch;
    std::string row;  // the record under way
    std::thread committer;

    result<std::optional<stored_record>> find(std::string_view key) const override;
    result<std::optional<stored_record>> stored(std::string_view key) const;
    result<void> read_last();

    void run();
    void wait_for(std::span<waiting> call);  // the answers
    // Under `mutex`.
    shared_group enqueue(std::span<waiting> call, bool large) noexcept;
    shared_group take_first(std::deque<shared_group>& from);
    shared_group take();
    void commit(const std::vector<waiting*>& group) noexcept;  // of memory that has run out the process ends, in whichever thread
    void commit_alone(std::span<waiting> call) noexcept;
    result<revision> prepare(change& c);
    result<void> holds(const condition& c);
    void settle(const std::vector<waiting*>& group, const result<void>& written);
};

result<std::optional<stored_record>> ledger::impl::stored(std::string_view key) const {
    auto raw = db.get(records, key);
    if (!raw) return raw.error();
    if (!*raw) return std::optional<stored_record>();
    const auto at = parse_revision(**raw, key);
    if (!at) return at.error();
    return std::optional<stored_record>({*at, (*raw)->substr(kRevisionBytes)});
}

result<std::optional<stored_record>> ledger::impl::find(std::string_view key) const {
    const auto it = overlay.find(key);
    if (it != overlay.end()) return std::optional<stored_record>({it->second.at, *it->second.json});
    if (const auto known = met.find(key); known != met.end()) return known->second;
    return stored(key);
}

result<void> ledger::impl::read_last() {
    const auto r = ledger::newest(db, records);
    if (!r) return r.error();
    used = std::max(used, *r);
    last.store(*r, std::memory_order_release);
    return mark.check(*r);
}

result<void> ledger::impl::holds(const condition& c) {
    const auto found = find(c.key);
    if (!found) return found.error();
    met[c.key] = *found;
    if (!c.is && *found) return failure{errc::conflict, fmt::format("{} exists already", c.key)};
    if (c.is && !*found) return failure{errc::conflict, fmt::format("{} does not exist", c.key)};
    if (c.is && (*found)->at != *c.is)
        return failure{errc::conflict, fmt::format("{} has changed: it has revision {}, not {}", c.key, (*found)->at, *c.is)};
    return {};
}

result<revision> ledger::impl::prepare(change& c) {
    if (c.puts.size() > bounds::change_puts)
        return failure{errc::invalid, fmt::format("a change of {} records; at most {} go together", c.puts.size(), bounds::change_puts)};
    if (names_a_key_twice(c.puts)) return failure{errc::invalid, "a change puts one record twice"};
    met.clear();
    for (const auto& each : c.conditions)
        if (auto ok = holds(each); !ok) return ok.error();
    const revision r = used + 1;
    const auto before = batch.here();
    if (auto derived = applier.derive(r, c, *this, batch); !derived) {
        batch.rewind(before);
        return derived.error();
    }
    for (const auto& put : c.puts) {
        row.clear();
        append_revision(row, r);
        row += put.value;
        batch.put(records, put.key, row);
        overlay[put.key] = {r, &put.value};
    }
    used = r;
    return r;
}

void ledger::impl::settle(const std::vector<waiting*>& group, const result<void>& written) {
    if (written) {
        mark.raise(used);
        last.store(used, std::memory_order_release);
        applier.applied(used);
        return;
    }
    // The revisions of this group stay given away: were it to reappear after a crash, no other change bears its numbers.
    applier.discarded();
    const bool nothing_happened = written.error().kind == errc::unavailable;
    const failure why{nothing_happened ? errc::unavailable : errc::unknown_outcome, written.error().what};
    log.error("changes could not be committed", {{"why", why.what}});
    for (auto* w : group)
        if (w->answer) w->answer = why;
}

void ledger::impl::commit(const std::vector<waiting*>& group) noexcept {
    const std::lock_guard lock(turn);
    batch.clear();
    bool any = false;
    for (std::size_t i = 0; i < group.size(); ++i) {
        fetch_ahead(group, i);
        auto* w = group[i];
        w->answer = prepare(w->what);
        any = any || w->answer.has_value();
    }
    if (any) {
        applier.close_group(batch);
        std::string value;
        append_revision(value, used);
        batch.put(records, kLast, value);
        settle(group, batch.is_plain() && batch.count() >= kTableRows ? db.write_tables(batch) : db.write(batch, true));
    } else {
        applier.discarded();
    }
    overlay.clear();  // they look into the changes of the group, which end with their answers
    met.clear();
}

// Nobody else is at it: the caller is its own committer, and no thread has to be woken.
void ledger::impl::commit_alone(std::span<waiting> call) noexcept {
    std::vector<waiting*> group;
    group.reserve(call.size());
    for (auto& one : call) group.push_back(&one);
    std::optional<priority_boost> boost;
    if (is_urgent(group)) boost.emplace();
    commit(group);
    const std::lock_guard lock(mutex);
    under_way = false;
    if (stopping || !small.empty() || !bulk.empty()) arrived.notify_one();
}

void ledger::impl::wait_for(std::span<waiting> call) {
    const bool large = std::ranges::any_of(call, [](const waiting& one) { return one.what.puts.size() >= kLargePuts; });
    shared_group group;
    {
        const std::lock_guard lock(mutex);
        if (waiting_changes + call.size() > bounds::commit_queue) {
            for (auto& one : call) one.answer = failure{errc::full, fmt::format("{} changes are waiting already", waiting_changes)};
            return;
        }
        if (large || under_way || !small.empty() || !bulk.empty()) group = enqueue(call, large);
        else under_way = true;
    }
    if (group) group->wait();
    else commit_alone(call);
}

shared_group ledger::impl::enqueue(std::span<waiting> call, bool large) noexcept {
    auto& into = large ? bulk : small;
    if (large || small.empty() || small.back()->changes.size() + call.size() > bounds::commit_group) into.push_back(std::make_shared<write_group>());
    for (auto& one : call) into.back()->changes.push_back(&one);
    waiting_changes += call.size();
    if (!under_way) arrived.notify_one();
    return into.back();
}

shared_group ledger::impl::take_first(std::deque<shared_group>& from) {
    auto group = std::move(from.front());
    from.pop_front();
    waiting_changes -= group->changes.size();
    return group;
}

// Small changes and calls with large ones take turns, so that a revocation waits for one call of an import at most.
shared_group ledger::impl::take() {
    std::unique_lock lock(mutex);
    for (;;) {
        arrived.wait(lock, [this] { return !under_way && (stopping || !small.empty() || !bulk.empty()); });
        if (!small.empty() && (bulk.empty() || !turn_of_bulk)) {
            turn_of_bulk = true;
            break;
        }
        if (bulk.empty()) return nullptr;
        under_way = true;  // looking may wait for a store that is being closed
        lock.unlock();
        const bool behind = db.is_behind();
        lock.lock();
        under_way = false;
        if (!behind) looks = 0;
        turn_of_bulk = false;
        if (stopping || !behind) {
            under_way = true;
            return take_first(bulk);
        }
        if (looks > kLooks) {
            const auto late = take_first(bulk);
            looks = 0;
            for (auto* w : late->changes)
                w->answer = failure{
                    errc::unavailable, "what was imported before is still being merged; import the rest again when the disk has room and time"};
            late->tell();
            continue;
        }
        if (!arrived.wait_for(lock, kLookAgain, [this] { return stopping || !small.empty(); })) ++looks;
    }
    under_way = true;
    return take_first(small);
}

void ledger::impl::run() {
    while (const auto group = take()) {
        std::optional<priority_boost> boost;  // until they are told, and the next may begin
        if (is_urgent(group->changes)) boost.emplace();
        commit(group->changes);
        group->tell();
        const std::lock_guard lock(mutex);
        under_way = false;
    }
}

ledger::ledger(std::unique_ptr<impl> i) : impl_(std::move(i)) {}

result<std::unique_ptr<ledger>> ledger::open(database& db, family records, change_applier& applier, log_sink& log) {
    auto made = std::make_unique<impl>(db, records, applier, log);
    if (auto read = made->read_last(); !read) return read.error();
    made->committer = std::thread([&ledger = *made] {
        name_this_thread("committer");
        ledger.run();
    });
    return std::unique_ptr<ledger>(new ledger(std::move(made)));
}

result<revision> ledger::newest(const database& db, family records) {
    const auto raw = db.get(records, kLast);
    if (!raw) return raw.error();
    return *raw ? parse_revision(**raw, kLast) : result<revision>(0);
}

ledger::~ledger() {
    {
        const std::lock_guard lock(impl_->mutex);
        impl_->stopping = true;
    }
    impl_->arrived.notify_one();
    impl_->committer.join();
}

result<revision> ledger::commit(change c) {
    waiting one{std::move(c)};
    impl_->wait_for({&one, 1});
    return std::move(one.answer);
}

std::vector<result<revision>> ledger::commit_each(std::vector<change> changes) {
    std::vector<result<revision>> answers;
    answers.reserve(changes.size());
    if (changes.size() > bounds::commit_group) {
        const failure why{errc::invalid, fmt::format("{} changes at once; at most {} go beside each other", changes.size(), bounds::commit_group)};
        answers.assign(changes.size(), why);
        return answers;
    }
    std::vector<waiting> all(changes.size());
    for (std::size_t i = 0; i < all.size(); ++i) all[i].what = std::move(changes[i]);
    impl_->wait_for(all);
    for (auto& one : all) answers.push_back(std::move(one.answer));
    return answers;
}

result<std::optional<ledger::record>> ledger::read(std::string_view key) const { return impl_->stored(key); }

result<void> ledger::scan(
    std::string_view prefix, std::string_view from, const std::function<bool(std::string_view, revision, std::string_view)>& row) const {
    result<void> good;
    const auto scanned = impl_->db.scan(impl_->records, prefix, from, [&](std::string_view key, std::string_view value) {
        const auto at = parse_revision(value, key);
        if (!at) good = at.error();
        return at && row(key, *at, value.substr(kRevisionBytes));
    });
    return scanned ? good : scanned;
}

revision ledger::last() const noexcept { return impl_->last.load(std::memory_order_acquire); }

std::size_t ledger::changes_waiting() const {
    const std::lock_guard lock(impl_->mutex);
    return impl_->waiting_changes;
}

result<void> ledger::reopen() {
    const std::lock_guard lock(impl_->turn);
    if (auto opened = impl_->db.reopen(); !opened) return opened;
    auto good = impl_->read_last();
    if (good) good = impl_->applier.reopened();
    if (!good) impl_->db.close();  // better none than one that lacks what was answered
    return good;
}

}  // namespace tollgate
