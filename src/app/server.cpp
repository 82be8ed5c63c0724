#include "tollgate/app/server.hpp"

#include "app/audit_keys.hpp"
#include "app/server_impl.hpp"
#include "app/trace_target.hpp"
#include "tollgate/app/build_rulebook.hpp"
#include "tollgate/app/master_key.hpp"
#include "tollgate/base/thread_name.hpp"
#include "tollgate/control/authorize.hpp"
#include "tollgate/control/console_session.hpp"
#include "tollgate/control/portal.hpp"
#include "tollgate/control/reload_desk.hpp"
#include "tollgate/control/upgrade_desk.hpp"
#include "tollgate/store/local_database.hpp"

#include <fmt/format.h>

#include <algorithm>
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

}  // namespace

result<void> server::impl::open(problem_list& problems) {
    const auto links = read_audit_keys(settings.keys.master);
    if (!links) return links.error();
    auto issuing = settings.keys.master.empty() ? result<secret>(secret()) : read_master_key(settings.keys.master);
    if (!issuing) return issuing.error();
    auto opened = registry::open({settings.store.path, settings.store.cache_bytes, links->changes, std::move(*issuing)}, {time, random, log, feed});
    if (!opened) return opened.error();
    tokens = std::move(*opened);
    auto beside = open_local(settings.store.path, std::max<std::size_t>(settings.store.cache_bytes / 8, 1 << 20), time, log, merge_usage);
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

    auto first = make_in_force(settings, numbers(), tls(), problems);
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
    const words_source words = [this](std::string_view of) {
        const auto by = now();
        const auto found = by->built.words.find(of);
        return found == by->built.words.end() ? console_words{} : found->second;
    };
    add_console(operations, random, words);
    add_portal(operations,
        {*tokens, [this] { return book(); }, time, random, {{}, &books->uses(), [this] { collect(); }}, {sign_ins.get(), sessions.get(), false},
            words});
    add_reload(operations, *tokens, time, {[this](problem_list& p) { return reload(p); }, [this] { return summary(); }});
    add_upgrade(operations, *tokens, time, [this]() -> result<upgrade_outcome> {
        if (!upgrade) return failure{errc::wrong_state, "this process cannot hand over to another"};
        const auto done = upgrade();
        if (!done) return done.error();
        return upgrade_outcome{done->process, done->in_force};
    });
    auto made = make_planes(*current);
    if (!made) return made.error();
    const auto target = make_trace_target(*current, instance);
    if (!target) return target.error();
    spans.aim(*target);
    auto counted = std::make_shared<in_force>(*current);
    for (std::size_t i = 0; i <= data_threads; ++i) {
        counted->counts.push_back(make_api_counters(*counted->built.book));
        workers.push_back(std::make_unique<worker>(i < data_threads ? made->data : made->management, counted->counts.back(), feed, i));
    }
    current = std::move(counted);
    say_ends(current->tls);
    boards = boards_of(*made->data);
    say_homeless();
    keeper = std::make_unique<pool_keeper>(time, log, resolve, [this] { names_changed(); });
    keeper->keep(boards);
    taken_up_us = time.now().us;
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
        auto bound = sockets_of(wish, data_threads);
        if (!bound) return bound.error();
        listener_settings as{-1, wish.treat_as_secure, false, wish.proxy_protocol};
        as.tls = addresses.size();
        auto address = add_listener(std::move(*bound), as, true);
        if (!address) return address.error();
        addresses.push_back(std::move(*address));
    }
    const auto& m = settings.management;
    auto pages = sockets_of(m.listener, 1);
    if (!pages) return pages.error();
    listener_settings as{-1, m.listener.treat_as_secure, false, false};
    as.tls = 0;
    auto address = add_listener(std::move(*pages), as, false);
    if (!address) return address.error();
    management_address = std::move(*address);
    auto socket = operators_socket();
    if (!socket) return socket.error();
    if (socket->own_file) socket_path = m.socket;
    if (auto added = add_listener(std::move(*socket), {-1, true, true}, false); !added) return added.error();
    const auto left = manager.left_sockets();
    if (!left.empty())
        return failure{errc::invalid,
            fmt::format("{} was handed over, and no listener of the configuration has this address: name it there, or take "
                        "it from the socket unit",
                left.front())};
    return {};
}

