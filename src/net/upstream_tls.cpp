#include "tollgate/net/upstream_tls.hpp"

#include <fmt/format.h>
#include <boost/asio/error.hpp>

namespace tollgate {
namespace {

constexpr std::chrono::microseconds kBetweenLines = std::chrono::seconds(10);

std::int64_t us_of(monotonic t) noexcept { return std::chrono::duration_cast<std::chrono::microseconds>(t.time_since_epoch()).count(); }

}  // namespace

void upstream_tls_report::failed(const std::string& server, const tls_meeting& how) {
    ++counts_[static_cast<std::size_t>(how.fault)];
    ++unsaid_;
    const auto now = us_of(time_.ticks());
    auto due = say_at_us_.load();
    if (now < due || !say_at_us_.compare_exchange_strong(due, now + kBetweenLines.count())) return;
    const auto count = std::to_string(unsaid_.exchange(0));
    log_.warn("a TLS handshake with an upstream server failed",
        {{"server", server}, {"reason", to_string(how.fault)}, {"why", how.why}, {"failures_since_the_last_line", count}});
}

std::string upstream_tls_report::metrics() const {
    std::string out =
        "# HELP tollgate_upstream_tls_failures_total TLS handshakes with upstream servers that failed, by reason.\n"
        "# TYPE tollgate_upstream_tls_failures_total counter\n";
    for (std::size_t why = 1; why < tls_fault_count; ++why)
        if (const auto n = counts_[why].load(); n != 0)
            out += fmt::format("tollgate_upstream_tls_failures_total{{reason=\"{}\"}} {}\n", to_string(static_cast<tls_fault>(why)), n);
    return out;
}

task<error_code> meet_server(stream& s, const upstream_tls& tls, std::string host, std::shared_ptr<tls_session_slot> sessions) {
    const std::string name = tls.name.empty() ? host : tls.name;
    const tls_meeting how = co_await s.connect_tls(tls.by, name, std::move(sessions));
    if (how.fault == tls_fault::none) co_return error_code();
    tls.report->failed(host, how);
    co_return how.fault == tls_fault::late ? asio::error::timed_out : asio::error::no_protocol_option;
}

}  // namespace tollgate
