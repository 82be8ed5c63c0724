// server_impl.hpp - what a running gateway holds. server.cpp starts and ends it; server_reload.cpp makes planes, changes them and tells of them;
// server_hand_over.cpp gives the work to another process.
//
// Threads: the owner's starts and ends it; reload() any but an event loop's, one at a time. Errors: as server.hpp.
#pragma once

#include "app/bookkeeper.hpp"
#include "app/in_force.hpp"
#include "app/kept_clock.hpp"
#include "tollgate/app/server.hpp"
#include "tollgate/codec/text.hpp"
#include "tollgate/control/code_book.hpp"
#include "tollgate/control/management.hpp"
#include "tollgate/control/oauth.hpp"
#include "tollgate/control/pages.hpp"
#include "tollgate/control/session_book.hpp"
#include "tollgate/control/sign_in.hpp"
#include "tollgate/crypto/os_random.hpp"
#include "tollgate/crypto/tls_tickets.hpp"
#include "tollgate/gateway/passing_lane.hpp"
#include "tollgate/gateway/worker.hpp"
#include "tollgate/net/listening.hpp"
#include "tollgate/net/pool_keeper.hpp"
#include "tollgate/telemetry/span_exporter.hpp"

#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace tollgate {

inline constexpr std::chrono::seconds spans_at_the_end{2};  // for what is left to be exported

inline std::string random_name(random_source& random) {
    std::array<std::uint8_t, 16> bytes{};
    random.fill(bytes);
    return hex(bytes);
}

// Threads that answer, and one that waits for all of them, but not for ever.
class arrivals {
 public:
    explicit arrivals(std::size_t all) : left_(all), told_(all_.get_future()) {}
    void one() {
        if (--left_ == 0) all_.set_value();
    }
    bool wait_all(std::chrono::seconds patience) { return told_.wait_for(patience) == std::future_status::ready; }

 private:
    std::atomic<std::size_t> left_;
    std::promise<void> all_;
    std::future<void> told_;
};

// Members are in the order of their lives: what is used outlives what uses it.
struct server::impl {
    static constexpr std::size_t nobodys_number = ~std::size_t{0};
    impl(const config& c, class clock& t, log_sink& l, surroundings around, std::size_t threads)
        : settings(c),
          time(t, c.store.path + "/local/clock", l),
          log(l),
          manager(around.manager != nullptr ? *around.manager : nobody),
          inherited(around.inherited),
          upgrade(std::move(around.upgrade)),
          resolve(std::move(around.resolve)),
          data_threads(threads),
          feed(threads + 1) {}
    ~impl() {
        drain();
        wait();
        keeper.reset();  // it calls names_changed()
    }

    result<void> open(problem_list& problems);
    result<void> prepare_issuing(const rulebook& rules);
    result<void> listen();
    result<listening_set> sockets_of(const listener_config& wish, std::size_t copies);
    result<listening_set> operators_socket();
    result<std::string> add_listener(listening_set set, listener_settings as, bool of_data);
    result<std::optional<session_standing>> session_of(std::string_view text);
    void launch();
    // Another plane, by what `next` says.
    struct planes {
        std::shared_ptr<const plane> data, management;
    };
    result<planes> make_planes(const in_force& next);
    result<void> reload(problem_list& problems);
    result<void> take_up(problem_list& problems);
    [[nodiscard]] std::shared_ptr<const in_force> now() const {
        const std::lock_guard lock(current_mutex);
        return current;
    }
    [[nodiscard]] pool_keeper::board_list boards_now() const {
        const std::lock_guard lock(current_mutex);
        return boards;
    }
    [[nodiscard]] static pool_keeper::board_list boards_of(const plane& p) {
        pool_keeper::board_list out;
        for (const auto& pool : p.pools) out.push_back(pool.board);
        return out;
    }
    [[nodiscard]] std::shared_ptr<const rulebook> book() const { return now()->built.book; }
    [[nodiscard]] numbering numbers() {
        return {[this](std::string_view text) { return tokens->number_of(text); },
            [this](std::string_view of, std::string_view scope) { return tokens->scope_number_of(of, scope); }};
    }
    [[nodiscard]] tls_needs tls() const { return {time.now(), tickets, upstream_report}; }
    [[nodiscard]] std::string summary() const;
    // Says which servers begin without an address.
    void say_homeless() const;
    void names_changed();
    // Says which certificates are near their end.
    void say_ends(const tls_setup& of);
    // Brings in what the threads have counted. Blocking threads only.
    void collect();
    void drain() {
        if (draining.exchange(true)) return;
        for (auto& w : workers) w->drain(now()->settings.timeouts.drain);
    }
    void wait() {
        for (auto& t : threads)
            if (t.joinable()) t.join();
        lane.reset();  // once everything is on its way
        spans.stop(spans_at_the_end);
        if (books) books->stop();
        if (handed_on) {
            books->uses().write_pending();  // of what was under way
            local->pass_writes_to(nullptr);
            replays->tell_no_more();
        }
        time.stop();
        if (!socket_path.empty()) ::unlink(std::exchange(socket_path, {}).c_str());
    }
    [[nodiscard]] readiness ready() const;
    [[nodiscard]] std::string metrics() const;

    const config settings;  // at the start; what a reload may change is in now()->settings
    kept_clock time;
    log_sink& log;
    service_manager nobody;
    service_manager& manager;
    inheritance* inherited;
    const std::function<result<upgraded>()> upgrade;
    const name_resolver resolve;
    std::size_t data_threads;
    change_feed feed;
    os_random random;
    span_exporter spans{log, random};
    const std::string instance = random_name(random);  // of this process, for collectors
    std::unique_ptr<registry> tokens;
    std::unique_ptr<database> local;
    std::unique_ptr<replay_book> replays;
    std::unique_ptr<bookkeeper> books;
    std::unique_ptr<class sign_in> sign_ins;
    std::unique_ptr<code_book> codes;
    std::unique_ptr<session_book> sessions;
    session_source cookies;
    issue_counts issued;
    std::shared_ptr<tls_tickets> tickets = std::make_shared<tls_tickets>(random);
    std::shared_ptr<upstream_tls_report> upstream_report = std::make_shared<upstream_tls_report>(log, time);
    unsigned hours = 0;  // of the bookkeeper's thread
    mutable std::mutex current_mutex;
    std::shared_ptr<const in_force> current;
    pool_keeper::board_list boards;  // of its pools
    std::mutex one_reload;
    std::atomic<bool> reload_worked{true};
    std::atomic<std::int64_t> taken_up_us{0};
    operation_table operations;
    std::unique_ptr<access_log> requests, no_requests;
    std::unique_ptr<blocking_pool> blocking;
    spare_descriptors spares;
    address_table callers;
    std::unique_ptr<rate_table> rates;  // made when the first API has a limit, and kept then
    std::unique_ptr<pool_keeper> keeper;
    std::unique_ptr<passing_lane> lane;  // to the process that takes over
    std::vector<std::unique_ptr<worker>> workers;  // the last one is the management plane's
    std::vector<std::thread> threads;
    std::vector<std::string> addresses;
    std::string management_address, socket_path;
    std::vector<listening_set> sockets;  // what the workers listen on; theirs to close
    struct passed_listener {
        listener_settings as;
        bool of_data = false;
    };
    std::map<std::size_t, passed_listener> taken_over;  // by the number that the process before this one gave it
    std::size_t next_taker = 0;
    bool handed_on = false;
    std::atomic<std::size_t> running{0};
    std::atomic<bool> draining{false};
};

}  // namespace tollgate
