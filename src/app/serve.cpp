#include "tollgate/app/server.hpp"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <ctime>

namespace tollgate {
namespace {

sigset_t watched_signals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int s : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, s);
    return set;
}

void print_problems(const problem_list& problems) {
    for (const auto& p : problems.items()) std::fprintf(stderr, "%s\n", p.text().c_str());
}

}  // namespace

void block_signals() {
    const sigset_t set = watched_signals();
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    ::signal(SIGPIPE, SIG_IGN);
}

void serve_until_signal(server& gateway, log_sink& log) {
    const sigset_t set = watched_signals();
    int which = 0;
    while (sigwait(&set, &which) == 0 && which == SIGHUP) log.warn("SIGHUP: this build cannot reload; restart to take up a new configuration");
    log.info("draining; a second signal ends at once");
    gateway.drain();
    constexpr timespec look_again{0, 50'000'000};
    while (!gateway.ended()) {
        const int second = sigtimedwait(&set, nullptr, &look_again);
        if (second == SIGTERM || second == SIGINT) ::_exit(1);
    }
    gateway.wait();
    log.info("ended");
}

int run_server(const config& settings, const serve_options& options, log_sink& log) {
    block_signals();
    system_clock time;
    problem_list problems;
    auto started = server::start(settings, time, log, problems);
    print_problems(problems);
    if (!started) {
        log.error("the gateway does not start", {{"why", started.error().what}});
        return 1;
    }
    server& gateway = **started;
    for (const auto& address : gateway.listeners()) log.info("listening", {{"address", address}});
    log.info("ready", {{"management", gateway.management()}, {"socket", settings.management.socket}});
    if (!options.ready_line.empty()) {
        std::printf("%s\n", options.ready_line.c_str());
        std::fflush(stdout);
    }
    serve_until_signal(gateway, log);
    return 0;
}

}  // namespace tollgate
