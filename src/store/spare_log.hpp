// spare_log.hpp - the next write-ahead log, made while the one before is written: a file of zeros that are on the disk already.
//
// Where zeros are put down as they are needed (log_ahead.hpp), one sync in fourteen of a busy store has them to write, and the file's new length and
// blocks: it takes four times as long. They are written here by a thread of their own, a piece at a time, and synced before the log is used.
// Until then the file has no name (O_TMPFILE): whatever becomes of the process, nothing is left of it. Where the file system or /proc does not take
// part, writes everything to a new place anyhow, or has little room, there is no spare, and a log begins empty.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

namespace tollgate {

// Put down at a time. Few enough that the write of a log which brings them is hardly slower than one that lengthens a file, enough that of changes
// alone one in a hundred brings some.
inline constexpr std::array<char, 256 * 1024> zeros_ahead{};

class spare_log {
 public:
    static constexpr std::uint64_t bytes = 33ull << 20;  // a log is closed at 32 MiB (rocks_options.cpp), and its last group may be large

    spare_log() = default;
    ~spare_log();  // waits for the piece under way
    spare_log(const spare_log&) = delete;
    spare_log& operator=(const spare_log&) = delete;

    // Begins to make it; once. Not blocking.
    void make(const std::string& directory) noexcept;
    // If it is ready, it gets the name `path`, in the same directory, of which there is no file yet. Its descriptor, for writing, the caller's from
    // now on; or -1.
    [[nodiscard]] int take(const std::string& path) noexcept;

 private:
    [[nodiscard]] bool write_zeros(int fd);
    [[nodiscard]] bool rest(std::chrono::nanoseconds time);  // false: it is to end
    std::mutex mutex_;
    std::condition_variable ending_;
    bool ends_ = false;  // under `mutex_`
    std::atomic<int> ready_{-1};
    std::thread maker_;
};

}  // namespace tollgate
