#include "app/metrics_view.hpp"

#include "app/cli_context.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <limits>

namespace tollgate {
namespace {

using labels_map = std::map<std::string, std::string, std::less<>>;

std::optional<labels_map> read_labels(std::string_view text) {
    labels_map out;
    while (!text.empty()) {
        const auto equals = text.find("=\"");
        const auto end = equals == std::string_view::npos ? equals : text.find('"', equals + 2);
        if (end == std::string_view::npos) return std::nullopt;
        out.emplace(text.substr(0, equals), text.substr(equals + 2, end - equals - 2));
        text.remove_prefix(std::min(text.size(), end + (text.substr(end + 1).starts_with(',') ? 2 : 1)));
    }
    return out;
}

std::optional<metric_sample> read_sample(std::string_view line) {
    const auto blank = line.rfind(' ');
    if (line.empty() || line.front() == '#' || blank == std::string_view::npos) return std::nullopt;
    metric_sample out;
    const auto number = line.substr(blank + 1), name = line.substr(0, blank);
    if (std::from_chars(number.data(), number.data() + number.size(), out.value).ec != std::errc()) return std::nullopt;
    const auto brace = name.find('{');
    out.name = name.substr(0, brace);
    if (brace == std::string_view::npos) return out;
    if (!name.ends_with('}')) return std::nullopt;
    auto labels = read_labels(name.substr(brace + 1, name.size() - brace - 2));
    if (!labels) return std::nullopt;
    out.labels = std::move(*labels);
    return out;
}

// What a counter has gained, under its name and labels.
class gains {
 public:
    gains(const std::vector<metric_sample>& before, const std::vector<metric_sample>& after, double seconds) : after_(after), seconds_(seconds) {
        for (const auto& s : before) before_[{s.name, s.labels}] = s.value;
    }
    // Of each sample of `name`, a second.
    void each(std::string_view name, const std::function<void(const metric_sample&, double)>& take) const {
        for (const auto& s : after_) {
            if (s.name != name) continue;
            const auto was = before_.find({s.name, s.labels});
            const double from = was == before_.end() || was->second > s.value ? 0 : was->second;
            take(s, (s.value - from) / seconds_);
        }
    }
    double sum(std::string_view name, const std::function<bool(const metric_sample&)>& wanted = {}) const {
        double total = 0;
        each(name, [&](const metric_sample& s, double rate) { total += !wanted || wanted(s) ? rate : 0; });
        return total;
    }
    double now(std::string_view name) const {
        double total = 0;
        for (const auto& s : after_) total += s.name == name ? s.value : 0;
        return total;
    }
    // The upper end of the bucket in which the share `q` of what was gained ends, in seconds; 0: nothing was.
    double quantile(std::string_view histogram, double q, std::string_view api) const {
        std::map<double, double> buckets;
        each(std::string(histogram) + "_bucket", [&](const metric_sample& s, double rate) {
            if (!api.empty() && s.label("api") != api) return;
            const auto le = s.label("le");
            double bound = std::numeric_limits<double>::infinity();
            if (le != "+Inf") std::from_chars(le.data(), le.data() + le.size(), bound);
            buckets[bound] += rate;
        });
        if (buckets.empty() || buckets.rbegin()->second <= 0) return 0;
        for (const auto& [bound, below] : buckets)
            if (below >= q * buckets.rbegin()->second) return bound;
        return std::numeric_limits<double>::infinity();
    }

