// predecessor.hpp - the process that this one takes over from, as far as it is heard. The words: app/hand_over.hpp.
//
// Threads: main's, until serving(); from then on one of its own takes what comes. Lifetime: ends before the server that it was given.
// Errors: invalid (not understood), unavailable (it called the hand-over off); fail() tells it of ours.
#pragma once

#include "app/hand_over_words.hpp"
#include "tollgate/app/inheritance.hpp"
#include "tollgate/app/server.hpp"
#include "tollgate/net/descriptor_channel.hpp"

#include <atomic>
#include <optional>
#include <string_view>
#include <thread>
#include <vector>

namespace tollgate {

class predecessor {
 public:
    // Takes the channel of hand_over_variable, which is gone then; not is_there() where this process was started otherwise.
    static predecessor of_environment();
    predecessor(predecessor&& other) noexcept : channel_(std::move(other.channel_)) {}
    predecessor& operator=(predecessor&&) = delete;
    ~predecessor();

    [[nodiscard]] bool was_there() const noexcept { return channel_.is_open(); }
    // Until it is this process' turn to get ready.
    result<void> meet();
    [[nodiscard]] inheritance& sockets() noexcept { return sockets_; }
    // Everything but the store is good. Until the store is this process'.
    result<void> await_store();
    // Why this process does not take over.
    void fail(std::string_view why) const;
    // This process serves. Connections, and what ends in the process before, go to `gateway` from now on.
    void serving(server& gateway, log_sink& log);
    // It has not ended yet.
    [[nodiscard]] bool is_there() const noexcept { return following_; }
    // Nothing of it is taken any more.
    void leave();

 private:
    explicit predecessor(descriptor_channel channel) : channel_(std::move(channel)) {}
    void follow(server& gateway, log_sink& log);
    static void act(server& gateway, hand_over_word& word, log_sink& log);

    descriptor_channel channel_;
    inheritance sockets_;
    std::vector<hand_over_word> early_;  // before the store was this process'
    std::atomic<bool> following_{false};
    std::thread thread_;
};

// Everything that a start of `settings` needs besides the store, made and thrown away. Errors: what is wrong; `problems` has all of it.
result<void> rehearse(const config& settings, const clock& time, problem_list& problems);

}  // namespace tollgate
