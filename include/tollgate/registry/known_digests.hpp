// known_digests.hpp - which digests stand in the index, as far as memory tells: most that nobody ever issued are refused without a read.
//
// A no is certain and costs a cache line; a yes is a reason to look. The filter is filled from the index when the store opens: at once where
// it is small, else by a thread of its own while requests are served, and until then everything may be there. The committer adds
// each digest before its change is durable, so whoever has a token's text is known. What leaves the index stays in the filter.
// Threads: maybe() any, event loops too; fill(), add() and group_ended() the committer, or nobody else there.
// Bounds: 12 bits a digest, sized for twice what is there and grown by a factor of four; the filters before are kept, since readers may look into
// them still: a third of the newest, and one more for each time that the store was opened again.
#pragma once

#include "tollgate/base/log.hpp"
#include "tollgate/model/digest.hpp"
#include "tollgate/store/database.hpp"

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace tollgate {

class digest_filter;  // src/registry/digest_filter.hpp

class known_digests {
 public:
    // `rows`: the family whose keys are the digests. `smallest`: digests that the first filter has room for.
    known_digests(const database& db, family rows, log_sink& log, std::size_t smallest = 1'000'000);
    ~known_digests();  // ends the thread
    known_digests(const known_digests&) = delete;
    known_digests& operator=(const known_digests&) = delete;

    // False: the index has no such row. No I/O.
    [[nodiscard]] bool maybe(const digest& key) const noexcept;

    // Before the first change, and after the store was opened again.
    void fill();
    void add(const digest& key) noexcept;
    // What was added is durable, or will never be: the moment to grow.
    void group_ended() noexcept;

    // Waits until the filter answers and has room for what was added; false: it could not be filled.
    bool wait();

 private:
    void begin(std::size_t room);
    void end_filler();
    void adopt() noexcept;
    void look_through(digest_filter& into);

    const database& db_;
    const family rows_;
    log_sink& log_;
    const std::size_t smallest_;
    std::vector<std::unique_ptr<digest_filter>> all_;   // readers may still look into any
    std::atomic<const digest_filter*> answering_{nullptr};
    digest_filter* current_ = nullptr;                  // that answers, for who adds
    digest_filter* filling_ = nullptr;
    std::size_t room_ = 0, added_ = 0;
    std::atomic<bool> stop_{false};
    std::mutex mutex_;                 // of a filler's rest
    std::condition_variable ended_;
    std::thread filler_;
};

}  // namespace tollgate