 private:
    std::map<std::pair<std::string, labels_map>, double> before_;
    const std::vector<metric_sample>& after_;
    double seconds_;
};

std::string rate_text(double rate) { return rate == 0 ? "-" : rate < 10 ? fmt::format("{:.1f}", rate) : fmt::format("{:.0f}", rate); }

std::string time_text(double seconds) {
    if (seconds == 0) return "-";
    if (seconds > 1e6) return "> 5 s";
    return seconds < 1 ? fmt::format("{:g} ms", seconds * 1000) : fmt::format("{:g} s", seconds);
}

void write_head(std::ostream& out, const gains& g) {
    const double hits = g.sum("tollgate_grant_cache_hits_total"), misses = g.sum("tollgate_grant_cache_misses_total");
    out << fmt::format("{} requests a second, {} connections, store {}, {} tokens expire soon\n", rate_text(g.sum("tollgate_requests_total")),
        g.now("tollgate_connections_open"), g.now("tollgate_store_open") != 0 ? "open" : "CLOSED", g.now("tollgate_tokens_expiring"));
    out << fmt::format("upstreams: {} connects, {} reuses, {} failures a second; grants from the cache: {}\n\n",
        rate_text(g.sum("tollgate_upstream_connects_total")), rate_text(g.sum("tollgate_upstream_reuses_total")),
        rate_text(g.sum("tollgate_upstream_failures_total")), hits + misses == 0 ? "-" : fmt::format("{:.0f} %", 100 * hits / (hits + misses)));
}

void write_apis(std::ostream& out, const gains& g) {
    std::map<std::string, std::map<std::string, double, std::less<>>, std::less<>> apis;
    g.each("tollgate_requests_total", [&](const metric_sample& s, double rate) {
        auto& row = apis[std::string(s.label("api"))];
        row[std::string(s.label("code"))] += rate;
        row["all"] += rate;
    });
    std::vector<std::vector<std::string>> rows;
    for (auto& [name, row] : apis) {
        if (row["all"] == 0) continue;
        rows.push_back({name, rate_text(row["all"]), rate_text(row["2xx"]), rate_text(row["4xx"]), rate_text(row["5xx"]),
            time_text(g.quantile("tollgate_request_duration_seconds", 0.5, name)),
            time_text(g.quantile("tollgate_request_duration_seconds", 0.99, name)),
            time_text(g.quantile("tollgate_gateway_overhead_seconds", 0.99, name))});
    }
    print_table(out, {"API", "REQUESTS/S", "2XX", "4XX", "5XX", "P50 <=", "P99 <=", "GATEWAY P99 <="}, rows);
}

void write_busiest(std::ostream& out, const gains& g, std::string_view metric, const std::vector<std::string_view>& labels,
    std::vector<std::string> head, std::size_t rows) {
    std::map<std::vector<std::string>, double> found;
    g.each(metric, [&](const metric_sample& s, double rate) {
        std::vector<std::string> key;
        for (const auto l : labels) key.emplace_back(s.label(l));
        found[std::move(key)] += rate;
    });
    std::vector<std::pair<double, std::vector<std::string>>> sorted;
    for (auto& [key, rate] : found)
        if (rate > 0) sorted.emplace_back(rate, key);
    std::ranges::sort(sorted, std::ranges::greater());
    if (sorted.size() > rows) sorted.resize(rows);
    if (sorted.empty()) return;
    std::vector<std::vector<std::string>> lines;
    for (auto& [rate, key] : sorted) {
        for (auto& text : key)
            if (text.empty()) text = "-";
        key.push_back(rate_text(rate));
        lines.push_back(std::move(key));
    }
    out << '\n';
    print_table(out, head, lines);
}

// Servers that are busy, fail, or are left out.
void write_servers(std::ostream& out, const gains& g, const std::vector<metric_sample>& after, std::size_t most) {
    const auto of = [](const metric_sample& s) { return std::pair(std::string(s.label("pool")), std::string(s.label("address"))); };
    std::map<std::pair<std::string, std::string>, std::pair<double, double>> rates;
    std::map<std::pair<std::string, std::string>, std::string> states;
    g.each("tollgate_upstream_server_requests_total", [&](const metric_sample& s, double rate) { rates[of(s)].first = rate; });
    g.each("tollgate_upstream_server_failures_total", [&](const metric_sample& s, double rate) { rates[of(s)].second = rate; });
    for (const auto& s : after)
        if (s.name == "tollgate_upstream_server_state" && s.value != 0) states[of(s)] = s.label("state");
    std::vector<std::vector<std::string>> rows;
    for (const auto& [key, rate] : rates)
        if (rows.size() < most && (rate.first > 0 || states[key] != "up"))
            rows.push_back({key.first, key.second, states[key], rate_text(rate.first), rate_text(rate.second)});
    if (rows.empty()) return;
    out << '\n';
    print_table(out, {"POOL", "SERVER", "STATE", "REQUESTS/S", "FAILURES/S"}, rows);
}

}  // namespace

std::string_view metric_sample::label(std::string_view of) const {
    const auto found = labels.find(of);
    return found == labels.end() ? std::string_view() : std::string_view(found->second);
}

std::vector<metric_sample> read_metrics(std::string_view text) {
    std::vector<metric_sample> out;
    while (!text.empty()) {
        const auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        if (auto sample = read_sample(line)) out.push_back(std::move(*sample));
    }
    return out;
}

void write_metrics_view(std::ostream& out, const std::vector<metric_sample>& before, const std::vector<metric_sample>& after,
    std::chrono::duration<double> between, std::size_t rows) {
    const gains g(before, after, std::max(between.count(), 1e-3));
    write_head(out, g);
    write_apis(out, g);
    write_busiest(out, g, "tollgate_requests_total", {"api", "method", "route"}, {"API", "METHOD", "ROUTE", "REQUESTS/S"}, rows);
    write_servers(out, g, after, rows);
    write_busiest(out, g, "tollgate_refusals_total", {"api", "reason"}, {"API", "REFUSED BECAUSE", "REFUSALS/S"}, rows);
    write_busiest(out, g, "tollgate_would_refuse_total", {"api", "reason"}, {"API", "WOULD BE REFUSED", "REQUESTS/S"}, rows);
}

}  // namespace tollgate
