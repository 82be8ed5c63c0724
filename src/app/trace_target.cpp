#include "app/trace_target.hpp"

#include "app/version.hpp"
#include "tollgate/app/master_key.hpp"
#include "tollgate/codec/text.hpp"
#include "tollgate/net/http_client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace tollgate {
namespace {

export_outcome send(const pool_board& to, const http_ask& ask, std::chrono::milliseconds within, const std::atomic<bool>& hurry) {
    const auto answer = http_request(to, ask, within, hurry);
    if (!answer) return {.what = export_outcome::kind::unreachable, .why = answer.error().what};
    std::string_view retry_after;
    for (const auto& [name, value] : answer->headers)
        if (equal_ignoring_case(name, "retry-after")) retry_after = value;
    return read_export_answer(answer->status, retry_after, answer->body);
}

}  // namespace

result<std::shared_ptr<const span_target>> make_trace_target(const in_force& by, const std::string& instance_id) {
    const auto& wish = by.settings.telemetry.traces;
    if (!wish.enabled()) return std::shared_ptr<const span_target>();
    std::vector<std::pair<std::string, std::string>> headers{
        {"Content-Type", "application/json"}, {"User-Agent", fmt::format("tollgate/{}", program_version)}};
    for (const auto& [name, source] : wish.headers) {
        const auto text = read_secret(source, fmt::format("the header {} of telemetry.traces", name));
        if (!text) return text.error();
        const auto value = text->reveal();
        if (std::ranges::any_of(value, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }))
            return failure{errc::invalid, fmt::format("the header {} of telemetry.traces holds control characters: write one line", name)};
        headers.emplace_back(name, value);
    }
    const upstream_server server{wish.server.scheme, wish.server.host, wish.server.port, 1, false};
    const auto board = std::make_shared<pool_board>("telemetry.traces", std::vector{server}, pool_rules{}, 0);
    board->tls = by.tls.traces;
    auto made = std::make_shared<span_target>();
    made->who = {wish.service_name, program_version, instance_id};
    made->send = [board, path = wish.path, headers = std::move(headers), within = wish.timeout](
                     const std::string& body, const std::atomic<bool>& hurry) { return send(*board, {"POST", path, headers, body}, within, hurry); };
    return std::shared_ptr<const span_target>(std::move(made));
}

trace_rules trace_rules_of(const traces_config& wish, std::size_t threads) {
    trace_rules out{wish.share, wish.most};
    out.most.interval_us *= static_cast<std::int64_t>(threads);
    out.most.burst = std::max<std::uint32_t>(1, out.most.burst / static_cast<std::uint32_t>(threads));
    return out;
}

}  // namespace tollgate
