#include "app/pool_metrics.hpp"
#include "app/server_impl.hpp"
#include "app/trace_target.hpp"
#include "tollgate/registry/authorizations.hpp"
#include "tollgate/store/disk_room.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>

namespace tollgate {
namespace {

gateway_timeouts timeouts_of(const timeouts_config& t) {
    return {t.head, t.body_idle, t.keep_alive, t.connect, t.first_byte, t.response_idle, t.total};
}

bool is_rate_limited(const rulebook& book) {
    return std::ranges::any_of(book.apis(), [](const auto& of) {
        return of->rules.rate.allowed.limited() || std::ranges::any_of(of->routes.routes(), [](const route& r) { return r.rate.limited(); });
    });
}

}  // namespace

result<server::impl::planes> server::impl::make_planes(const in_force& next) {
    // A start goes on without what it cannot resolve; a reload, or a process that takes over, leaves what works in its place.
    const auto before = boards_now();
    const bool starts = workers.empty() && inherited == nullptr;
    auto pools = make_pools(next.built.pools, next.tls, data_threads, before, starts ? unresolved::begins_without : unresolved::is_an_error, resolve);
    if (!pools) return pools.error();
    if (!rates && is_rate_limited(*next.built.book)) rates = std::make_unique<rate_table>(bounds::rate_cells);
    const auto& s = next.settings;
    const auto& l = s.limits;
    const auto& rules = *next.built.book;
    const auto& traces = s.telemetry.traces;
    const auto tracing = traces.enabled() ? std::optional(trace_rules_of(traces, data_threads)) : std::nullopt;
    return planes{std::shared_ptr<const plane>(new plane{rules, *tokens, operations, *blocking, spares, time, log, *requests, std::move(*pools),
                      {l.head_bytes, l.headers, l.target_bytes}, l.body_bytes, std::max<std::size_t>(1, l.connections / data_threads),
                      timeouts_of(s.timeouts), nullptr, s.trusted_proxies, rates.get(), replays.get(), &books->uses(), &books->denials(),
                      next.built.book, next.tls.listeners, &callers, l.connections_per_address, nullptr, &spans, tracing}),
        std::shared_ptr<const plane>(new plane{rules, *tokens, operations, *blocking, spares, time, log, *no_requests, {}, {},
            bounds::operation_body_bytes, 256, timeouts_of(s.timeouts), rules.by_name(builtin_api_name), s.trusted_proxies, nullptr, replays.get(),
            &books->uses(), &books->denials(), next.built.book, {next.tls.management}, nullptr, 0, &cookies})};
}

// The first key that signs access tokens is made where an API issues some.
result<void> server::impl::prepare_issuing(const rulebook& rules) {
    if (std::ranges::any_of(rules.apis(), [](const auto& of) { return of->rules.oauth.enabled(); })) {
        if (auto there = authorization_book(*tokens).ensure_key({"tollgate", "start"}); !there) return there;
    }
    tokens->macs().set_rules(rules);
    return {};
}

result<void> server::impl::reload(problem_list& problems) {
    const std::lock_guard one(one_reload);
    if (draining) return failure{errc::wrong_state, "the gateway is ending"};
    manager.reloading(time.ticks());
    auto done = take_up(problems);
    reload_worked = done.has_value();
    if (done) {
        log.info("reloaded", {{"config", settings.file}, {"now", summary()}});
        manager.ready(summary());
    } else {
        log.error("the reload failed, and what was in force stays", {{"why", done.error().what}});
        manager.ready("Reload failed, and what was in force stays: " + done.error().what);
    }
    return done;
}

// Nothing is changed before everything that may fail has been done.
result<void> server::impl::take_up(problem_list& problems) {
    const auto before = now();
    auto next = read_again(before->settings, numbers(), tls(), problems);
    if (!next) return next.error();
    const auto made = make_planes(**next);
    if (!made) return made.error();
    const auto target = make_trace_target(**next, instance);
    if (!target) return target.error();
    const auto log_fd = open_access_log((*next)->settings.access_log);
    if (!log_fd) return log_fd.error();
    const auto& book = *(*next)->built.book;
    if (auto ready_to_issue = prepare_issuing(book); !ready_to_issue) return ready_to_issue;
    if ((*next)->settings.access_log.to == access_log_config::kind::file) requests->reopen(*log_fd);

    for (const auto& counts : before->counts) (*next)->counts.push_back(make_api_counters(book, before->built.book.get(), counts));
    {
        const std::lock_guard lock(current_mutex);
        current = *next;
        boards = boards_of(*made->data);
    }
    keeper->keep(boards_now());
    spans.aim(*target);
    taken_up_us = time.now().us;
    books->watch((*next)->api_names());
    say_ends((*next)->tls);
    const auto arrived = std::make_shared<arrivals>(workers.size());
    for (std::size_t i = 0; i < workers.size(); ++i)
        workers[i]->adopt(i < data_threads ? made->data : made->management, (*next)->counts[i], [arrived] { arrived->one(); });
    if (running != workers.size() || !arrived->wait_all(std::chrono::seconds(10))) log.warn("a thread has not taken up the new configuration yet");
    return {};
}

std::string server::impl::summary() const {
    std::vector<std::string> homeless;
    for (const auto& b : boards_now()) std::ranges::move(without_address(*b), std::back_inserter(homeless));
    return homeless.empty() ? now()->summary() : fmt::format("{}; no address for {}", now()->summary(), fmt::join(homeless, ", "));
}

void server::impl::say_homeless() const {
    for (const auto& b : boards_now()) {
        const auto view = b->view();
        for (std::size_t i = 0; i < view->names.size(); ++i)
            if (view->names[i].addresses == 0)
                log.warn("an upstream server is not asked before its name can be resolved, which is tried on and on",
                    {{"pool", b->name}, {"server", b->servers[i].text()}, {"why", view->names[i].why}});
    }
}

// On the keeper's thread.
void server::impl::names_changed() {
    if (!draining) manager.status(summary());
}

void server::impl::say_ends(const tls_setup& of) {
    for (const auto& c : of.certificates) {
        const auto left = std::chrono::duration_cast<std::chrono::hours>(c.ends - time.now());
        if (left >= certificate_is_near_its_end) continue;
        log.warn(left.count() < 0 ? "a certificate has expired: callers will refuse it" : "a certificate is near its end: renew it, and reload",
            {{"certificate", c.source}, {"hours_left", std::to_string(left.count())}});
    }
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
    const auto disk = disk_room_of(settings.store.path);
    auto text = write_metrics(*by->built.book, all,
        {requests->dropped_buffers(), tokens->is_open(), books->tokens_expiring(), books->uses().dropped(), books->denials().dropped(),
            clock.now - clock.system, clock.now - clock.settled, time.steps_forward(), time.steps_back(), &tokens->changes_durable(),
            &tokens->changes_visible()});
    return text + issued.metrics() + sign_ins->metrics() + write_certificates(by->tls, time.now()) + upstream_report->metrics() +
        write_pool_metrics(boards_now()) + spans.metrics() +
        fmt::format(
            "# HELP tollgate_store_disk_free_bytes Left on the file system of the store.\n"
            "# TYPE tollgate_store_disk_free_bytes gauge\ntollgate_store_disk_free_bytes {}\n"
            "# HELP tollgate_store_disk_watermark_bytes Below it nothing new is kept.\n"
            "# TYPE tollgate_store_disk_watermark_bytes gauge\ntollgate_store_disk_watermark_bytes {}\n"
            "# HELP tollgate_config_last_reload_successful 0: the configuration was changed, and could not be taken up.\n"
            "# TYPE tollgate_config_last_reload_successful gauge\ntollgate_config_last_reload_successful {}\n"
            "# HELP tollgate_config_last_reload_success_timestamp_seconds When what is in force was taken up.\n"
            "# TYPE tollgate_config_last_reload_success_timestamp_seconds gauge\n"
            "tollgate_config_last_reload_success_timestamp_seconds {}\n",
            disk.free_bytes, disk.watermark_bytes, reload_worked ? 1 : 0, static_cast<double>(taken_up_us) / 1e6);
}

}  // namespace tollgate
