// server.hpp - everything wired together: one running gateway.
//
// start() opens the store, reads contracts and documents, binds, and returns while the threads serve. Whoever holds the
// server ends it: drain(), then the destructor waits for every thread.
// Threads: one owner. Errors: problems of the configuration go to `problems`; everything else is a failure in words.
#pragma once

#include "tollgate/app/config.hpp"
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
    static result<std::unique_ptr<server>> start(const config& settings, class clock& time, log_sink& log, problem_list& problems);
    ~server();

    // "127.0.0.1:8080", in the configuration's order, with the ports that were picked.
    [[nodiscard]] const std::vector<std::string>& listeners() const noexcept;
    [[nodiscard]] const std::string& management() const noexcept;
    [[nodiscard]] registry& tokens() noexcept;
    [[nodiscard]] replay_book& replays() noexcept;
    [[nodiscard]] class sign_in& sign_ins() noexcept;
    [[nodiscard]] code_book& codes() noexcept;
    [[nodiscard]] database& local() noexcept;
    [[nodiscard]] const rulebook& rules() const noexcept;

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
// Waits for a signal that ends the process (SIGHUP is logged and passed over), then drains `gateway` and waits for its
// end. A second signal ends the process at once.
void serve_until_signal(server& gateway, log_sink& log);

}  // namespace tollgate
