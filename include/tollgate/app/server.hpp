// server.hpp - everything wired together: one running gateway.
//
// start() opens the store, reads contracts and documents, binds, and returns while the threads serve. Whoever holds the
// server ends it: drain(), then the destructor waits for every thread.
// Threads: one owner. Errors: problems of the configuration go to `problems`; everything else is a failure in words.
#pragma once

#include "tollgate/app/config.hpp"
#include "tollgate/app/service_manager.hpp"
#include "tollgate/base/clock.hpp"
#include "tollgate/base/error.hpp"
#include "tollgate/base/log.hpp"
#include "tollgate/registry/registry.hpp"
#include "tollgate/replay/replay_book.hpp"
#include "tollgate/rules/rulebook.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace tollgate {

class code_book;
class sign_in;

class server {
 public:
    // `manager`: takes over the sockets that it handed over, and tells it of reloads; outlives the server. nullptr: there is none.
    static result<std::unique_ptr<server>> start(
        const config& settings, class clock& time, log_sink& log, problem_list& problems, service_manager* manager = nullptr);
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
    // "Serving 2 APIs, 120 routes"
    [[nodiscard]] std::string summary() const;

    // Reads configuration, contracts and documents again and serves by them: when this returns, on every thread, while exchanges that began before
    // end by what was in force then. On any error everything stays as it is. Also opens the access log's file again. Not from an event loop.
    // Errors: what is wrong; `problems` has all of it.
    result<void> reload(problem_list& problems);
    // How often each event loop has turned: one that stands still is stuck. Any thread.
    [[nodiscard]] std::vector<std::uint64_t> beats() const;

    // Does now what is done every ten minutes (`hourly`: and each hour): see app/bookkeeper. Not from an event loop.
    void look_after(bool hourly);

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

struct serve_options {
    std::string ready_line;  // printed on standard output once everything listens; empty: nothing
};

// Serves until SIGTERM or SIGINT, then drains; a second one ends at once. The process' exit code.
int run_server(const config& settings, const serve_options& options, log_sink& log);

// Blocks SIGTERM, SIGINT and SIGHUP in this thread and those that it starts; before any thread is started.
void block_signals();
// Waits for a signal that ends the process, and reloads on each SIGHUP; then drains `gateway` and waits for its end. A second signal ends the
// process at once. `manager` hears of it.
void serve_until_signal(server& gateway, log_sink& log, const service_manager& manager = {});

}  // namespace tollgate
