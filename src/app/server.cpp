#include "tollgate/app/server.hpp"

#include "app/audit_keys.hpp"
#include "app/bookkeeper.hpp"
#include "app/in_force.hpp"
#include "app/kept_clock.hpp"
#include "tollgate/app/build_rulebook.hpp"
#include "tollgate/app/master_key.hpp"
#include "tollgate/control/authorize.hpp"
#include "tollgate/control/code_book.hpp"
#include "tollgate/control/console_session.hpp"
#include "tollgate/control/management.hpp"
#include "tollgate/control/oauth.hpp"
#include "tollgate/control/pages.hpp"
#include "tollgate/control/reload_desk.hpp"
#include "tollgate/control/session_book.hpp"
#include "tollgate/control/sign_in.hpp"
#include "tollgate/crypto/os_random.hpp"
#include "tollgate/gateway/worker.hpp"
#include "tollgate/net/listening.hpp"
#include "tollgate/registry/authorizations.hpp"
#include "tollgate/store/local_database.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <mutex>
#include <thread>

namespace tollgate {
namespace {

constexpr std::size_t kBlockingThreads = 8, kBlockingQueue = 4096;

// Without a configured master only the management API keeps answers, and those as long as the process runs.
result<secret> passing_key(random_source& random) {
    std::string key(32, '\0');
    random.fill({reinterpret_cast<std::uint8_t*>(key.data()), key.size()});
    return secret(std::move(key));
}

gateway_timeouts timeouts_of(const timeouts_config& t) {
    return {t.head, t.body_idle, t.keep_alive, t.connect, t.first_byte, t.response_idle, t.total};
}

bool is_rate_limited(const rulebook& book) {
    return std::ranges::any_of(book.apis(), [](const auto& of) {
        return of->rules.rate.allowed.limited() || std::ranges::any_of(of->routes.routes(), [](const route& r) { return r.rate.limited(); });
    });
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

}  // namespace

// Members are in the order of their lives: what is used outlives what uses it.
struct server::impl {
    impl(const config& c, class clock& t, log_sink& l, service_manager* m, std::size_t threads)
        : settings(c),
          time(t, c.store.path + "/local/clock", l),
          log(l),
          manager(m != nullptr ? *m : nobody),
          data_threads(threads),
          feed(threads + 1) {}
    ~impl() {
        drain();
        wait();
    }

