#include "tollgate/app/demo.hpp"

#include "app/demo_accounts.hpp"
#include "embedded/shipped_files.hpp"
#include "tollgate/app/config.hpp"
#include "tollgate/app/master_key.hpp"
#include "tollgate/app/serve.hpp"
#include "tollgate/codec/json.hpp"
#include "tollgate/codec/text.hpp"
#include "tollgate/crypto/os_random.hpp"
#include "tollgate/crypto/sha256.hpp"
#include "tollgate/net/sample_server.hpp"
#include "tollgate/telemetry/log_writer.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

namespace tollgate {
namespace {

namespace fs = std::filesystem;

// A directory that is gone, with all that is in it, when this ends.
class temporary_directory {
 public:
    temporary_directory() {
        std::string pattern = (fs::temp_directory_path() / "tollgate-demo-XXXXXX").string();
        if (::mkdtemp(pattern.data()) != nullptr) path_ = pattern;
    }
    ~temporary_directory() {
        std::error_code ignored;
        if (!path_.empty()) fs::remove_all(path_, ignored);
    }
    temporary_directory(const temporary_directory&) = delete;
    temporary_directory& operator=(const temporary_directory&) = delete;
    [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
    std::string path_;
};

struct sample {
    std::string api, variant, host, path, environment, tenant, owner;
    std::vector<std::string> scopes;
};

struct made_sample {
    sample of;
    std::string id, token, curl;
};

std::string text_of(const node& n, std::string_view key) {
    const node* v = n.find(key);
    return v != nullptr ? v->text() : std::string();
}

std::vector<sample> read_samples(const node& root) {
    std::vector<sample> out;
    const node* list = root.find("samples");
    if (list == nullptr) return out;
    for (const auto& item : list->items()) {
        sample s{text_of(item, "api"), text_of(item, "variant"), text_of(item, "host"), text_of(item, "path"), text_of(item, "environment"),
            text_of(item, "tenant"), text_of(item, "owner"), {}};
        if (const node* scopes = item.find("scopes"))
            for (const auto& scope : scopes->items()) s.scopes.push_back(scope.text());
        out.push_back(std::move(s));
    }
    return out;
}

std::string fill(std::string text, const std::map<std::string, std::string>& values) {
    for (const auto& [key, value] : values) {
        const std::string mark = "@" + key + "@";
        for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + value.size())) text.replace(at, mark.size(), value);
    }
    return text;
}

// "127.0.0.1:8080" -> address and port.
std::pair<std::string, std::string> split(const std::string& address) {
    const auto colon = address.rfind(':');
    if (colon == std::string::npos) return {address, "0"};
    std::string host = address.substr(0, colon);
    if (host.size() > 2 && host.front() == '[') host = host.substr(1, host.size() - 2);
    return {host, address.substr(colon + 1)};
}

// The sample upstream says what it received, so that a curl line shows what Tollgate adds and what it takes away.
std::string describe(const sample_request& r) {
    json::array headers;
    for (const auto& [name, value] : r.headers) headers.push_back(json::array{name, value});
    const json::object answer{
        {"method", r.method}, {"target", r.target}, {"headers", headers}, {"body_sha256", hex(sha256(r.body).bytes)}, {"connection", r.connection}};
    return json::serialize(answer) + "\n";
}

bool write_files(const std::string& directory) {
    for (const auto& f : embedded::shipped_files()) {
        const fs::path at = fs::path(directory) / f.name;
        fs::create_directories(at.parent_path());
        std::ofstream(at) << f.text;
        if (!fs::exists(at)) return false;
    }
    return true;
}

result<made_sample> make_sample(server& gateway, const sample& s, const std::string& port) {
    const api* of = gateway.rules().by_name(s.api);
    if (of == nullptr) return failure{errc::not_found, "the demo's sample names an unknown API: " + s.api};
    create_token wish;
    wish.name = "Demo";
    wish.environment = s.environment;
    wish.tenant = s.tenant;
    wish.owner = s.owner;
    wish.scopes = s.scopes;
    std::vector<field_problem> problems;
    auto made = gateway.tokens().create(*of, wish, {"tollgate", "demo"}, problems);
    for (const auto& p : problems) return failure{errc::invalid, "the demo's sample of " + s.api + ": " + p.field + ": " + p.what};
    if (!made) return made.error();
    const std::string text(made->text.reveal());
    return made_sample{s, made->record.id, text, fmt::format("curl -sS http://{}:{}{} -H 'Authorization: Bearer {}'", s.host, port, s.path, text)};
}

// Where the users of an API sign in; empty: it has no portal.
std::string portal_address(const server& gateway, std::string_view api_name) {
    const auto& book = gateway.rules();
    const api* of = book.by_name(api_name);
    if (of == nullptr || !of->portal.enabled()) return {};
    const auto host = std::ranges::find_if(book.hosts(), [&](const auto& h) { return h.second.of == of; });
    return host == book.hosts().end() ? std::string()
                                      : fmt::format("http://{}:{}{}", host->first, split(gateway.listeners().front()).second, of->portal.path);
}

json::object sample_json(const made_sample& s) { return {{"host", s.of.host}, {"token", s.token}, {"key_id", s.id}, {"curl", s.curl}}; }

void print_json(
    std::ostream& out, const server& gateway, const config& settings, const std::vector<made_sample>& samples, const demo_accounts& people) {
    json::object apis;
    for (const auto& s : samples) {
        if (s.of.variant.empty()) apis[s.of.api] = sample_json(s);
        else apis[s.of.api].as_object()[s.of.variant] = sample_json(s);
    }
    for (auto& [name, of] : apis) {
        if (auto oauth = people.oauth(name); !oauth.empty()) of.as_object()["oauth"] = std::move(oauth);
        if (const auto address = portal_address(gateway, name); !address.empty())
            if (const auto* who = people.user_of(name))
                of.as_object()["portal"] = json::object{{"address", address}, {"user_name", who->user_name}, {"password", who->password}};
    }
    const json::object line{{"gateway", gateway.listeners().front()}, {"console", gateway.management()}, {"socket", settings.management.socket},
        {"config", settings.file}, {"operator", json::object{{"user_name", people.owner.user_name}, {"password", people.owner.password}}},
        {"apis", apis}};
    out << json::serialize(line) << std::endl;
}

void print_words(
    std::ostream& out, const server& gateway, const config& settings, const std::vector<made_sample>& samples, const demo_accounts& people) {
    out << "Tollgate's demo is running. Paste a line into another terminal; each answers 200.\n\n";
    for (const auto& s : samples)
        out << "  # " << s.of.api << (s.of.variant.empty() ? "" : ", " + s.of.variant) << ", token " << s.id << "\n  " << s.curl << "\n\n";
    for (const auto& p : people.of_apis) {
        out << "  # " << p.api << " user " << p.user_name << ", password " << p.password;
        if (!p.client_id.empty()) out << ", client " << p.client_id;
        if (!p.client_secret.empty()) out << ", secret " << p.client_secret;
        out << "\n";
        if (const auto address = portal_address(gateway, p.api); !address.empty()) out << "  #   its portal: " << address << "\n";
    }
    out << "\nGateway     http://" << gateway.listeners().front() << "\n"
        << "Console     http://" << gateway.management() << "  (also /healthz, /readyz, /metrics)\n"
        << "  sign-in   " << people.owner.user_name << ", password " << people.owner.password << "\n"
        << "Access log  " << settings.access_log.path << "\n\n"
        << "For commands like `tollgate token list --socket \"$SOCKET\"`:\n\n"
        << "  export SOCKET=" << settings.management.socket << " CONFIG=" << settings.file << "\n\n"
        << "Ctrl-C ends it and removes everything.\n"
        << std::flush;
}

int run_in(const std::string& directory, const demo_options& options, std::ostream& out, std::ostream& err) {
    problem_list problems;
    const auto shipped = embedded::shipped_files();
    const auto demo = std::ranges::find(shipped, "demo.yaml", &embedded::file::name);
    const auto doc = demo != shipped.end() ? parse_document("demo.yaml", demo->text, problems) : std::nullopt;
    if (!doc || !write_files(directory)) {
        err << "tollgate: the demo's files cannot be written to " << directory << "\n";
        return 1;
    }
    auto upstream = sample_server::start(describe);
    if (!upstream) {
        err << "tollgate: " << upstream.error().what << "\n";
        return 1;
    }
    const auto [gateway_address, gateway_port] = split(options.gateway);
    const auto [console_address, console_port] = split(options.console);
    const std::string file = directory + "/tollgate.yaml";
    std::ofstream(file) << fill(text_of(doc->root, "config"),
        {{"GATEWAY_ADDRESS", gateway_address}, {"GATEWAY_PORT", gateway_port}, {"CONSOLE_ADDRESS", console_address}, {"CONSOLE_PORT", console_port},
            {"DIRECTORY", directory}, {"UPSTREAM", (*upstream)->address()}});
    os_random random;
    if (const auto made = make_master_key(directory + "/master.key", random); !made) {
        err << "tollgate: " << made.error().what << "\n";
        return 1;
    }
    const auto settings = load_config(file, problems);
    system_clock time;
    log_writer log(STDERR_FILENO, time, severity::warning);
    auto started = settings ? server::start(*settings, time, log, problems)
                            : result<std::unique_ptr<server>>(failure{errc::invalid, "the demo's configuration has problems"});
    for (const auto& p : problems.items()) err << p.text() << "\n";
    if (!started) {
        err << "tollgate: " << started.error().what << "\n";
        return 1;
    }
    server& gateway = **started;
    std::vector<made_sample> samples;
    for (const auto& s : read_samples(doc->root)) {
        auto made = make_sample(gateway, s, split(gateway.listeners().front()).second);
        if (!made) {
            err << "tollgate: " << made.error().what << "\n";
            return 1;
        }
        samples.push_back(std::move(*made));
    }
    const auto people = make_demo_accounts(gateway, doc->root);
    if (!people) {
        err << "tollgate: " << people.error().what << "\n";
        return 1;
    }
    if (options.json) print_json(out, gateway, *settings, samples, *people);
    else print_words(out, gateway, *settings, samples, *people);
    serve_until_signal(gateway, log);
    return 0;
}

}  // namespace

int run_demo(const demo_options& options, std::ostream& out, std::ostream& err) {
    block_signals();
    const temporary_directory directory;
    if (directory.path().empty()) {
        err << "tollgate: no temporary directory can be made; is TMPDIR writable?\n";
        return 1;
    }
    return run_in(directory.path(), options, out, err);
}

}  // namespace tollgate