// Of the process before this one, of the service manager, or new.
result<listening_set> server::impl::sockets_of(const listener_config& wish, std::size_t copies) {
    const bool six = wish.address.find(':') != std::string::npos;
    const auto name = fmt::format("{}{}{}:{}", six ? "[" : "", wish.address, six ? "]" : "", wish.port);
    if (inherited != nullptr)
        if (auto there = inherited->take(name)) return std::move(*there);
    const int handed_over = manager.take_socket(name);
    auto bound = handed_over >= 0 ? share_listening(handed_over, name, 1) : listen_tcp(wish.address, wish.port, copies);
    if (!bound) return bound.error();
    return listening_set{nobodys_number, name, false, std::move(bound->descriptors)};
}

result<listening_set> server::impl::operators_socket() {
    const auto& path = settings.management.socket;
    if (inherited != nullptr)
        if (auto there = inherited->take(path)) return std::move(*there);
    const int handed_over = manager.take_socket(path);
    auto bound = handed_over >= 0 ? share_listening(handed_over, path, 1) : listen_unix(path);
    if (!bound) return bound.error();
    return listening_set{nobodys_number, path, handed_over < 0, std::move(bound->descriptors)};
}

// Each thread has sockets of its own where there are enough, and shares a queue where not. The address that it got.
result<std::string> server::impl::add_listener(listening_set set, listener_settings as, bool of_data) {
    const std::size_t first = of_data ? 0 : data_threads, copies = of_data ? data_threads : 1;
    auto address = listening_address(set.descriptors.front());
    if (!address) return address.error();
    const auto queues = set.descriptors.size();
    while (set.descriptors.size() < copies) {
        auto more = share_listening(set.descriptors[set.descriptors.size() % queues], *address, 2);
        if (!more) return more.error();
        set.descriptors.push_back(more->descriptors.back());
    }
    as.number = sockets.size();
    if (set.number != nobodys_number) taken_over.emplace(set.number, passed_listener{as, of_data});
    for (std::size_t i = 0; i < set.descriptors.size(); ++i) {
        as.descriptor = set.descriptors[i];
        workers[first + i % copies]->listen(as);
    }
    set.number = as.number;
    sockets.push_back(std::move(set));
    return address;
}

void server::impl::launch() {
    time.start();
    books->each_hour([this] {
        tickets->rotate();
        if (++hours % 24 == 0) say_ends(now()->tls);
    });
    books->start();
    running = workers.size();
    for (std::size_t i = 0; i < workers.size(); ++i)
        threads.emplace_back([this, i, &w = *workers[i]] {
            name_this_thread(i < data_threads ? fmt::format("loop {}", i) : "loop management");
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

server::server(std::unique_ptr<impl> i) : impl_(std::move(i)) {}
server::~server() = default;

result<std::unique_ptr<server>> server::start(const config& settings, class clock& time, log_sink& log, problem_list& problems, surroundings around) {
    const std::size_t threads = settings.threads != 0 ? settings.threads : std::max(1u, std::thread::hardware_concurrency());
    auto made = std::make_unique<impl>(settings, time, log, std::move(around), threads);
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
std::string server::summary() const { return impl_->summary(); }
result<void> server::reload(problem_list& problems) { return impl_->reload(problems); }
std::vector<std::uint64_t> server::beats() const {
    std::vector<std::uint64_t> out;
    for (const auto& w : impl_->workers) out.push_back(w->counters().beats.get());
    out.push_back(impl_->keeper->beats());
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
