#include "app/config_telemetry.hpp"

#include "app/config_fields.hpp"
#include "app/config_tls.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace tollgate {
namespace {

using namespace config_fields;

traces_config& traces(void* into) { return *static_cast<traces_config*>(into); }

// "http://127.0.0.1:4318/v1/traces": a server, and a path.
void endpoint(config_place& at, const config_key&, const node& value, void* into) {
    const auto text = read_text(at, value);
    if (!text) return;
    const auto scheme = text->find("://");
    const auto slash = scheme == std::string::npos ? scheme : text->find('/', scheme + 3);
    const auto path = slash == std::string::npos ? std::string() : text->substr(slash);
    const bool clean = std::ranges::all_of(path, [](char c) { return c > ' ' && c < '\x7f' && c != '#'; });
    if (path.size() < 2 || !clean)
        return at.error(value, fmt::format("`{}` is not where a collector takes spans: write a URL like http://127.0.0.1:4318/v1/traces", *text));
    if (auto server = read_server(at, node::make_string(text->substr(0, slash), value.line()))) {
        traces(into).server = std::move(*server);
        traces(into).path = path;
    }
}

void share(config_place& at, const config_key&, const node& value, void* into) {
    const auto whole = value.as_integer();
    const auto real = whole ? std::optional(static_cast<double>(*whole)) : value.as_real();
    if (!real || !(*real >= 0 && *real <= 1)) return at.error(value, "write a share from 0 (none) to 1 (all), like 0.01");
    traces(into).share = *real;
}

void rate(config_place& at, const config_key&, const node& value, void* into) {
    const auto text = read_text(at, value);
    if (!text) return;
    std::int64_t burst = 0;
    std::from_chars(text->data(), text->data() + text->size(), burst);
    const auto made = make_pace(*text, std::max<std::int64_t>(burst, 1));
    if (made) traces(into).most = *made;
    else at.error(value, made.error().what);
}

void headers(config_place& at, const config_key& key, const node& value, void* into) {
    if (!value.is_mapping()) return at.error(value, fmt::format("`{}` is a mapping: write NAME: \"file:PATH\"", key.name));
    constexpr std::array<std::string_view, 6> ours{"host", "content-type", "content-length", "transfer-encoding", "connection", "user-agent"};
    for (const auto& [name, source] : value.members()) {
        const config_place::step down(at, name);
        const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
        std::string small = name;
        std::ranges::transform(small, small.begin(), lower);
        const bool good = std::ranges::all_of(small, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'; });
        if (name.empty() || !good) at.error(source, fmt::format("`{}` is no name of a header field", name));
        else if (std::ranges::find(ours, small) != ours.end()) at.error(source, fmt::format("`{}` is written by the gateway: leave it out", name));
        else if (auto read = read_secret_source(at, source)) traces(into).headers.emplace_back(name, std::move(*read));
    }
}

void service_name(config_place& at, const config_key&, const node& value, void* into) {
    if (auto text = read_text(at, value)) traces(into).service_name = std::move(*text);
}

const config_key traces_keys[] = {
    {.name = "endpoint",
        .fallback = "",
        .doc = "a collector's OTLP/HTTP address for traces; http:// or https://",
        .read = endpoint,
        .example = "\"http://127.0.0.1:4318/v1/traces\"",
        .required = true},
    {.name = "sample", .fallback = "0.01", .doc = "share of the requests that come without a traceparent, 0 to 1", .read = share},
    {.name = "rate", .fallback = "100/s", .doc = "most requests that are traced, also of callers that ask for it in their traceparent", .read = rate},
    {.name = "headers",
        .fallback = "",
        .doc = "fields for the collector, each from file:<path>, env:<name> or credential:<name>",
        .read = headers,
        .example = "{ Authorization: \"file:/etc/tollgate/otlp.header\" }"},
    {.name = "service_name", .fallback = "tollgate", .doc = "service.name of the spans", .read = service_name},
    {.name = "timeout", .fallback = "10s", .doc = "for a batch to be taken", .read = duration<&traces_config::timeout>, .range = {100, 60'000}},
    {.name = "tls",
        .fallback = "",
        .doc = "of an endpoint that is written https://",
        .read = section<&traces_config::tls>,
        .section = &upstream_tls_section(),
        .optional = true},
};
const config_section traces_section{"traces", traces_keys};

const config_key telemetry_keys[] = {
    {.name = "traces",
        .fallback = "",
        .doc = "spans of some requests go to a collector, by OTLP/HTTP in JSON",
        .read = section<&telemetry_config::traces>,
        .section = &traces_section},
};
const config_section section_of_telemetry{"telemetry", telemetry_keys};

}  // namespace

const config_section& telemetry_section() noexcept { return section_of_telemetry; }

}  // namespace tollgate
