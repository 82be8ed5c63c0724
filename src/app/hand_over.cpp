#include "app/hand_over.hpp"

#include <fmt/format.h>

#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>

namespace tollgate {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds to_prepare{60'000}, to_take_up{60'000};  // then the new process is ended
constexpr milliseconds to_settle{2'000};                        // exchanges that need the store: those that are left are answered 503
constexpr milliseconds look_again{5};
constexpr int inherited_descriptor = 3;

failure not_done(std::string what) { return {errc::wrong_state, std::move(what)}; }

std::string how_it_ended(int status) {
    if (WIFSIGNALED(status)) return fmt::format("was ended by signal {}", WTERMSIG(status));
    return fmt::format("ended with exit code {}", WEXITSTATUS(status));
}

// The new process, until it serves or is no more.
class successor {
 public:
    ~successor() { end(); }
    successor(const successor&) = delete;
    successor& operator=(const successor&) = delete;
    explicit successor(descriptor_channel& channel) : channel_(channel) {}

    result<void> start(const std::vector<std::string>& command, const std::vector<std::string>& environment);
    // What it says behind `word`.
    result<std::string> hear(std::string_view word, milliseconds patience);
    // It is no longer this process' to end.
    std::int64_t let_go() { return std::exchange(pid_, -1); }
    // Ends it and waits for that; how it ended.
    std::string end();

 private:
    descriptor_channel& channel_;
    pid_t pid_ = -1;
};

result<void> successor::start(const std::vector<std::string>& command, const std::vector<std::string>& environment) {
    auto ends = descriptor_channel::pair();
    if (!ends) return ends.error();
    channel_ = std::move(ends->first);
    std::vector<char*> arguments, variables;
    for (const auto& word : command) arguments.push_back(const_cast<char*>(word.c_str()));  // exec does not write
    const auto own = fmt::format("{}={}", hand_over_variable, inherited_descriptor);
    for (char** v = environ; *v != nullptr; ++v) variables.push_back(*v);
    for (const auto& v : environment) variables.push_back(const_cast<char*>(v.c_str()));
    variables.push_back(const_cast<char*>(own.c_str()));
    arguments.push_back(nullptr);
    variables.push_back(nullptr);

    posix_spawn_file_actions_t files;
    posix_spawnattr_t how;
    sigset_t none, usual;
    sigemptyset(&none);
    sigemptyset(&usual);
    sigaddset(&usual, SIGPIPE);
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawnattr_init(&how);
    ::posix_spawn_file_actions_adddup2(&files, ends->second.native(), inherited_descriptor);
    ::posix_spawnattr_setsigmask(&how, &none);
    ::posix_spawnattr_setsigdefault(&how, &usual);
    ::posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    const int failed = ::posix_spawn(&pid_, command.front().c_str(), &files, &how, arguments.data(), variables.data());
    ::posix_spawnattr_destroy(&how);
    ::posix_spawn_file_actions_destroy(&files);
    if (failed == 0) return {};
    pid_ = -1;
    return not_done(fmt::format("{} cannot be started: {}", command.front(), std::strerror(failed)));
}

result<std::string> successor::hear(std::string_view word, milliseconds patience) {
    auto said = channel_.receive(patience);
    if (!said) {
        end();
        return not_done(fmt::format("the new process {}", said.error().kind == errc::unavailable ? "did not get ready in time" : "is not heard"));
    }
    if (!*said) return not_done(fmt::format("the new process {}; its own words stand in the log, or on standard error", end()));
    std::string_view text = (*said)->text;
    if (text.starts_with(word)) return std::string(text.substr(std::min(text.size(), word.size() + 1)));
    constexpr std::string_view failed = "failed ";
    const auto why = text.starts_with(failed) ? std::string(text.substr(failed.size())) : "the new process says what is not understood";
    end();
    return not_done(why);
}

std::string successor::end() {
    if (pid_ < 0) return "is not there";
    int status = 0;
    // One that closed its end is about to go by itself; it is not waited for longer than a moment.
    for (int i = 0; i < 200 && ::waitpid(pid_, &status, WNOHANG) == 0; ++i) {
        if (i == 100) ::kill(pid_, SIGKILL);
        ::poll(nullptr, 0, 5);
        if (i == 199) ::waitpid(pid_, &status, 0);
    }
    pid_ = -1;
    return how_it_ended(status);
}

result<void> tell_sockets(const descriptor_channel& to, const std::vector<listening_set>& all) {
    if (auto sent = to.send(fmt::format("hello {}", hand_over_protocol)); !sent) return sent;
    for (const auto& set : all) {
        const auto text = fmt::format("listener {} {} {}", set.number, set.own_file ? 1 : 0, set.name);
        for (std::size_t from = 0; from < set.descriptors.size(); from += descriptor_channel::most_descriptors) {
            const auto some =
                std::span(set.descriptors).subspan(from).first(std::min(set.descriptors.size() - from, descriptor_channel::most_descriptors));
            if (auto sent = to.send(text, some); !sent) return sent;
        }
    }
    return to.send("prepare");
}

// Whoever asked for this waits in an exchange of their own.
void settle(server& gateway, const upgrade_desk& desk, log_sink& log) {
    std::size_t left = 0;
    for (auto waited = milliseconds(0); waited < to_settle; waited += look_again) {
        const std::size_t all = gateway.undecided(), asking = desk.waiting();
        left = all > asking ? all - asking : 0;
        if (left == 0) return;
        ::poll(nullptr, 0, static_cast<int>(look_again.count()));
    }
    log.warn("exchanges that need the store have not ended, and are answered 503", {{"exchanges", std::to_string(left)}});
}

}  // namespace

result<upgraded> upgrade_desk::ask() {
    std::unique_lock lock(mutex_);
    if (closed_) return *last_;
    const auto before = turn_;
    ++waiting_;
    ::kill(::getpid(), SIGUSR2);
    told_.wait(lock, [&] { return turn_ != before; });
    --waiting_;
    return *last_;
}

std::size_t upgrade_desk::waiting() const {
    const std::lock_guard lock(mutex_);
    return waiting_;
}

void upgrade_desk::answer(result<upgraded> what) {
    const std::lock_guard lock(mutex_);
    ++turn_;
    last_ = std::move(what);
    told_.notify_all();
}

void upgrade_desk::close(result<upgraded> with) {
    {
        const std::lock_guard lock(mutex_);
        closed_ = true;
    }
    answer(std::move(with));
}

hand_over_outcome hand_over(server& gateway, const std::vector<std::string>& command, const service_manager& manager, const upgrade_desk& desk,
    log_sink& log, descriptor_channel& channel) {
    if (command.empty()) return {not_done("this process cannot start another")};
    if (::getpid() == 1) return {not_done("process 1 of a container cannot end while another goes on: replace the container")};
    successor next(channel);
    if (auto started = next.start(command, manager.environment()); !started) return {started.error()};
    if (auto told = tell_sockets(channel, gateway.sockets()); !told) {
        const auto how = next.end();
        return {not_done(fmt::format("the new process {}; its own words stand in the log, or on standard error", how))};
    }
    if (auto prepared = next.hear("ready", to_prepare); !prepared) return {prepared.error()};

    gateway.hold();
    settle(gateway, desk, log);
    gateway.give_up_store(channel);
    auto serving = channel.send("yours") ? next.hear("serving", to_take_up) : result<std::string>(not_done("the new process " + next.end()));
    if (!serving) {
        const auto back = gateway.take_store_back();
        gateway.resume();
        if (back) return {serving.error()};
        log.error("the store cannot be opened again", {{"why", back.error().what}});
        return {serving.error(), true};
    }
    gateway.hand_on(channel);
    const upgraded done{next.let_go(), *serving};
    manager.succeeded_by(done.process, done.in_force);
    return {done};
}

}  // namespace tollgate
