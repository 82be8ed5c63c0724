#include "tollgate/replay/replay_book.hpp"

#include "replay/replay_row.hpp"
#include "tollgate/base/bounds.hpp"
#include "tollgate/base/check.hpp"
#include "tollgate/crypto/hkdf.hpp"
#include "tollgate/crypto/seal.hpp"
#include "tollgate/crypto/sha256.hpp"
#include "tollgate/store/local_database.hpp"

#include <utility>

namespace tollgate {
namespace {

// `info` of the derivation; src/store/FORMAT.md.
seal_key sealing_key(const secret& master, std::string_view api) {
    seal_key out;
    hkdf_sha256(master.reveal(), {}, std::string("tollgate replay 1 ").append(api), out.bytes);
    return out;
}

}  // namespace

digest replay_key(std::string_view api, std::string_view environment, std::string_view principal, std::string_view method, std::string_view target,
    std::string_view key) noexcept {
    return sha256_of_parts("tollgate replay 1", {api, environment, principal, method, target, key});
}

digest replay_fingerprint(std::string_view method, std::string_view target, std::string_view content_type, std::string_view body) noexcept {
    return sha256_of_parts("tollgate request 1", {method, target, content_type, body});
}

replay_book::replay_book(dependencies d, secret master) : with_(d), master_(std::move(master)) { TOLLGATE_CHECK(master_.reveal().size() == 32); }

bool replay_book::enter() noexcept {
    if (held_.fetch_add(1) < bounds::kept_exchanges) return true;
    --held_;
    return false;
}

void replay_book::leave() noexcept { --held_; }

replay_book::outcome replay_book::claim(replay_claim& c, kept_answer& kept) {
    at("claim:before");
    // Repeats of what has been answered hold nothing, so that they are not in each other's way.
    if (const auto running = find_running(c)) return *running;
    auto found = look(c, kept);
    if (found != outcome::claimed && found != outcome::unknown_outcome) return found;
    if (const auto running = hold(c)) return *running;
    found = look(c, kept);  // now that nobody else can change it
    if (found != outcome::claimed) {
        forget(c);
        return found;
    }
    c.ends_at = with_.time.now() + c.keep;
    write_batch batch;
    batch.put(local_families::replay, bytes_of(c.key), write_row_head({c.ends_at, replay_row::kind::claimed, c.fingerprint, {}}));
    if (const auto written = with_.rows.write(batch, true); !written) {
        with_.log.warn("an idempotency key cannot be claimed", {{"why", written.error().what}});
        forget(c);  // where it may be on disk after all, a repeat meets an unknown outcome
        return outcome::unavailable;
    }
    at("claim:after");
    return outcome::claimed;
}

std::optional<replay_book::outcome> replay_book::find_running(const replay_claim& c) {
    const std::lock_guard held(mutex_);
    const auto running = in_flight_.find(c.key);
    if (running == in_flight_.end()) return std::nullopt;
    return running->second == c.fingerprint ? outcome::in_progress : outcome::mismatch;
}

std::optional<replay_book::outcome> replay_book::hold(const replay_claim& c) {
    const std::lock_guard held(mutex_);
    const auto [running, first] = in_flight_.emplace(c.key, c.fingerprint);
    if (first) return std::nullopt;
    return running->second == c.fingerprint ? outcome::in_progress : outcome::mismatch;
}

// What the rows say of a key that nobody holds; `claimed`: nothing, it is free.
replay_book::outcome replay_book::look(const replay_claim& c, kept_answer& kept) {
    const auto found = with_.rows.get(local_families::replay, bytes_of(c.key));
    if (!found) {
        with_.log.warn("an idempotency key cannot be looked up", {{"why", found.error().what}});
        return outcome::unavailable;
    }
    if (!*found) return outcome::claimed;
    const auto row = read_replay_row(**found);
    if (!row) return outcome::unknown_outcome;  // of another build: not to be written over
    if (row->ends_at <= with_.time.settled()) return outcome::claimed;  // a second POST cannot be taken back (T-8)
    if (row->fingerprint != c.fingerprint) return outcome::mismatch;
    if (row->state == replay_row::kind::claimed) return outcome::unknown_outcome;
    if (row->state == replay_row::kind::too_large) return outcome::too_large;
    const auto plain = unseal(sealing_key(master_, c.api), associated_data(c.key, *row), row->sealed);
    auto answer = plain ? read_kept_answer(*plain) : std::nullopt;
    if (!answer) {
        with_.log.warn("a kept answer does not open: was keys.master changed?", {{"api", c.api}});
        return outcome::unknown_outcome;
    }
    kept = std::move(*answer);
    return outcome::answered;
}

// The row first: nobody may claim a key whose claim has not ended on disk.
void replay_book::end(const replay_claim& c, const write_batch& batch) {
    at("end:before");
    if (const auto written = with_.rows.write_or_pass(batch); !written)
        with_.log.warn(
            "the outcome of an idempotent request cannot be kept; a repeat will be told so", {{"api", c.api}, {"why", written.error().what}});
    forget(c);
}

void replay_book::complete(const replay_claim& c, const kept_answer& answer) {
    const replay_row row{c.ends_at, replay_row::kind::answered, c.fingerprint, {}};
    const auto sealed = seal(sealing_key(master_, c.api), with_.random, associated_data(c.key, row), write_kept_answer(answer));
    write_batch batch;
    batch.put(local_families::replay, bytes_of(c.key), write_row_head(row) + sealed);
    end(c, batch);
}

void replay_book::complete_too_large(const replay_claim& c) {
    write_batch batch;
    batch.put(local_families::replay, bytes_of(c.key), write_row_head({c.ends_at, replay_row::kind::too_large, c.fingerprint, {}}));
    end(c, batch);
}

void replay_book::release(const replay_claim& c) {
    write_batch batch;
    batch.erase(local_families::replay, bytes_of(c.key));
    end(c, batch);
}

void replay_book::forget(const replay_claim& c) noexcept {
    const std::lock_guard held(mutex_);
    in_flight_.erase(c.key);
    if (ended_) ended_(c.key);
}

// Under the lock, so that no end is told before its beginning.
void replay_book::tell(const each_claim& running, std::function<void(const digest& key)> ended) {
    const std::lock_guard held(mutex_);
    for (const auto& [key, fingerprint] : in_flight_) running(key, fingerprint);
    ended_ = std::move(ended);
}

void replay_book::tell_no_more() {
    const std::lock_guard held(mutex_);
    ended_ = nullptr;
}

void replay_book::expect(const digest& key, const digest& fingerprint) {
    const std::lock_guard held(mutex_);
    if (in_flight_.emplace(key, fingerprint).second) expected_.push_back(key);
}

void replay_book::has_ended(const digest& key) noexcept {
    const std::lock_guard held(mutex_);
    if (std::erase(expected_, key) != 0) in_flight_.erase(key);
}

void replay_book::expect_no_more() noexcept {
    const std::lock_guard held(mutex_);
    for (const auto& key : expected_) in_flight_.erase(key);
    expected_.clear();
}

}  // namespace tollgate
