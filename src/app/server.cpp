#include "tollgate/app/server.hpp"

#include "app/audit_keys.hpp"
#include "app/bookkeeper.hpp"
#include "app/kept_clock.hpp"
#include "tollgate/app/build_rulebook.hpp"
#include "tollgate/app/master_key.hpp"
#include "tollgate/control/authorize.hpp"
#include "tollgate/control/code_book.hpp"
#include "tollgate/control/console_session.hpp"
#include "tollgate/control/management.hpp"
#include "tollgate/control/oauth.hpp"
#include "tollgate/control/pages.hpp"
#include "tollgate/control/session_book.hpp"
#include "tollgate/control/sign_in.hpp"
#include "tollgate/crypto/os_random.hpp"
#include "tollgate/gateway/worker.hpp"
#include "tollgate/net/listening.hpp"
#include "tollgate/registry/authorizations.hpp"
#include "tollgate/store/local_database.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <future>
#include <thread>

namespace tollgate {
namespace {

constexpr std::size_t kBlockingThreads = 8, kBlockingQueue = 4096;

result<int> open_access_log(const access_log_config& c) {
    if (c.to == access_log_config::kind::off) return -1;
    if (c.to == access_log_config::kind::standard_output) return STDOUT_FILENO;
    const int fd = ::open(c.path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
    if (fd < 0) return failure{errc::io, "the access log " + c.path + " cannot be opened: " + std::strerror(errno)};
    return fd;
}

// Each server of the configuration by its address; names are resolved here, once.
result<std::vector<upstream_pool_settings>> resolve_pools(const std::vector<pool_config>& from) {
    std::vector<upstream_pool_settings> pools;
    for (const auto& p : from) {
        upstream_pool_settings settings{p.name, {}, p.host};
        for (const auto& s : p.servers) {
            std::string why;
            const auto found = resolve_server("http://" + s.text(), why);
            if (found.empty()) return failure{errc::invalid, "the upstream server " + s.text() + " of " + p.name + ": " + why};
            settings.servers.insert(settings.servers.end(), found.begin(), found.end());
        }
        pools.push_back(std::move(settings));
    }
    return pools;
}

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

}  // namespace

// Members are in the order of their lives: what is used outlives what uses it.
struct server::impl {
    impl(const config& c, class clock& t, log_sink& l, std::size_t threads)
        : settings(c), time(t, c.store.path + "/local/clock", l), log(l), data_threads(threads), feed(threads + 1) {}
    ~impl() {
        drain();
        wait();
    }

