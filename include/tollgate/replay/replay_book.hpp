// replay_book.hpp - who has claimed an idempotency key, and what was answered to its first request. (PL-6)
//
// A claim is synced before claim() says so; its end need not be. Nothing is kept in part. A claim whose outcome is not known (of
// an earlier start of the process, or of an exchange that sent something and got no answer) stays one until its time is over:
// a repeat is told `unknown_outcome`, and is never forwarded. What is kept is sealed under a key of its API, derived from the master.
// Threads: any; claim() and the ends of a claim wait for the disk: never on an event loop. enter(), leave() and forget() do not wait.
// Bounds: bounds::kept_exchanges between enter() and leave().
// Errors: claim() says `unavailable`; the ends log, and leave a claim whose outcome is unknown.
#pragma once

#include "tollgate/base/clock.hpp"
#include "tollgate/base/log.hpp"
#include "tollgate/base/random.hpp"
#include "tollgate/base/secret.hpp"
#include "tollgate/model/digest.hpp"
#include "tollgate/replay/kept_answer.hpp"
#include "tollgate/store/database.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tollgate {

// One request's right to be the first with its key.
struct replay_claim {
    digest key;           // of everything that makes a key the same key
    digest fingerprint;   // of everything that makes a request the same request
    std::string api;      // its name: whose sealing key it is
    std::chrono::milliseconds keep{0};
    timestamp ends_at;    // set by claim()
};

class replay_book {
 public:
    struct dependencies {
        database& rows;  // `local`
        const clock& time;
        random_source& random;
        log_sink& log;
    };
    // All of them outlive the book. `master`: 32 bytes.
    replay_book(dependencies d, secret master);

    // A place for a body and an answer that are held whole. False: all are taken. Each enter() that said yes is left once.
    [[nodiscard]] bool enter() noexcept;
    void leave() noexcept;

    enum class outcome : std::uint8_t { claimed, answered, mismatch, in_progress, unknown_outcome, too_large, unavailable };
    // claimed: the caller is the first, and ends the claim in one of the four ways below. answered: `kept` is what the first got.
    outcome claim(replay_claim& c, kept_answer& kept);

    void complete(const replay_claim& c, const kept_answer& answer);
    void complete_too_large(const replay_claim& c);
    // Only where no byte went upstream: as if it had never been.
    void release(const replay_claim& c);
    // What came of it is not known.
    void forget(const replay_claim& c) noexcept;

    // --- when another process takes over (ARCHITECTURE.md) ---
    // Calls `running` with each claim that has not ended (key, fingerprint), and from then on `ended` with each that does, after its row was
    // written; by the threads that end them.
    using each_claim = std::function<void(const digest& key, const digest& fingerprint)>;
    void tell(const each_claim& running, std::function<void(const digest& key)> ended);
    void tell_no_more();
    // Claims of the process before this one, which goes on with them: repeats are told `in_progress` until they end, or all are given up,
    // which makes their outcome one that is not known.
    void expect(const digest& key, const digest& fingerprint);
    void has_ended(const digest& key) noexcept;
    void expect_no_more() noexcept;

    // Tests suspend callers here: "claim:before", "claim:after", "end:before". Set before any traffic.
    std::function<void(std::string_view point)> probe;

 private:
    std::optional<outcome> find_running(const replay_claim& c);
    std::optional<outcome> hold(const replay_claim& c);  // nothing: it is held now
    outcome look(const replay_claim& c, kept_answer& kept);
    void end(const replay_claim& c, const write_batch& batch);
    void at(std::string_view point) const {
        if (probe) probe(point);
    }

    dependencies with_;
    secret master_;
    std::atomic<std::size_t> held_{0};
    std::mutex mutex_;
    std::unordered_map<digest, digest> in_flight_;  // key -> fingerprint; every claim that has not ended
    std::vector<digest> expected_;                  // those of them that are another process'
    std::function<void(const digest& key)> ended_;
};

// Its arguments as src/store/FORMAT.md names them.
digest replay_key(std::string_view api, std::string_view environment, std::string_view principal, std::string_view method, std::string_view target,
    std::string_view key) noexcept;
digest replay_fingerprint(std::string_view method, std::string_view target, std::string_view content_type, std::string_view body) noexcept;

}  // namespace tollgate
