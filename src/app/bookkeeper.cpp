#include "app/bookkeeper.hpp"

#include "tollgate/store/local_database.hpp"

namespace tollgate {
namespace {

constexpr std::chrono::seconds beat{1};
constexpr int beats_a_writing = 50,  // beside the ten seconds for which threads keep their uses
    beats_a_minute = 60, beats_a_round = 600, rounds_an_hour = 6;

}  // namespace

bookkeeper::bookkeeper(registry& tokens, database& local, const options& o, const clock& time, log_sink& log)
    : tokens_(tokens), local_(local), options_(o), time_(time), log_(log), uses_(local, local_families::usage, log) {}

result<std::unique_ptr<bookkeeper>> bookkeeper::open(registry& tokens, database& local, const options& o, const clock& time, log_sink& log) {
    std::unique_ptr<bookkeeper> made(new bookkeeper(tokens, local, o, time, log));
    auto denials = denial_log::open(local, local_families::denials, o.keys.denials, [&tokens](atom a) { return tokens.atoms().text(a); }, log);
    if (!denials) return denials.error();
    made->denials_ = std::move(*denials);
    made->logs_ = {changes_log(tokens, o.keys.changes), made->denials_->as_log()};
    made->keeper_.emplace(made->logs_, log);
    if (auto begun = made->keeper_->begin(time.now()); !begun) return begun.error();
    return made;
}

void bookkeeper::start() {
    started_ = true;
    ending_ = false;
    keeper_->say_heads("start");
    announce_expiries();
    thread_ = std::thread([this] { run(); });
}

void bookkeeper::stop() {
    if (!started_) return;
    started_ = false;
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    wake_.notify_all();
    thread_.join();
    uses_.write_pending();
    denials_->write_pending();
    keeper_->say_heads("stop");
}

void bookkeeper::look_after(bool hourly) {
    const std::lock_guard turn(turn_);
    uses_.write_pending();
    denials_->write_pending();
    const auto before = options_.retention ? std::optional(time_.settled() + -*options_.retention) : std::nullopt;
    if (auto tidied = keeper_->tidy(time_.now(), before); !tidied) log_.warn("the audit log could not be tidied", {{"why", tidied.error().what}});
    announce_expiries();
    if (!hourly) return;
    keeper_->say_heads("hourly");
    if (each_hour_) each_hour_();
}

result<void> bookkeeper::resume() {
    if (auto done = denials_->reopened(); !done) return done;
    start();
    return {};
}

void bookkeeper::run() {
    for (int n = 1;; ++n) {
        {
            std::unique_lock lock(mutex_);
            if (wake_.wait_for(lock, beat, [this] { return ending_; })) return;
        }
        recover();
        if (n % beats_a_writing == 0) uses_.write_pending();
        if (n % beats_a_minute == 0) write_out();
        if (n % beats_a_round == 0) look_after(n / beats_a_round % rounds_an_hour == 0);
    }
}

// What a kill leaves for the next start to read is of the last minute.
void bookkeeper::write_out() {
    if (auto done = tokens_.write_out(); !done) log_.warn("the store's tables could not be written", {{"why", done.error().what}});
}

// Reads go on for as long as the disk is ill, so nothing is closed before it takes writes again.
void bookkeeper::recover() {
    if (auto done = tokens_.recover(); !done) log_.warn("the store does not recover yet", {{"why", done.error().what}});
    if (!local_.needs_reopening() || !local_.try_disk()) return;
    local_.close();
    if (auto done = local_.reopen(); !done) log_.warn("the store does not recover yet", {{"why", done.error().what}});
}

}  // namespace tollgate
