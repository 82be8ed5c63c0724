#include "tollgate/app/serve.hpp"

#include "app/hand_over.hpp"
#include "app/predecessor.hpp"
#include "app/secret_files.hpp"
#include "app/watchdog.hpp"

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
    for (const int s : {SIGTERM, SIGINT, SIGHUP, SIGUSR2}) sigaddset(&set, s);
    return set;
}

void print_problems(const problem_list& problems) {
    for (const auto& p : problems.items()) std::fprintf(stderr, "%s\n", p.text().c_str());
}

// One gateway's turn at serving, from ready to its end.
struct turn {
    server& gateway;
    log_sink& log;
    const service_manager& manager;
    const std::vector<std::string>& command;  // empty: it hands over to nobody
    const clock& time;
    const predecessor* before = nullptr;
    upgrade_desk* desk = nullptr;
    descriptor_channel successor{};
    bool store_lost = false;

    bool hand_over_now();
    int serve();
    void end(bool handed_on);
};

// Whether another process serves now.
bool turn::hand_over_now() {
    if (desk == nullptr) {
        log.warn("this process does not hand over to another");
        return false;
    }
    hand_over_outcome out{failure{errc::wrong_state, "the process before this one still has exchanges under way: try again when it has ended"}};
    if (before == nullptr || !before->is_there()) {
        log.info("a new process is to take over", {{"program", command.empty() ? std::string() : command.front()}});
        manager.reloading(time.ticks());
        out = hand_over(gateway, command, manager, *desk, log, successor);
    }
    store_lost = out.store_lost;
    if (out.what) {
        desk->close(out.what);
        log.info("another process serves now", {{"process", std::to_string(out.what->process)}, {"serves", out.what->in_force}});
        return true;
    }
    desk->answer(out.what);
    log.error("no new process has taken over, and this one goes on", {{"why", out.what.error().what}});
    manager.ready("Upgrade failed, and the process before goes on: " + out.what.error().what);
    return false;
}

int turn::serve() {
    const sigset_t set = watched_signals();
    watchdog alive(gateway, manager, log);
    int which = 0;
    bool handed_on = false;
    while (!handed_on && !store_lost && sigwait(&set, &which) == 0) {
        if (which == SIGUSR2) {
            handed_on = hand_over_now();
            continue;
        }
        if (which != SIGHUP) break;
        problem_list problems;
        static_cast<void>(gateway.reload(problems));  // says itself what came of it
        print_problems(problems);
    }
    alive.stop();
    if (desk != nullptr && !handed_on) desk->close(failure{errc::wrong_state, "the gateway is ending"});
    end(handed_on);
    return store_lost ? 1 : 0;
}

// A manager that stops the service tells every process of it: one that has handed on is ending already.
void turn::end(bool handed_on) {
    const sigset_t set = watched_signals();
    if (!handed_on) {
        log.info("draining; a second signal ends at once");
        manager.stopping();
        gateway.drain();
    }
    bool told = !handed_on;
    constexpr timespec look_again{0, 50'000'000};
    while (!gateway.ended()) {
        const int second = sigtimedwait(&set, nullptr, &look_again);
        if (second != SIGTERM && second != SIGINT) continue;
        if (told) ::_exit(1);
        told = true;
    }
    gateway.wait();
    log.info("ended");
}

// Why this process does not serve, to whoever has started it.
int does_not_start(log_sink& log, const predecessor* before, const service_manager* manager, const std::string& why) {
    log.error("the gateway does not start", {{"why", why}});
    if (before != nullptr) before->fail(why);
    else if (manager != nullptr) manager->status("Does not start: " + why);
    return 1;
}

}  // namespace

void block_signals() {
    const sigset_t set = watched_signals();
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    ::signal(SIGPIPE, SIG_IGN);
}

void serve_until_signal(server& gateway, log_sink& log) {
    const service_manager nobody;
    const system_clock time;
    const std::vector<std::string> nothing;
    turn{gateway, log, nobody, nothing, time}.serve();
}

int run_server(const config& settings, const serve_options& options, log_sink& log) {
    block_signals();
    system_clock time;
    problem_list problems;
    predecessor* const before = options.before;
    auto manager = service_manager::of_environment();
    if (!manager) return does_not_start(log, before, nullptr, manager.error().what);
    if (before != nullptr) {
        if (const auto good = rehearse(settings, time, problems); !good) {
            print_problems(problems);
            return does_not_start(log, before, &*manager, good.error().what);
        }
        if (const auto ours = before->await_store(); !ours) return does_not_start(log, before, &*manager, ours.error().what);
        problems = {};
    }
    upgrade_desk desk;
    check_secrets(settings, secrets_of::this_process, problems);
    auto started = server::start(settings, time, log, problems,
        {.manager = &*manager, .inherited = before != nullptr ? &before->sockets() : nullptr, .upgrade = [&desk] { return desk.ask(); }});
    print_problems(problems);
    if (!started) return does_not_start(log, before, &*manager, started.error().what);
    server& gateway = **started;
    for (const auto& address : gateway.listeners()) log.info("listening", {{"address", address}});
    log.info("ready", {{"management", gateway.management()}, {"socket", settings.management.socket}});
    if (before != nullptr) before->serving(gateway, log);  // which tells the manager
    else manager->ready(gateway.summary());
    const int code = turn{gateway, log, *manager, options.command, time, before, &desk}.serve();
    if (before != nullptr) before->leave();
    return code;
}

}  // namespace tollgate
