// server.hpp - everything wired together: one running gateway.
//
// start() opens the store, reads contracts and documents, binds, and returns while the threads serve. Whoever holds the
// server ends it: drain(), then the destructor waits for every thread.
// Threads: one owner. Errors: problems of the configuration go to `problems`; everything else is a failure in words.
#pragma once

#include "tollgate/app/config.hpp"
#include "tollgate/app/inheritance.hpp"
#include "tollgate/app/service_manager.hpp"
#include "tollgate/base/clock.hpp"
#include "tollgate/base/error.hpp"
#include "tollgate/base/log.hpp"
#include "tollgate/gateway/passed_connection.hpp"
#include "tollgate/net/pool_board.hpp"
#include "tollgate/registry/registry.hpp"
#include "tollgate/replay/replay_book.hpp"
#include "tollgate/rules/rulebook.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tollgate {

class code_book;
class sign_in;

// What `upgrade` brought about.
struct upgraded {
    std::int64_t process = 0;  // that serves now
    std::string in_force;      // "Serving 2 APIs, 120 routes"
};

// What a server finds around it; what is pointed to outlives it.
struct surroundings {
    service_manager* manager = nullptr;    // whose sockets are listened on, and that is told of reloads
    inheritance* inherited = nullptr;      // sockets of the process that it takes over from
    std::function<result<upgraded>()> upgrade{};  // hands over to a new process, on a blocking thread; empty: it cannot
    name_resolver resolve = resolve_server;       // of upstream servers
};

class server {
 public:
    static result<std::unique_ptr<server>> start(
        const config& settings, class clock& time, log_sink& log, problem_list& problems, surroundings around = {});
    ~server();

    // "127.0.0.1:8080", in the configuration's order, with the ports that were picked.
    [[nodiscard]] const std::vector<std::string>& listeners() const noexcept;
    [[nodiscard]] const std::string& management() const noexcept;
    [[nodiscard]] registry& tokens() noexcept;
    [[nodiscard]] replay_book& replays() noexcept;
    [[nodiscard]] class sign_in& sign_ins() noexcept;
    [[nodiscard]] code_book& codes() noexcept;
    [[nodiscard]] database& local() noexcept;
    // In force now. The reference holds until a reload.
    [[nodiscard]] const rulebook& rules() const noexcept;
    // "Serving 2 APIs, 120 routes", and which upstream servers have no address.
    [[nodiscard]] std::string summary() const;

    // Reads configuration, contracts and documents again and serves by them: when this returns, on every thread, while exchanges that began before
    // end by what was in force then. On any error everything stays as it is. Also opens the access log's file again. Not from an event loop.
    // Errors: what is wrong; `problems` has all of it.
    result<void> reload(problem_list& problems);
    // How often each event loop has turned, that of the pools last: one that stands still is stuck. Any thread.
    [[nodiscard]] std::vector<std::uint64_t> beats() const;

    // Does now what is done every ten minutes (`hourly`: and each hour): see app/bookkeeper. Not from an event loop.
    void look_after(bool hourly);

    // --- another process takes over; app/hand_over calls these, one after the other ---
    // What it listens on; stays open until hand_on().
    [[nodiscard]] const std::vector<listening_set>& sockets() const noexcept;
    // No exchange begins until resume(). When this returns, on every thread.
    void hold();
    // How many exchanges are under way that need the store, or have not been judged.
    [[nodiscard]] std::size_t undecided();
    // Writes what is pending and closes the store. From when this returns nothing can be judged, and what exchanges that go on still have to
    // write goes through `to`, which outlives the server.
    void give_up_store(const descriptor_channel& to);
    // Opens it again, whoever had it meanwhile. Errors: of the store.
    result<void> take_store_back();
    void resume();
    // Ends as drain() does, but closes no connection that can go through `to`.
    void hand_on(const descriptor_channel& to);
    // --- this process takes over; app/predecessor calls these from one thread ---
    void take(passed_connection c);

    // Stops accepting; exchanges under way may finish within timeouts.drain. Returns at once.
    void drain();
    // Until every thread has ended.
    void wait();
    // Whether wait() would return at once.
    [[nodiscard]] bool ended() const noexcept;

 private:
    struct impl;
    explicit server(std::unique_ptr<impl> i);
    std::unique_ptr<impl> impl_;
};

}  // namespace tollgate
