#include "app/server_impl.hpp"
#include "tollgate/codec/text.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <limits>

namespace tollgate {
namespace {

constexpr std::chrono::seconds patience{10};

std::string text_of(const digest& d) { return hex(d.bytes); }

// A write of this process into the database that another has open.
result<void> pass_write(const descriptor_channel& to, std::string_view operations) {
    const auto file = memory_file(operations);
    if (!file) return file.error();
    const int fd = *file;
    auto sent = to.send("write", {&fd, 1});
    ::close(fd);
    return sent;
}

}  // namespace

const std::vector<listening_set>& server::sockets() const noexcept { return impl_->sockets; }

void server::hold() {
    const auto arrived = std::make_shared<arrivals>(impl_->workers.size());
    for (auto& w : impl_->workers) w->hold([arrived] { arrived->one(); });
    if (!arrived->wait_all(patience)) impl_->log.warn("a thread does not answer");
}

std::size_t server::undecided() {
    struct tally {
        explicit tally(std::size_t threads) : arrived(threads) {}
        std::atomic<std::size_t> sum{0};
        arrivals arrived;
    };
    const auto all = std::make_shared<tally>(impl_->workers.size());
    for (auto& w : impl_->workers)
        w->count_undecided([all](std::size_t n) {
            all->sum += n;
            all->arrived.one();
        });
    return all->arrived.wait_all(patience) ? all->sum.load() : std::numeric_limits<std::size_t>::max();
}

// The caches go after the store: whoever judges from then on has to read, and cannot. So does a request that was judged and whose first byte
// has not gone upstream (gateway/forward).
void server::give_up_store(const descriptor_channel& to) {
    auto& i = *impl_;
    i.collect();
    i.books->stop();
    i.time.stop();
    i.local->pass_writes_to([&to](std::string_view operations) { return pass_write(to, operations); });
    i.replays->tell(
        [&](const digest& key, const digest& fingerprint) {
            static_cast<void>(to.send(fmt::format("claim {} {}", text_of(key), text_of(fingerprint))));  // a peer that is gone shows itself
        },
        [&to](const digest& key) { static_cast<void>(to.send(fmt::format("ended {}", text_of(key)))); });
    i.tokens->close();
    i.local->close();
    i.feed.publish_everything();
}

result<void> server::take_store_back() {
    auto& i = *impl_;
    i.local->pass_writes_to(nullptr);
    i.replays->tell_no_more();
    if (auto done = i.tokens->reopen(); !done) return done;
    if (auto done = i.local->reopen(); !done) return done;
    if (auto done = i.books->resume(); !done) return done;
    i.time.start();
    return {};
}

void server::resume() {
    for (auto& w : impl_->workers) w->resume();
}

void server::hand_on(const descriptor_channel& to) {
    auto& i = *impl_;
    i.draining = true;
    i.handed_on = true;
    i.socket_path.clear();
    i.lane = std::make_unique<passing_lane>(to, i.log);
    for (auto& w : i.workers) w->hand_on(*i.lane, i.now()->settings.timeouts.drain);
}

void server::take(passed_connection c) {
    auto& i = *impl_;
    const auto at = i.taken_over.find(c.listener);
    if (at == i.taken_over.end()) return;  // its listener is no longer wanted
    auto& w = at->second.of_data ? i.workers[i.next_taker++ % i.data_threads] : i.workers.back();
    w->take(std::move(c), at->second.as);
}

}  // namespace tollgate
