// progress.hpp - how far a long command has come, on standard error: a bar on a terminal, a line each tenth elsewhere.
//
// Threads: one.
#pragma once

#include "tollgate/base/clock.hpp"

#include <cstdint>
#include <ostream>

namespace tollgate {

class progress {
 public:
    // `whole`: in the unit of `done`; 0: not known.
    progress(std::ostream& out, std::uint64_t whole);
    // `records` since the beginning of this run.
    void show(std::uint64_t done, std::uint64_t records);
    // Ends the bar's line.
    void end();

 private:
    [[nodiscard]] std::uint64_t a_second(std::uint64_t records) const;

    std::ostream& out_;
    std::uint64_t whole_;
    system_clock time_;
    timestamp began_;
    bool terminal_;
    bool shown_ = false;
    std::uint64_t tenth_ = 0;
};

}  // namespace tollgate
