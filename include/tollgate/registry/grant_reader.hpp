// grant_reader.hpp - one thread's view of the grants: its cache, its ring, its cold reads under way. Sans I/O.
//
// find() answers from memory; must_read means: read the index on a blocking thread (registry::read), and bring the
// result back with finish_read() on this thread. Reads are single-flight a thread and bounded. A read that was overtaken by a change of
// its key is stale and must be done again: without this, fills that land after the drop keep revoked tokens alive.
// Not an authority and not a verdict: whether a grant lets a request through is judged anew each time (rules/judge.hpp).
// Threads: one reader a thread; no member may be called from another.
// Bounds: `capacity` grants (SIEVE: the oldest that nobody asked for again goes first), bounds::negatives_per_thread digests
// known to be absent (the oldest goes first), bounds::address_lists_per_thread lists beside grants that have one (a grant whose
// list went is read again), bounds::pending_reads_per_thread cold reads (then `full`).
#pragma once

#include "tollgate/base/error.hpp"
#include "tollgate/model/digest.hpp"
#include "tollgate/model/grant.hpp"
#include "tollgate/registry/change_feed.hpp"
#include "tollgate/registry/known_digests.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

namespace tollgate {

class grant_reader {
 public:
    // `known`: of the index; a digest that it does not know is absent without a read. Outlives the reader; nullptr: every digest is read.
    grant_reader(change_feed& feed, std::size_t thread, std::size_t capacity = bounds::grants_per_thread, const known_digests* known = nullptr);
    ~grant_reader();

    // Forgets what has changed since this thread last looked.
    void catch_up() noexcept {
        if (feed_.epoch() != seen_) [[unlikely]]
            drain();
    }
    // How far it has caught up; what is found from now on is as true as this.
    [[nodiscard]] std::uint64_t seen() const noexcept { return seen_; }
    // Whether something may have changed since then, whatever this thread has caught up with meanwhile for others. If so, forgets what has.
    bool moved_since(std::uint64_t then) noexcept {
        if (feed_.epoch() == then) [[likely]]
            return false;
        catch_up();
        return true;
    }

    enum class where : std::uint8_t { hit, absent, must_read };
    struct found {
        where outcome = where::must_read;
        const grant* value = nullptr;  // holds until the next call of any member
        std::span<const ip_block> addresses{};  // the grant's list, as long; empty where it is not restricted
    };
    // Catches up first. No I/O, no allocation, no clock.
    [[nodiscard]] found find(const digest& key) noexcept;

    // Hints ahead of find(), for who has something else to do meanwhile: memory of some hundred megabytes is far away. The second is worth its
    // while some hundred nanoseconds after the first. Neither changes anything.
    void expect(const digest& key) const noexcept;
    void expect_soon(const digest& key) const noexcept;

    enum class start : std::uint8_t { launch, joined, full };
    // Registers a cold read of `key`. launch: the caller reads; joined: somebody does already.
    start begin_read(const digest& key);
    // A launched read is back. True: taken (find() now answers, unless evicted), or failed, and the key is no longer
    // pending. False: overtaken by a change; read again, the key stays pending.
    bool finish_read(const digest& key, const result<std::optional<indexed_grant>>& outcome);

    struct counts {
        std::uint64_t hits = 0, misses = 0, negatives = 0, drops = 0, overtaken = 0;
    };
    [[nodiscard]] const counts& statistics() const noexcept;

 private:
    void drain() noexcept;
    change_feed& feed_;
    std::size_t thread_;
    const known_digests* known_;
    std::uint64_t seen_ = 0;
    struct impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace tollgate
