// hand_over.hpp - this process makes a new one take over: starts it, gives it the sockets, the store, and the connections. (ARCHITECTURE.md)
//
// The words between the two, on a channel that the new process inherits; what is not a word of its turn ends the hand-over:
//
//     old: hello <protocol>                                   new: ready | failed <why>
//          listener <number> <own file: 0|1> <name>, sockets       serving <summary> | failed <why>
//          prepare
//          claim <key> <fingerprint>                          any number; `write` and `ended` may come between
//          yours                                              the store is closed
//          connection … (gateway/passed_connection)           any number
//          write, a file in memory                            operations for `local`
//          ended <key>                                        of a claim
//
// Threads: hand_over() by main; the desk's ask() from blocking threads. Errors: wrong_state, with the reason; nothing has changed then.
#pragma once

#include "tollgate/app/server.hpp"
#include "tollgate/net/descriptor_channel.hpp"

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace tollgate {

// Rises with the words, with what they mean, and with the rows that `write` carries.
inline constexpr int hand_over_protocol = 1;
inline constexpr const char* hand_over_variable = "TOLLGATE_HAND_OVER";

// Where those who ask for an upgrade wait until main has brought it about, or not.
class upgrade_desk {
 public:
    // Wakes main with SIGUSR2, and waits.
    result<upgraded> ask();
    [[nodiscard]] std::size_t waiting() const;
    void answer(result<upgraded> what);
    // Answers all who ask from now on, too.
    void close(result<upgraded> with);

 private:
    mutable std::mutex mutex_;
    std::condition_variable told_;
    std::size_t waiting_ = 0;
    std::uint64_t turn_ = 0;
    bool closed_ = false;
    std::optional<result<upgraded>> last_;
};

struct hand_over_outcome {
    result<upgraded> what;
    bool store_lost = false;  // it failed, and the store cannot be opened again
};

// `command`: path and arguments. `channel` is made anew, and is to stay open until `gateway` has ended.
hand_over_outcome hand_over(server& gateway, const std::vector<std::string>& command, const service_manager& manager, const upgrade_desk& desk,
    log_sink& log, descriptor_channel& channel);

}  // namespace tollgate
