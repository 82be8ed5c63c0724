#include "app/config_values.hpp"

#include "tollgate/codec/http_guard.hpp"
#include "tollgate/codec/text.hpp"
#include "tollgate/model/ip_address.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

namespace tollgate {
namespace {

std::string quoted(const node& value) {
    return value.is_scalar() ? "`" + value.text() + "`" : value.is_mapping() ? "a mapping" : value.is_sequence() ? "a list" : "nothing";
}

bool is_host_letter(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

std::optional<std::uint16_t> port_of(std::string_view text) noexcept {
    unsigned port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc{} || end != text.data() + text.size() || port == 0 || port > 65535) return std::nullopt;
    return static_cast<std::uint16_t>(port);
}

// A name, or a numeric address that means what it looks like: all digits and dots must be IPv4.
bool is_host_name(std::string_view host) {
    if (host.empty() || host.size() > 253 || !std::ranges::all_of(host, is_host_letter)) return false;
    const bool numeric = std::ranges::all_of(host, [](char c) { return c == '.' || (c >= '0' && c <= '9'); });
    return !numeric || ip_address::parse(host).has_value();
}

std::optional<server_address> parse_authority(std::string_view text, std::uint16_t port_unless_written = 80) {
    server_address out;
    out.port = port_unless_written;
    std::string_view port;
    if (text.starts_with('[')) {
        const auto close = text.find(']');
        if (close == std::string_view::npos) return std::nullopt;
        out.host = text.substr(1, close - 1);
        const auto address = ip_address::parse(out.host);
        if (!address || address->is_v4()) return std::nullopt;
        port = text.substr(close + 1);
    } else {
        const auto colon = text.find(':');
        out.host = text.substr(0, colon);
        if (!is_host_name(out.host)) return std::nullopt;
        port = colon == std::string_view::npos ? std::string_view{} : text.substr(colon);
    }
    if (port.empty()) return out;
    const auto number = port.front() == ':' ? port_of(port.substr(1)) : std::nullopt;
    if (!number) return std::nullopt;
    out.port = *number;
    return out;
}

}  // namespace

std::string server_address::text() const {
    return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port) : fmt::format("[{}]:{}", host, port);
}

config_place::config_place(std::string file, problem_list& problems) : file_(std::move(file)), problems_(problems) {}

void config_place::error(const node& at, std::string what) { problems_.add({problem::level::error, file_, at.line(), where_, std::move(what)}); }

void config_place::warn(const node& at, std::string what) { problems_.add({problem::level::warning, file_, at.line(), where_, std::move(what)}); }

std::string config_place::beside_file(std::string_view path) const {
    return (std::filesystem::path(file_).parent_path() / path).lexically_normal().string();
}

std::optional<std::string> read_text(config_place& at, const node& value) {
    if (value.is_scalar() && !value.text().empty()) return value.text();
    at.error(value, fmt::format("{} where a text is expected", quoted(value)));
    return std::nullopt;
}

std::optional<bool> read_bool(config_place& at, const node& value) {
    if (const auto v = value.as_bool()) return v;
    at.error(value, fmt::format("{} where true or false is expected", quoted(value)));
    return std::nullopt;
}

std::optional<std::int64_t> read_count(config_place& at, const node& value, value_range range) {
    const auto v = value.as_integer();
    if (!v) {
        at.error(value, fmt::format("{} where a whole number is expected", quoted(value)));
        return std::nullopt;
    }
    if (*v >= range.least && *v <= range.most) return v;
    if (range.most == std::numeric_limits<std::int64_t>::max()) {
        at.error(value, fmt::format("{} is too small: write at least {}", *v, range.least));
    } else {
        at.error(value, fmt::format("{} is out of range: write {} to {}", *v, range.least, range.most));
    }
    return std::nullopt;
}

std::optional<std::uint64_t> read_size(config_place& at, const node& value, value_range range) {
    const auto v = value.is_scalar() ? parse_size(value.text()) : result<std::uint64_t>(failure{});
    if (!v) {
        at.error(value, fmt::format("{} is not a size: write bytes, or a number with KiB, MiB or GiB, like 64MiB", quoted(value)));
        return std::nullopt;
    }
    if (*v >= static_cast<std::uint64_t>(range.least) && *v <= static_cast<std::uint64_t>(range.most)) return *v;
    at.error(value, fmt::format("{} is out of range: write {} to {} bytes", quoted(value), range.least, range.most));
    return std::nullopt;
}

