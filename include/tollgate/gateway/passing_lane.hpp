// passing_lane.hpp - connections on their way to another process, in order, by a thread of their own: no event loop waits for one that does not read.
//
// Where that process takes nothing within `patience`, this connection and all behind it are closed, which the log says once.
// Threads: pass() from any. Lifetime: the channel and the log outlive it; its end waits until everything is sent or closed.
// Bounds: none of its own; as many as there are connections.
#pragma once

#include "tollgate/base/log.hpp"
#include "tollgate/gateway/passed_connection.hpp"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace tollgate {

class passing_lane {
 public:
    passing_lane(const descriptor_channel& to, log_sink& log, std::chrono::milliseconds patience = descriptor_channel::send_patience);
    ~passing_lane();
    passing_lane(const passing_lane&) = delete;
    passing_lane& operator=(const passing_lane&) = delete;

    void pass(passed_connection c);

 private:
    void run();

    const descriptor_channel& to_;
    log_sink& log_;
    const std::chrono::milliseconds patience_;
    std::mutex mutex_;
    std::condition_variable arrived_;
    std::deque<passed_connection> waiting_;
    bool ending_ = false;
    std::thread thread_;
};

}  // namespace tollgate
