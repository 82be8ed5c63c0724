#include "tollgate/app/server.hpp"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <thread>

namespace tollgate {
namespace {

sigset_t watched_signals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int s : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, s);
    return set;
}

// A second signal while draining ends the process at once.
void end_on_second_signal() {
    std::thread([set = watched_signals()] {
        int which = 0;
        do {
            sigwait(&set, &which);
        } while (which == SIGHUP);
        ::_exit(1);
    }).detach();  // lives as long as the process, by design
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

int wait_for_signal(log_sink& log) {
    const sigset_t set = watched_signals();
    for (;;) {
        int which = 0;
        sigwait(&set, &which);
        if (which != SIGHUP) return which;
        log.warn("SIGHUP: this build cannot reload; restart to take up a new configuration");
    }
}

int run_server(const config& settings, const serve_options& options, log_sink& log) {
    block_signals();
    const system_clock time;
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
    wait_for_signal(log);
    log.info("draining; a second signal ends at once");
    end_on_second_signal();
    gateway.drain();
    gateway.wait();
    log.info("ended");
    return 0;
}

}  // namespace tollgate