std::optional<std::chrono::milliseconds> read_duration(config_place& at, const node& value, value_range range) {
    const auto v = value.is_scalar() ? parse_duration(value.text()) : result<parsed_duration>(failure{});
    if (!v || v->months != 0 || (v->never && range.least > 0)) {
        at.error(value, fmt::format("{} is not a duration: write a number with its unit, like 250ms, 10s or 1h", quoted(value)));
        return std::nullopt;
    }
    const auto ms = v->never ? std::chrono::milliseconds(0) : std::chrono::duration_cast<std::chrono::milliseconds>(v->exact);
    if (ms.count() >= range.least && ms.count() <= range.most) return ms;
    at.error(value, fmt::format("{} is out of range: write {}ms to {}ms", quoted(value), range.least, range.most));
    return std::nullopt;
}

std::optional<std::size_t> read_choice(config_place& at, const node& value, const std::vector<std::string_view>& choices) {
    const auto found = std::ranges::find(choices, value.text());
    if (value.is_scalar() && found != choices.end()) return static_cast<std::size_t>(found - choices.begin());
    at.error(value, fmt::format("{} is not known here: write {}", quoted(value), fmt::join(choices, " or ")));
    return std::nullopt;
}

std::optional<std::string> read_secret_source(config_place& at, const node& value) {
    const auto refuse = [&](std::string_view why) {
        at.error(value, std::string(why));
        return std::nullopt;
    };
    const auto text = read_text(at, value);
    if (!text) return std::nullopt;
    const auto colon = text->find(':');
    const auto kind = text->substr(0, colon);
    if (colon == std::string::npos || colon + 1 == text->size() || (kind != "file" && kind != "env" && kind != "credential"))
        return refuse("a key is never in this file: write file:<path>, env:<name> or credential:<name> (systemd)");
    if (kind == "credential" && text->find('/') != std::string::npos) return refuse("a credential has a name without `/`");
    return kind == "file" ? "file:" + at.beside_file(text->substr(colon + 1)) : *text;
}

std::optional<std::string> read_pem_source(config_place& at, const node& value) {
    constexpr std::string_view file = "file:", credential = "credential:";
    const auto text = read_text(at, value);
    if (!text) return std::nullopt;
    std::string_view path = *text;
    if (path.starts_with(credential) && path.size() > credential.size() && path.find('/') == std::string_view::npos) return *text;
    if (path.starts_with(file)) path.remove_prefix(file.size());
    if (!path.empty() && !path.starts_with(credential) && path.find("-----BEGIN") == std::string_view::npos)
        return std::string(file) + at.beside_file(path);
    at.error(value, "the PEM text itself does not stand here: write the path of its file, or credential:<name> (systemd)");
    return std::nullopt;
}

std::optional<std::vector<const node*>> read_scalars(config_place& at, const node& value) {
    if (value.is_scalar()) return std::vector<const node*>{&value};
    if (value.is_sequence() && std::ranges::all_of(value.items(), &node::is_scalar)) {
        std::vector<const node*> out;
        for (const auto& item : value.items()) out.push_back(&item);
        return out;
    }
    at.error(value, fmt::format("{} where a list of texts is expected: write [ \"…\", \"…\" ]", quoted(value)));
    return std::nullopt;
}

std::optional<server_address> read_server(config_place& at, const node& value) {
    constexpr std::string_view plain = "http://", tls = "https://";
    std::string_view text = value.text();
    const bool by_tls = text.starts_with(tls);
    if (by_tls || text.starts_with(plain)) {
        text.remove_prefix(by_tls ? tls.size() : plain.size());
        if (text.ends_with('/')) text.remove_suffix(1);
        if (auto server = parse_authority(text, by_tls ? 443 : 80)) {
            server->scheme = by_tls ? "https" : "http";
            return server;
        }
    }
    at.error(value, fmt::format("{} is not a server: write http://ADDRESS:PORT, without a path, like http://127.0.0.1:9000", quoted(value)));
    return std::nullopt;
}

std::optional<std::string> read_host(config_place& at, const std::string& text, const node& value) {
    if (text == "*") return text;
    std::string host(text.size(), '\0');
    std::size_t size = 0;
    if (text.empty() || !normal_host(text, host.data(), size)) {
        at.error(value, fmt::format("`{}` is not a host: write a name like api.example.com, or \"*\"", text));
        return std::nullopt;
    }
    host.resize(size);
    if (equal_ignoring_case(host, text)) return host;
    at.error(value, fmt::format("`{}`: hosts are matched without port and final dot; write `{}`", text, host));
    return std::nullopt;
}

std::optional<std::string> read_origin(config_place& at, const node& value) {
    std::string origin;
    for (const char c : value.text()) origin += lower(c);
    if (origin == "*") return origin;
    const auto scheme = origin.find("://");
    const bool known = origin.starts_with("http://") || origin.starts_with("https://");
    if (known && parse_authority(std::string_view(origin).substr(scheme + 3))) return origin;
    at.error(value, fmt::format("{} is not an origin: write scheme and host alone, like https://app.example.com, or \"*\"", quoted(value)));
    return std::nullopt;
}

}  // namespace tollgate
