// log_writer.hpp - operational messages as lines on a descriptor (standard error): time, level, message, key=value.
//
// Values are quoted, control characters and bytes that are no UTF-8 escaped, so that no input can forge a line or hide one.
// Threads: any; one write(2) a line.
#pragma once

#include "tollgate/base/clock.hpp"
#include "tollgate/base/log.hpp"

namespace tollgate {

class log_writer final : public log_sink {
 public:
    log_writer(int descriptor, const clock& time, severity least = severity::info) : fd_(descriptor), time_(time), least_(least) {}
    void write(severity level, std::string_view message, std::initializer_list<log_field> fields) noexcept override;

 private:
    int fd_;
    const clock& time_;
    severity least_;
};

}  // namespace tollgate
