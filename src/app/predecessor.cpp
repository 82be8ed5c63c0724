#include "app/predecessor.hpp"

#include "app/audit_keys.hpp"
#include "app/hand_over.hpp"
#include "app/in_force.hpp"
#include "tollgate/app/master_key.hpp"
#include "tollgate/base/bounds.hpp"
#include "tollgate/base/thread_name.hpp"
#include "tollgate/codec/text.hpp"
#include "tollgate/crypto/os_random.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>

namespace tollgate {
namespace {

constexpr std::chrono::seconds patience{120};  // the process before has bounds of its own, below this one
constexpr std::size_t most_write = 2 * bounds::operation_body_bytes;

failure not_understood() { return {errc::invalid, "the process before this one is of a version that cannot hand over to it: restart instead"}; }
failure called_off() { return {errc::unavailable, "the process before this one goes on, or is gone"}; }

template <class T>
std::optional<T> number_of(std::string_view text) {
    T value{};
    const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), value);
    return bad == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

std::optional<digest> digest_of(std::string_view text) {
    const auto bytes = unhex(text);
    digest out;
    if (!bytes || bytes->size() != out.bytes.size()) return std::nullopt;
    std::memcpy(out.bytes.data(), bytes->data(), out.bytes.size());
    return out;
}

std::optional<listening_set> listener_of(descriptor_channel::message& m, std::string_view text) {
    const auto number = number_of<std::size_t>(next_word(text));
    const auto own = number_of<int>(next_word(text));
    if (!number || !own || text.empty() || m.descriptors.empty()) return std::nullopt;
    return listening_set{*number, std::string(text), *own == 1, std::exchange(m.descriptors, {})};
}

failure first_of(const problem_list& problems, const failure& otherwise) {
    for (const auto& p : problems.items())
        if (p.severity == problem::level::error) return {errc::invalid, p.text()};
    return otherwise;
}

}  // namespace

predecessor predecessor::of_environment() {
    const char* const text = std::getenv(hand_over_variable);
    const auto fd = text != nullptr ? number_of<int>(text) : std::nullopt;
    ::unsetenv(hand_over_variable);
    return predecessor(fd ? descriptor_channel(*fd) : descriptor_channel());
}

predecessor::~predecessor() { leave(); }

result<void> predecessor::meet() {
    bool greeted = false;
    for (;;) {
        auto said = channel_.receive(patience);
        if (!said) return said.error();
        if (!*said) return called_off();
        std::string_view text = (*said)->text;
        const auto word = next_word(text);
        if (!greeted) {
            if (word != "hello" || number_of<int>(text) != hand_over_protocol) return not_understood();
            greeted = true;
        } else if (word == "listener") {
            auto set = listener_of(**said, text);
            if (!set) return not_understood();
            sockets_.add(std::move(*set));
        } else if (word == "prepare") {
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
        if ((*said)->text == "yours") return {};
        early_.push_back(std::move(**said));
    }
}

void predecessor::fail(std::string_view why) const {
    const auto text = fmt::format("failed {}", why.substr(0, descriptor_channel::text_bytes / 2));
    if (channel_.is_open()) static_cast<void>(channel_.send(text));  // where it is gone, nobody is to be told
}

void predecessor::serving(server& gateway, log_sink& log) {
    for (auto& m : early_) act(gateway, m, log);
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
        act(gateway, **said, log);
    }
    gateway.replays().expect_no_more();
    following_ = false;
    log.info("the process before this one has ended");
}

void predecessor::act(server& gateway, descriptor_channel::message& m, log_sink& log) {
    if (m.text.starts_with(passed_mark)) {
        if (auto c = read_passed(m)) return gateway.take(std::move(*c));
    } else if (m.text == "write" && !m.descriptors.empty()) {
        const auto operations = read_memory_file(m.descriptors.front(), most_write);
        const auto written = operations ? gateway.local().write_passed(*operations) : result<void>(operations.error());
        if (!written) log.warn("what the process before this one had to write is lost", {{"why", written.error().what}});
        return;
    } else {
        std::string_view text = m.text;
        const auto word = next_word(text);
        const auto key = digest_of(next_word(text));
        const auto fingerprint = digest_of(next_word(text));
        if (word == "claim" && key && fingerprint) return gateway.replays().expect(*key, *fingerprint);
        if (word == "ended" && key) return gateway.replays().has_ended(*key);
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
    if (const auto pools = make_pools((*made)->built.pools, (*made)->tls, 1, {}); !pools) return pools.error();
    if (const auto links = read_audit_keys(settings.keys.master); !links) return links.error();
    if (!settings.keys.master.empty())
        if (const auto master = read_master_key(settings.keys.master); !master) return master.error();
    const auto log_file = open_access_log(settings.access_log);
    if (!log_file) return log_file.error();
    if (settings.access_log.to == access_log_config::kind::file) ::close(*log_file);
    return {};
}

}  // namespace tollgate
