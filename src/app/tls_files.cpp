#include "app/tls_files.hpp"

#include "tollgate/codec/records.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace tollgate {
namespace {

constexpr std::size_t most_bytes = 4 << 20;  // of one file: a bundle of authorities has some 200 KiB

// Where the file of a source is; nothing: systemd passed no credentials.
std::optional<std::string> path_of(const std::string& source) {
    const auto name = source.substr(source.find(':') + 1);
    if (source.starts_with("file:")) return name;
    const char* const directory = std::getenv("CREDENTIALS_DIRECTORY");
    return directory == nullptr ? std::nullopt : std::optional(std::string(directory) + "/" + name);
}

std::string advice_for(int why) {
    if (why == ENOENT) return "write the path of a file that exists";
    if (why == EACCES) return fmt::format("let the user that the gateway runs as (here uid {}) read it and its directories", ::geteuid());
    return "write the path of a PEM file";
}

class reader {
 public:
    reader(const config& of, const tls_needs& needs, problem_list& problems, tls_setup& out)
        : config_(of), needs_(needs), problems_(problems), out_(out) {}

    // nullptr: in the clear, or a problem.
    std::shared_ptr<const tls_server> server(const listener_tls_config& wish, const std::string& where) {
        if (!wish.enabled()) return nullptr;
        tls_server_settings settings;
        settings.client_required = wish.client_certificates.required;
        settings.version_1_2 = wish.version_1_2;
        if (wish.certificates.empty()) add(problem::level::error, wish.line, where, "`certificates` is empty: write one at least");
        for (std::size_t i = 0; i < wish.certificates.size(); ++i)
            if (auto made = identity(wish.certificates[i], path_item(where + ".certificates", i))) settings.identities.push_back(std::move(*made));
        if (!wish.client_certificates.authorities.empty())
            settings.client_authorities = read(wish.client_certificates.authorities, wish.client_certificates.line, where + ".client_certificates");
        if (settings.identities.size() != wish.certificates.size() || settings.identities.empty()) return nullptr;
        if (!wish.client_certificates.authorities.empty() && !settings.client_authorities) return nullptr;
        auto made = tls_server::make(settings, needs_.tickets);
        if (made) return *made;
        add(problem::level::error, wish.line, where, made.error().what);
        return nullptr;
    }

    // nullptr: it is not `used`, or a problem.
    std::shared_ptr<const upstream_tls> client(const upstream_tls_config& wish, bool used, const std::string& where) {
        if (!used && wish.line != 0) add(problem::level::warning, wish.line, where, "`tls` is of no use without a server of https://");
        if (!used) return nullptr;
        tls_client_settings settings;
        settings.verify = wish.verify;
        if (!wish.verify)
            add(problem::level::warning, wish.line, where, "`verify: false` takes any server for the right one: write `authorities` instead");
        const auto refuse = [&](std::string what) {
            add(problem::level::error, wish.line, where, std::move(what));
            return nullptr;
        };
        if (!wish.authorities.empty() && !(settings.authorities = read(wish.authorities, wish.line, where))) return nullptr;
        if (wish.certificate.empty() != wish.key.empty()) return refuse("`certificate` and `key` go together: write both, or none");
        if (!wish.certificate.empty() && !(settings.identity = identity({wish.certificate, wish.key, wish.line}, where))) return nullptr;
        auto made = tls_client::make(settings);
        if (!made) return refuse(made.error().what);
        return std::make_shared<const upstream_tls>(upstream_tls{*made, wish.server_name, needs_.report});
    }

    void upstream(const pool_config& of, const std::string& where) {
        const bool used = std::ranges::any_of(of.servers, [](const server_address& s) { return s.scheme == "https"; });
        if (auto made = client(of.tls, used, where)) out_.upstreams[of.name] = std::move(made);
    }

 private:
    void add(problem::level level, int line, const std::string& where, std::string what) {
        problems_.add({level, config_.file, line, where, std::move(what)});
    }