    result<void> open(problem_list& problems);
    result<void> prepare_issuing(const rulebook& rules);
    result<void> listen();
    result<listening> listen_on(const listener_config& wish, std::size_t copies);
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
    [[nodiscard]] std::shared_ptr<const rulebook> book() const { return now()->built.book; }
    [[nodiscard]] numbering numbers() {
        return {[this](std::string_view text) { return tokens->number_of(text); },
            [this](std::string_view of, std::string_view scope) { return tokens->scope_number_of(of, scope); }};
    }
    // Brings in what the threads have counted. Blocking threads only.
    void collect();
    void drain() {
        if (draining.exchange(true)) return;
        for (auto& w : workers) w->drain(now()->settings.timeouts.drain);
    }
    void wait() {
        for (auto& t : threads)
            if (t.joinable()) t.join();
        if (books) books->stop();
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
    std::size_t data_threads;
    change_feed feed;
    os_random random;
    std::unique_ptr<registry> tokens;
    std::unique_ptr<database> local;
    std::unique_ptr<replay_book> replays;
    std::unique_ptr<bookkeeper> books;
    std::unique_ptr<class sign_in> sign_ins;
    std::unique_ptr<code_book> codes;
    std::unique_ptr<session_book> sessions;
    session_source cookies;
    issue_counts issued;
    mutable std::mutex current_mutex;
    std::shared_ptr<const in_force> current;
    std::mutex one_reload;
    std::atomic<bool> reload_worked{true};
    std::atomic<std::int64_t> taken_up_us{0};
    operation_table operations;
    std::unique_ptr<access_log> requests, no_requests;
    std::unique_ptr<blocking_pool> blocking;
    std::unique_ptr<rate_table> rates;  // made when the first API has a limit, and kept then
    std::vector<std::unique_ptr<worker>> workers;  // the last one is the management plane's
    std::vector<std::thread> threads;
    std::vector<std::string> addresses;
    std::string management_address, socket_path;
    std::atomic<std::size_t> running{0};
    std::atomic<bool> draining{false};
};

result<void> server::impl::open(problem_list& problems) {
    const auto links = read_audit_keys(settings.keys.master);
    if (!links) return links.error();
    auto issuing = settings.keys.master.empty() ? result<secret>(secret()) : read_master_key(settings.keys.master);
    if (!issuing) return issuing.error();
    auto opened = registry::open({settings.store.path, settings.store.cache_bytes, links->changes, std::move(*issuing)}, {time, random, log, feed});
    if (!opened) return opened.error();
    tokens = std::move(*opened);
    auto beside = open_local(settings.store.path, std::max<std::size_t>(settings.store.cache_bytes / 8, 1 << 20), time, log);
    if (!beside) return beside.error();
    local = std::move(*beside);
    auto master = settings.keys.master.empty() ? passing_key(random) : read_master_key(settings.keys.master);
    if (!master) return master.error();
    sign_ins = std::make_unique<class sign_in>(sign_in::dependencies{*tokens, time, random, log}, *master);
    codes = std::make_unique<code_book>(time, random);
    sessions = std::make_unique<session_book>(*local, *tokens, time, random);
    replays.reset(new replay_book({*local, time, random, log}, std::move(*master)));
    const std::chrono::microseconds retention = settings.audit.retention;
    auto books_opened = bookkeeper::open(*tokens, *local, {*links, retention.count() == 0 ? std::nullopt : std::optional(retention)}, time, log);
    if (!books_opened) return books_opened.error();
    books = std::move(*books_opened);

    auto first = make_in_force(settings, numbers(), problems);
    if (!first) return first.error();
    current = *first;
    books->watch(current->api_names());
    if (auto ready_to_issue = prepare_issuing(*current->built.book); !ready_to_issue) return ready_to_issue;

    auto log_fd = open_access_log(settings.access_log);
    if (!log_fd) return log_fd.error();
    requests = std::make_unique<access_log>(*log_fd, settings.access_log.to == access_log_config::kind::file, log);
    no_requests = std::make_unique<access_log>(-1, false, log);
    blocking = std::make_unique<blocking_pool>(kBlockingThreads, kBlockingQueue);

    operations = make_operations(*tokens, [this] { return book(); }, time, {books->logs(), &books->uses(), [this] { collect(); }},
        {[this] { return time.look(); }, [this] { time.accept(); }}, {sign_ins.get(), sessions.get(), !settings.keys.master.empty()});
    add_oauth(operations, {*tokens, time, random, log, issued, sign_ins.get(), codes.get()});
    add_pages(operations, {[this] { return metrics(); }, [this] { return ready(); }});
    add_authorize(operations, {*tokens, time, random, *sign_ins, *sessions, *codes});
    cookies = {has_console_session, [this](std::string_view text) { return session_of(text); }};
    add_console(operations, random);
    add_reload(operations, *tokens, time, {[this](problem_list& p) { return reload(p); }, [this] { return now()->summary(); }});
    auto made = make_planes(*current);
    if (!made) return made.error();
    auto counted = std::make_shared<in_force>(*current);
    for (std::size_t i = 0; i <= data_threads; ++i) {
        counted->counts.push_back(make_api_counters(*counted->built.book));
        workers.push_back(std::make_unique<worker>(i < data_threads ? made->data : made->management, counted->counts.back(), feed, i));
    }
    current = std::move(counted);
    taken_up_us = time.now().us;
    return {};
}

result<server::impl::planes> server::impl::make_planes(const in_force& next) {
    auto pools = resolve_pools(next.built.pools);
    if (!pools) return pools.error();
    if (!rates && is_rate_limited(*next.built.book)) rates = std::make_unique<rate_table>(bounds::rate_cells);
    const auto& s = next.settings;
    const auto& l = s.limits;
    const auto& rules = *next.built.book;
    return planes{
        std::shared_ptr<const plane>(new plane{rules, *tokens, operations, *blocking, time, log, *requests, std::move(*pools),
            {l.head_bytes, l.headers, l.target_bytes}, l.body_bytes, std::max<std::size_t>(1, l.connections / data_threads), timeouts_of(s.timeouts),
            nullptr, s.trusted_proxies, rates.get(), replays.get(), &books->uses(), &books->denials(), next.built.book}),
        std::shared_ptr<const plane>(new plane{rules, *tokens, operations, *blocking, time, log, *no_requests, {}, {}, bounds::operation_body_bytes,
            256, timeouts_of(s.timeouts), rules.by_name(builtin_api_name), s.trusted_proxies, nullptr, replays.get(), &books->uses(),
            &books->denials(), next.built.book, &cookies})};
}

// The first key that signs access tokens is made where an API issues some.
result<void> server::impl::prepare_issuing(const rulebook& rules) {
    if (std::ranges::any_of(rules.apis(), [](const auto& of) { return of->rules.oauth.enabled(); })) {
        if (auto there = authorization_book(*tokens).ensure_key({"tollgate", "start"}); !there) return there;
    }
    tokens->macs().set_rules(rules);
    return {};
}

// A console session as a grant of the built-in API.
result<std::optional<session_standing>> server::impl::session_of(std::string_view text) {
    const auto rules = book();
    const api& builtin = *rules->by_name(builtin_api_name);
    auto found = find_console_session(*sessions, builtin, text);
    if (!found)
        return found.error().kind == errc::not_found ? std::optional<session_standing>() : result<std::optional<session_standing>>(found.error());
    const auto tenant = tokens->number_of(found->who.tenant);
    if (!tenant) return tenant.error();
    session_standing out;
    out.user = found->who.id;
    out.may.id = token_id::parse(found->who.id, token_id::user_prefix).value_or(token_id{});
    out.may.api = builtin.number;
    out.may.environment = builtin.environments.front().number;
    out.may.tenant = *tenant;
    out.may.epoch = found->who.epoch;
    out.may.state = token_state::active;
    out.may.second_factor = found->assurance > 1;
    for (const auto& name : found->scopes)
        if (const auto number = builtin.scope(name)) out.may.scopes.add(*number);
    return std::optional(std::move(out));
}

result<void> server::impl::listen() {
    for (const auto& wish : settings.listeners) {
        auto bound = listen_on(wish, data_threads);
        if (!bound) return bound.error();
        for (std::size_t i = 0; i < data_threads; ++i) workers[i]->listen({bound->descriptors[i], wish.treat_as_secure, false, wish.proxy_protocol});
        addresses.push_back(bound->address);
    }
    const auto& m = settings.management;
    auto pages = listen_on(m.listener, 1);
    if (!pages) return pages.error();
    management_address = pages->address;
    workers.back()->listen({pages->descriptors.front(), m.listener.treat_as_secure, false});
    const int handed_over = manager.take_socket(m.socket);
    auto socket = handed_over >= 0 ? share_listening(handed_over, m.socket, 1) : listen_unix(m.socket);
    if (!socket) return socket.error();
    if (handed_over < 0) socket_path = m.socket;
    workers.back()->listen({socket->descriptors.front(), true, true});
    const auto left = manager.left_sockets();
    if (!left.empty())
        return failure{errc::invalid,
            fmt::format("{} was handed over, and no listener of the configuration has this address: name it there, or take "
                        "it from the socket unit",
                left.front())};
    return {};
}

// Behind a socket that was handed over, all threads share one queue.
result<listening> server::impl::listen_on(const listener_config& wish, std::size_t copies) {
    const bool six = wish.address.find(':') != std::string::npos;
    const auto address = fmt::format("{}{}{}:{}", six ? "[" : "", wish.address, six ? "]" : "", wish.port);
    const int handed_over = manager.take_socket(address);
    return handed_over >= 0 ? share_listening(handed_over, address, copies) : listen_tcp(wish.address, wish.port, copies);
}

void server::impl::launch() {
    time.start();
    books->start();
    running = workers.size();
    for (auto& w : workers)
        threads.emplace_back([this, &w = *w] {
            w.run();
            --running;
        });
}

// A thread that has ended has handed over already; one that is about to may not answer: that is why the wait ends.
void server::impl::collect() {
    const auto arrived = std::make_shared<arrivals>(workers.size());
    for (auto& w : workers) w->collect([arrived] { arrived->one(); });
    if (running == workers.size()) arrived->wait_all(std::chrono::seconds(1));
    books->uses().write_pending();
    books->denials().write_pending();
}

result<void> server::impl::reload(problem_list& problems) {
    const std::lock_guard one(one_reload);
    if (draining) return failure{errc::wrong_state, "the gateway is ending"};
    manager.reloading(time.ticks());
    auto done = take_up(problems);
    reload_worked = done.has_value();
    if (done) {
        log.info("reloaded", {{"config", settings.file}, {"now", now()->summary()}});
        manager.ready(now()->summary());
    } else {
        log.error("the reload failed, and what was in force stays", {{"why", done.error().what}});
        manager.ready("Reload failed, and what was in force stays: " + done.error().what);
    }
    return done;
}

// Nothing is changed before everything that may fail has been done.
result<void> server::impl::take_up(problem_list& problems) {
    const auto before = now();
    auto next = read_again(before->settings, numbers(), problems);
    if (!next) return next.error();
    const auto made = make_planes(**next);
    if (!made) return made.error();
    const auto log_fd = open_access_log((*next)->settings.access_log);
    if (!log_fd) return log_fd.error();
    const auto& book = *(*next)->built.book;
    if (auto ready_to_issue = prepare_issuing(book); !ready_to_issue) return ready_to_issue;
    if ((*next)->settings.access_log.to == access_log_config::kind::file) requests->reopen(*log_fd);

    for (const auto& counts : before->counts) (*next)->counts.push_back(make_api_counters(book, before->built.book.get(), counts));
    {
        const std::lock_guard lock(current_mutex);
        current = *next;
    }
    taken_up_us = time.now().us;
    books->watch((*next)->api_names());
    const auto arrived = std::make_shared<arrivals>(workers.size());
    for (std::size_t i = 0; i < workers.size(); ++i)
        workers[i]->adopt(i < data_threads ? made->data : made->management, (*next)->counts[i], [arrived] { arrived->one(); });
    if (running != workers.size() || !arrived->wait_all(std::chrono::seconds(10))) log.warn("a thread has not taken up the new configuration yet");
    return {};
}

readiness server::impl::ready() const {
    readiness now;
    if (!tokens->is_open()) now.why += "the store is closed\n";
    if (draining) now.why += "draining\n";
    std::uint64_t up = this->now()->built.pools.empty() ? 1 : 0;
    for (const auto& w : workers) up += w->counters().pools_up.get();
    if (up == 0) now.why += "no upstream is up\n";
    now.ready = now.why.empty();
    return now;
}

std::string server::impl::metrics() const {
    const auto by = now();
    std::vector<counted_thread> all;
    for (std::size_t i = 0; i < workers.size(); ++i) all.push_back({&workers[i]->counters(), &by->counts[i]});
    const auto clock = time.look();
    auto text = write_metrics(*by->built.book, all,
        {requests->dropped_buffers(), tokens->is_open(), books->tokens_expiring(), books->uses().dropped(), books->denials().dropped(),
            clock.now - clock.system, clock.now - clock.settled, time.steps_forward(), time.steps_back()});
    return text + issued.metrics() +
        fmt::format(
            "# HELP tollgate_config_last_reload_successful 0: the configuration was changed, and could not be taken up.\n"
            "# TYPE tollgate_config_last_reload_successful gauge\ntollgate_config_last_reload_successful {}\n"
            "# HELP tollgate_config_last_reload_success_timestamp_seconds When what is in force was taken up.\n"
            "# TYPE tollgate_config_last_reload_success_timestamp_seconds gauge\n"
            "tollgate_config_last_reload_success_timestamp_seconds {}\n",
            reload_worked ? 1 : 0, static_cast<double>(taken_up_us) / 1e6);
}

server::server(std::unique_ptr<impl> i) : impl_(std::move(i)) {}
server::~server() = default;

result<std::unique_ptr<server>> server::start(
    const config& settings, class clock& time, log_sink& log, problem_list& problems, service_manager* manager) {
    const std::size_t threads = settings.threads != 0 ? settings.threads : std::max(1u, std::thread::hardware_concurrency());
    auto made = std::make_unique<impl>(settings, time, log, manager, threads);
    if (auto opened = made->open(problems); !opened) return opened.error();
    if (auto bound = made->listen(); !bound) return bound.error();
    made->launch();
    return std::unique_ptr<server>(new server(std::move(made)));
}

const std::vector<std::string>& server::listeners() const noexcept { return impl_->addresses; }
const std::string& server::management() const noexcept { return impl_->management_address; }
registry& server::tokens() noexcept { return *impl_->tokens; }
replay_book& server::replays() noexcept { return *impl_->replays; }
class sign_in& server::sign_ins() noexcept { return *impl_->sign_ins; }
code_book& server::codes() noexcept { return *impl_->codes; }
database& server::local() noexcept { return *impl_->local; }
const rulebook& server::rules() const noexcept { return *impl_->now()->built.book; }
std::string server::summary() const { return impl_->now()->summary(); }
result<void> server::reload(problem_list& problems) { return impl_->reload(problems); }
std::vector<std::uint64_t> server::beats() const {
    std::vector<std::uint64_t> out;
    for (const auto& w : impl_->workers) out.push_back(w->counters().beats.get());
    return out;
}
void server::look_after(bool hourly) {
    impl_->collect();
    impl_->time.tick();
    impl_->books->look_after(hourly);
}
void server::drain() { impl_->drain(); }
void server::wait() { impl_->wait(); }
bool server::ended() const noexcept { return impl_->running == 0; }

}  // namespace tollgate
