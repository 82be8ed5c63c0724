#include "app/predecessor.hpp"

#include "app/audit_keys.hpp"
#include "app/hand_over.hpp"
#include "app/in_force.hpp"
#include "tollgate/app/master_key.hpp"
#include "tollgate/base/thread_name.hpp"
#include "tollgate/crypto/os_random.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <cstring>

namespace tollgate {
namespace {

constexpr std::chrono::seconds patience{120};  // the process before has bounds of its own, below this one

failure not_understood() { return {errc::invalid, "the process before this one is of a version that cannot hand over to it: restart instead"}; }
failure called_off() { return {errc::unavailable, "the process before this one goes on, or is gone"}; }

failure first_of(const problem_list& problems, const failure& otherwise) {
    for (const auto& p : problems.items())
        if (p.severity == problem::level::error) return {errc::invalid, p.text()};
    return otherwise;
}

}  // namespace

predecessor predecessor::of_environment() {
    const char* const text = std::getenv(hand_over_variable);
    int fd = -1;
    const bool there = text != nullptr && std::from_chars(text, text + std::strlen(text), fd).ec == std::errc();
    ::unsetenv(hand_over_variable);
    return predecessor(there ? descriptor_channel(fd) : descriptor_channel());
}

predecessor::~predecessor() { leave(); }

result<void> predecessor::meet() {
    bool greeted = false;
    for (;;) {
        auto said = channel_.receive(patience);
        if (!said) return said.error();
        if (!*said) return called_off();
        auto word = read_word(**said);
        if (!greeted) {
            const auto* const hello = std::get_if<said_hello>(&word);
            if (hello == nullptr || hello->protocol != hand_over_protocol) return not_understood();
            greeted = true;
        } else if (auto* const set = std::get_if<listening_set>(&word)) {
            sockets_.add(std::move(*set));
        } else if (std::holds_alternative<said_prepare>(word)) {
            return {};
        } else {
            return not_understood();
        }
    }
}

result<void> predecessor::await_store() {
    if (auto told = channel_.send("ready"); !told) return told;
    for (;;) {
        auto said = channel_.receive(patience);
        if (!said) return said.error();
        if (!*said) return called_off();
        auto word = read_word(**said);
        if (std::holds_alternative<said_yours>(word)) return {};
        early_.push_back(std::move(word));
    }
}

void predecessor::fail(std::string_view why) const {
    const auto text = fmt::format("failed {}", why.substr(0, descriptor_channel::text_bytes / 2));
    if (channel_.is_open()) static_cast<void>(channel_.send(text));  // where it is gone, nobody is to be told
}

void predecessor::serving(server& gateway, log_sink& log) {
    for (auto& word : early_) act(gateway, word, log);
    early_.clear();
    sockets_.close();
    const auto told = channel_.send(fmt::format("serving {}", gateway.summary()));
    if (!told) log.warn("the process before this one is gone", {{"why", told.error().what}});
    following_ = true;
    thread_ = std::thread([this, &gateway, &log] {
        name_this_thread("predecessor");
        follow(gateway, log);
    });
}

void predecessor::follow(server& gateway, log_sink& log) {
    for (;;) {
        auto said = channel_.receive();
        if (!said) log.warn("the process before this one is not understood", {{"why", said.error().what}});
        if (!said || !*said) break;
        auto word = read_word(**said);
        act(gateway, word, log);
    }
    gateway.replays().expect_no_more();
    following_ = false;
    log.info("the process before this one has ended");
}

void predecessor::act(server& gateway, hand_over_word& word, log_sink& log) {
    if (auto* const c = std::get_if<passed_connection>(&word)) return gateway.take(std::move(*c));
    if (const auto* const claim = std::get_if<said_claim>(&word)) return gateway.replays().expect(claim->key, claim->fingerprint);
    if (const auto* const claim = std::get_if<said_ended>(&word)) return gateway.replays().has_ended(claim->key);
    if (const auto* const write = std::get_if<said_write>(&word)) {
        const auto written = write->operations ? gateway.local().write_passed(*write->operations) : result<void>(write->operations.error());
        if (!written) log.warn("what the process before this one had to write is lost", {{"why", written.error().what}});
        return;
    }
    if (auto* const set = std::get_if<listening_set>(&word)) {  // too late: nobody would accept on it
        inheritance late;
        late.add(std::move(*set));
        late.close();
    }
    log.warn("the process before this one says what is not understood");
}

void predecessor::leave() {
    channel_.end();
    if (thread_.joinable()) thread_.join();
}

result<void> rehearse(const config& settings, const clock& time, problem_list& problems) {
    os_random random;
    const auto made = make_in_force(settings, counting_numbering(), {time.now(), std::make_shared<tls_tickets>(random), nullptr}, problems);
    if (!made) return first_of(problems, made.error());
    if (const auto pools = make_pools((*made)->built.pools, (*made)->tls, 1, {}, unresolved::is_an_error); !pools) return pools.error();
    if (const auto links = read_audit_keys(settings.keys.master); !links) return links.error();
    if (!settings.keys.master.empty())
        if (const auto master = read_master_key(settings.keys.master); !master) return master.error();
    const auto log_file = open_access_log(settings.access_log);
    if (!log_file) return log_file.error();
    if (settings.access_log.to == access_log_config::kind::file) ::close(*log_file);
    return {};
}

}  // namespace tollgate