    std::optional<pem_text> read(const std::string& source, int line, const std::string& where, bool is_key = false) {
        const auto path = path_of(source);
        const auto refuse = [&](std::string what) {
            add(problem::level::error, line, where, std::move(what));
            return std::nullopt;
        };
        if (!path && needs_.whose == secrets_of::the_service) {
            add(problem::level::warning, line, where, fmt::format("`{}` is passed to the service alone: it was not looked at", source));
            return std::nullopt;
        }
        if (!path) return refuse(fmt::format("`{}`: systemd passed no credentials (LoadCredential={})", source, source.substr(source.find(':') + 1)));
        const int fd = ::open(path->c_str(), O_RDONLY | O_CLOEXEC);
        if (fd < 0) return refuse(fmt::format("{} cannot be read: {}; {}", *path, std::strerror(errno), advice_for(errno)));
        struct stat facts{};
        ::fstat(fd, &facts);
        std::string text(std::min<std::size_t>(static_cast<std::size_t>(std::max<off_t>(facts.st_size, 0)), most_bytes) + 1, '\0');
        std::size_t size = 0;
        ssize_t n = 0;
        while (size < text.size() && (n = ::read(fd, text.data() + size, text.size() - size)) > 0) size += static_cast<std::size_t>(n);
        const int why = errno;
        ::close(fd);
        if (n < 0) return refuse(fmt::format("{} cannot be read: {}; {}", *path, std::strerror(why), advice_for(why)));
        if (is_key && source.starts_with("file:") && (facts.st_mode & S_IROTH) != 0)
            add(problem::level::warning, line, where, fmt::format("{} can be read by everybody on this machine: chmod o= it", *path));
        text.resize(size);
        pem_text out{*path, secret(std::move(text))};
        return out;
    }

    std::optional<tls_identity> identity(const certificate_config& wish, const std::string& where) {
        const auto chain = read(wish.certificate, wish.line, where);
        const auto key = read(wish.key, wish.line, where, true);
        if (!chain || !key) return std::nullopt;
        auto made = tls_identity::make(*chain, *key);
        if (!made) {
            add(problem::level::error, wish.line, where, made.error().what);
            return std::nullopt;
        }
        if (made->ends() < needs_.now)
            add(problem::level::warning, wish.line, where,
                fmt::format("{} expired at {}: callers will refuse it; renew it", chain->source, rfc3339(made->ends())));
        else if (made->begins() > needs_.now)
            add(problem::level::warning, wish.line, where,
                fmt::format("{} is in force only from {}: callers will refuse it until then; is this machine's clock right?", chain->source,
                    rfc3339(made->begins())));
        out_.certificates.push_back({made->source(), made->ends()});
        return std::move(*made);
    }

    const config& config_;
    const tls_needs& needs_;
    problem_list& problems_;
    tls_setup& out_;
};

std::string label(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c == '\n' ? ' ' : c;
    }
    return out;
}

}  // namespace

std::optional<tls_setup> load_tls(const config& of, const tls_needs& needs, problem_list& problems) {
    problem_list found;
    tls_setup out;
    reader files(of, needs, found, out);
    for (std::size_t i = 0; i < of.listeners.size(); ++i)
        out.listeners.push_back(files.server(of.listeners[i].tls, path_item("$.listeners", i) + ".tls"));
    out.management = files.server(of.management.listener.tls, "$.management.listener.tls");
    for (std::size_t i = 0; i < of.apis.size(); ++i)
        for (const auto& pool : of.apis[i].upstream)
            files.upstream(pool, path_item("$.apis", i) + ".upstream" + (pool.environment.empty() ? "" : "." + pool.environment) + ".tls");
    const auto& traces = of.telemetry.traces;
    if (traces.enabled()) out.traces = files.client(traces.tls, traces.server.scheme == "https", "$.telemetry.traces.tls");
    for (const auto& p : found.items()) problems.add(p);
    if (found.has_errors()) return std::nullopt;
    return out;
}

std::string write_certificates(const tls_setup& of, timestamp now) {
    std::string out =
        "# HELP tollgate_tls_certificate_remaining_seconds Until a certificate ends; below 0 it has.\n"
        "# TYPE tollgate_tls_certificate_remaining_seconds gauge\n";
    std::vector<std::string_view> seen;
    for (const auto& c : of.certificates) {
        if (std::ranges::find(seen, c.source) != seen.end()) continue;  // two listeners may show one
        seen.push_back(c.source);
        out += fmt::format("tollgate_tls_certificate_remaining_seconds{{certificate=\"{}\"}} {}\n", label(c.source),
            std::chrono::duration_cast<std::chrono::seconds>(c.ends - now).count());
    }
    return out;
}

}  // namespace tollgate
