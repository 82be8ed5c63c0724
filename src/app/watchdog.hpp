// watchdog.hpp - tells the service manager that the gateway is alive, for as long as every event loop turns.
//
// A loop that has not turned since the last look is not answered for: the manager then ends the process, and starts another.
// Threads: one of its own. Lifetime: the gateway and the manager outlive it.
#pragma once

#include "tollgate/app/server.hpp"
#include "tollgate/app/service_manager.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace tollgate {

class watchdog {
 public:
    // Does nothing where the manager wants to hear nothing.
    watchdog(const server& gateway, const service_manager& manager, log_sink& log);
    ~watchdog() { stop(); }
    watchdog(const watchdog&) = delete;
    watchdog& operator=(const watchdog&) = delete;
    void stop();

 private:
    void run(std::chrono::microseconds interval);
    const server& gateway_;
    const service_manager& manager_;
    log_sink& log_;
    std::mutex mutex_;
    std::condition_variable wake_;
    bool ending_ = false;
    std::thread thread_;
};

}  // namespace tollgate
