// disk_room.hpp - how much is left on the file system of a store, and a ballast that is given up when nothing is.
//
// Below the watermark what only adds is refused, so that what takes away (revoking, disabling) still fits; where others take even
// that, the ballast makes room for it. It is laid down again when there is room. Both grow with the file system, so that a
// small one is not always full: the watermark is a twentieth of it, at most 64 MiB, the ballast a fiftieth, at most 16 MiB.
// Threads: any. Blocking: a system call, about a microsecond.
#pragma once

#include "tollgate/base/log.hpp"

#include <cstdint>
#include <mutex>
#include <string>

namespace tollgate {

struct disk_figures {
    std::uint64_t free_bytes = 0, watermark_bytes = 0, ballast_bytes = 0;
    [[nodiscard]] bool low() const noexcept { return free_bytes < watermark_bytes; }
};
// Of the file system that `path` is on. What cannot be found out is all zero, and not low.
disk_figures disk_room_of(const std::string& path) noexcept;

class disk_room {
 public:
    using figures_of = disk_figures (*)(const std::string& path) noexcept;
    // `directory`: the store's; the ballast lies in it. `figures`: where a test says how full the disk is.
    disk_room(std::string directory, log_sink& log, figures_of figures = disk_room_of);

    // Before a change. Lays the ballast down again where there is room, gives it up where there is next to none.
    disk_figures look();

 private:
    void lay_ballast(std::uint64_t bytes);
    void give_up_ballast();
    const std::string ballast_;
    log_sink& log_;
    const figures_of figures_;
    std::mutex mutex_;
    bool there_ = false, said_low_ = false;
};

}  // namespace tollgate
