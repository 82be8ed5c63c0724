#include "app/watchdog.hpp"
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

void serve_until_signal(server& gateway, log_sink& log, const service_manager& manager) {
    const sigset_t set = watched_signals();
    watchdog alive(gateway, manager, log);
    int which = 0;
    while (sigwait(&set, &which) == 0 && which == SIGHUP) {
        problem_list problems;
        static_cast<void>(gateway.reload(problems));  // says itself what came of it
        print_problems(problems);
    }
    log.info("draining; a second signal ends at once");
    manager.stopping();
    alive.stop();
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
    auto manager = service_manager::of_environment();
    if (!manager) {
        log.error("the gateway does not start", {{"why", manager.error().what}});
        return 1;
    }
    auto started = server::start(settings, time, log, problems, &*manager);
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
    manager->ready(gateway.summary());
    serve_until_signal(gateway, log, *manager);
    return 0;
}

}  // namespace tollgate