    result<void> open(problem_list& problems);
    result<void> prepare_issuing();
    result<void> listen();
    result<std::optional<session_standing>> session_of(std::string_view text);
    void launch();
    // Brings in what the threads have counted. Blocking threads only.
    void collect();
    void drain() {
        if (draining.exchange(true)) return;
        for (auto& w : workers) w->drain(settings.timeouts.drain);
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

    config settings;
    kept_clock time;
    log_sink& log;
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
    built_rulebook built;
    issue_counts issued;
    operation_table operations;
    std::unique_ptr<access_log> requests, no_requests;
    std::unique_ptr<blocking_pool> blocking;
    std::unique_ptr<rate_table> rates;  // where some API has a limit
    std::unique_ptr<plane> data, management;
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

    const numbering numbers{[this](std::string_view text) { return tokens->number_of(text); },
        [this](std::string_view of, std::string_view scope) { return tokens->scope_number_of(of, scope); }};
    auto book = build_rulebook(settings, numbers, problems);
    if (!book) return failure{errc::invalid, "the configuration has problems"};
    built = std::move(*book);
    if (auto ready_to_issue = prepare_issuing(); !ready_to_issue) return ready_to_issue;
    std::vector<std::string> names;
    for (const auto& a : built.book->apis()) names.push_back(a->name);
    books->watch(std::move(names));

    auto pools = resolve_pools(built.pools);
    if (!pools) return pools.error();
    auto log_fd = open_access_log(settings.access_log);
    if (!log_fd) return log_fd.error();
    requests = std::make_unique<access_log>(*log_fd, settings.access_log.to == access_log_config::kind::file, log);
    no_requests = std::make_unique<access_log>(-1, false, log);
    blocking = std::make_unique<blocking_pool>(kBlockingThreads, kBlockingQueue);

    operations = make_operations(*tokens, [this] { return built.book; }, time, {books->logs(), &books->uses(), [this] { collect(); }},
        {[this] { return time.look(); }, [this] { time.accept(); }}, {sign_ins.get(), sessions.get(), !settings.keys.master.empty()});
    add_oauth(operations, {*tokens, time, random, log, issued, sign_ins.get(), codes.get()});
    add_pages(operations, {[this] { return metrics(); }, [this] { return ready(); }});
    add_authorize(operations, {*tokens, time, random, *sign_ins, *sessions, *codes});
    cookies = {has_console_session, [this](std::string_view text) { return session_of(text); }};
    add_console(operations, random, built.words);
    if (is_rate_limited(*built.book)) rates = std::make_unique<rate_table>(bounds::rate_cells);
    const auto& l = settings.limits;
    data.reset(new plane{*built.book, *tokens, operations, *blocking, time, log, *requests, std::move(*pools),
        {l.head_bytes, l.headers, l.target_bytes}, l.body_bytes, std::max<std::size_t>(1, l.connections / data_threads),
        timeouts_of(settings.timeouts), nullptr, settings.trusted_proxies, rates.get(), replays.get(), &books->uses(), &books->denials()});
    management.reset(new plane{*built.book, *tokens, operations, *blocking, time, log, *no_requests, {}, {}, bounds::operation_body_bytes, 256,
        timeouts_of(settings.timeouts), built.book->by_name(builtin_api_name), settings.trusted_proxies, nullptr, replays.get(), &books->uses(),
        &books->denials(), &cookies});
    return {};
}

// The first key that signs access tokens is made where an API issues some.
result<void> server::impl::prepare_issuing() {
    tokens->macs().set_rules(*built.book);
    if (!std::ranges::any_of(built.book->apis(), [](const auto& of) { return of->rules.oauth.enabled(); })) return {};
    return authorization_book(*tokens).ensure_key({"tollgate", "start"});
}

// A console session as a grant of the built-in API.
result<std::optional<session_standing>> server::impl::session_of(std::string_view text) {
    const api& builtin = *built.book->by_name(builtin_api_name);
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
    for (std::size_t i = 0; i < data_threads; ++i) workers.push_back(std::make_unique<worker>(*data, feed, i));
    workers.push_back(std::make_unique<worker>(*management, feed, data_threads));
    for (const auto& wish : settings.listeners) {
        auto bound = listen_tcp(wish.address, wish.port, data_threads);
        if (!bound) return bound.error();
        for (std::size_t i = 0; i < data_threads; ++i) workers[i]->listen({bound->descriptors[i], wish.treat_as_secure, false, wish.proxy_protocol});
        addresses.push_back(bound->address);
    }
    const auto& m = settings.management;
    auto pages = listen_tcp(m.listener.address, m.listener.port, 1);
    if (!pages) return pages.error();
    management_address = pages->address;
    workers.back()->listen({pages->descriptors.front(), m.listener.treat_as_secure, false});
    auto socket = listen_unix(m.socket);
    if (!socket) return socket.error();
    socket_path = m.socket;
    workers.back()->listen({socket->descriptors.front(), true, true});
    return {};
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
    constexpr std::chrono::seconds patience{1};
    const auto left = std::make_shared<std::atomic<std::size_t>>(workers.size());
    const auto all = std::make_shared<std::promise<void>>();
    auto told = all->get_future();
    for (auto& w : workers)
        w->collect([left, all] {
            if (--*left == 0) all->set_value();
        });
    if (running == workers.size()) told.wait_for(patience);
    books->uses().write_pending();
    books->denials().write_pending();
}

readiness server::impl::ready() const {
    readiness now;
    if (!tokens->is_open()) now.why += "the store is closed\n";
    if (draining) now.why += "draining\n";
    std::uint64_t up = built.pools.empty() ? 1 : 0;
    for (const auto& w : workers) up += w->counters().pools_up.get();
    if (up == 0) now.why += "no upstream is up\n";
    now.ready = now.why.empty();
    return now;
}

std::string server::impl::metrics() const {
    std::vector<const thread_counters*> all;
    for (const auto& w : workers) all.push_back(&w->counters());
    const auto clock = time.look();
    return write_metrics(*built.book, all,
               {requests->dropped_buffers(), tokens->is_open(), books->tokens_expiring(), books->uses().dropped(), books->denials().dropped(),
                   clock.now - clock.system, clock.now - clock.settled, time.steps_forward(), time.steps_back()}) +
        issued.metrics();
}

server::server(std::unique_ptr<impl> i) : impl_(std::move(i)) {}
server::~server() = default;

result<std::unique_ptr<server>> server::start(const config& settings, class clock& time, log_sink& log, problem_list& problems) {
    const std::size_t threads = settings.threads != 0 ? settings.threads : std::max(1u, std::thread::hardware_concurrency());
    auto made = std::make_unique<impl>(settings, time, log, threads);
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
const rulebook& server::rules() const noexcept { return *impl_->built.book; }
void server::look_after(bool hourly) {
    impl_->collect();
    impl_->time.tick();
    impl_->books->look_after(hourly);
}
void server::drain() { impl_->drain(); }
void server::wait() { impl_->wait(); }
bool server::ended() const noexcept { return impl_->running == 0; }

}  // namespace tollgate
