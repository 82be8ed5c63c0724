#include "support/gateway.hpp"

#include "support/certificates.hpp"
#include "tollgate/app/config.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace tollgate::test {
namespace fs = std::filesystem;

namespace {

std::string indent(std::string_view text, std::size_t by) {
    std::istringstream lines{std::string(text)};
    std::string out;
    for (std::string line; std::getline(lines, line);) out += line.empty() ? "\n" : std::string(by, ' ') + line + "\n";
    return out;
}

std::string replace_all(std::string text, std::string_view mark, std::string_view value) {
    for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + value.size())) text.replace(at, mark.size(), value);
    return text;
}

std::uint16_t port_of(const std::string& address) { return static_cast<std::uint16_t>(std::stoul(address.substr(address.rfind(':') + 1))); }

}  // namespace

directory::directory() {
    std::string pattern = (fs::temp_directory_path() / "tollgate-test-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary directory");
    path = pattern;
}

directory::~directory() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
}

std::string directory::write(const std::string& name, std::string_view text) const {
    const fs::path at = fs::path(path) / name;
    fs::create_directories(at.parent_path());
    std::ofstream(at, std::ios::binary) << text;
    return at.string();
}

void kept_log::write(severity level, std::string_view message, std::initializer_list<log_field> fields) noexcept {
    const std::lock_guard lock(mutex_);
    text_ += std::string(to_string(level)) + " " + std::string(message);
    for (const auto& [k, v] : fields) text_ += " " + std::string(k) + "=" + std::string(v);
    text_ += "\n";
}

std::string kept_log::text() const {
    const std::lock_guard lock(mutex_);
    return text_;
}

create_token named(std::string name, std::vector<std::string> scopes) {
    create_token wish;
    wish.name = std::move(name);
    wish.scopes = std::move(scopes);
    return wish;
}

gateway::gateway(const std::string& apis, const std::map<std::string, std::string>& files, const upstream* up, gateway_options options)
    : time(options.time != nullptr ? *options.time : own_time) {
    for (const auto& [name, text] : files) dir.write(name, text);
    for (const auto& [name, text] : options.files) dir.write(name, text);
    dir.write("master.key", std::string(64, 'a') + "\n");
    by_tunnel_ = options.tls.empty() && !options.proxy_protocol && std::getenv("TOLLGATE_TEST_TLS") != nullptr;
    if (by_tunnel_) {
        const auto pair = authority().sign({});
        dir.write("tls.pem", pair.certificate);
        fs::permissions(dir.write("tls.key", pair.key), fs::perms::owner_read | fs::perms::owner_write);
        options.tls = "{ certificates: [ { certificate: tls.pem, key: tls.key } ] }";
        options.secure = false;
    }
    std::string config = "listeners: [ { address: 127.0.0.1, port: 0, treat_as_secure: " + std::string(options.secure ? "true" : "false") +
        (options.proxy_protocol ? ", proxy_protocol: true" : "") + (options.tls.empty() ? "" : ", tls: " + options.tls) + " } ]\n" +
        "management: { socket: \"" + socket_path() + "\", listener: { address: 127.0.0.1, port: 0 } }\n" + "store: { path: \"" + dir.file("store") +
        "\", cache: 8MiB }\n" + "keys: { master: \"file:master.key\" }\n" + "access_log: { path: \"" + dir.file("access.log") + "\" }\n" +
        "threads: " + std::to_string(options.threads) + "\n" + options.more + "apis:\n" + indent(apis, 2);
    if (up != nullptr) config = replace_all(config, "@UP@", up->address());
    problem_list problems;
    const auto settings = load_config(dir.write("tollgate.yaml", config), problems);
    auto started = settings ? server::start(*settings, time, log, problems, {.resolve = options.resolve})
                            : result<std::unique_ptr<server>>(failure{errc::invalid, "bad configuration"});
    if (!started) {
        std::string why = started.error().what;
        for (const auto& p : problems.items()) why += "\n" + p.text();
        throw std::runtime_error(why);
    }
    running = std::move(*started);
}

gateway::~gateway() = default;

std::uint16_t gateway::listener_port() const { return port_of(running->listeners().front()); }
std::uint16_t gateway::port() const {
    if (!by_tunnel_) return listener_port();
    if (!tunnel_) tunnel_ = std::make_unique<tls_tunnel>(listener_port());
    return tunnel_->port();
}
std::uint16_t gateway::management_port() const { return port_of(running->management()); }

std::string gateway::access_log() {
    if (running) {
        running->drain();
        running->wait();
        running.reset();
    }
    return read_file(dir.file("access.log"));
}

const api& gateway::of(std::string_view name) const {
    const api* found = running->rules().by_name(name);
    if (found == nullptr) throw std::runtime_error("no such API: " + std::string(name));
    return *found;
}

created_token gateway::create_record(std::string_view api_name, create_token wish) {
    std::vector<field_problem> problems;
    auto made = tokens().create(of(api_name), wish, {"test", "unix"}, problems);
    if (made) return std::move(*made);
    std::string why = made.error().what;
    for (const auto& p : problems) why += "; " + p.field + ": " + p.what;
    throw std::runtime_error(why);
}

std::string gateway::create(std::string_view api_name, create_token wish) {
    return std::string(create_record(api_name, std::move(wish)).text.reveal());
}

message gateway::ask(std::string_view method, std::string_view host, std::string_view target, std::string_view token, std::string_view more_fields,
    std::string_view body) {
    auto s = socket::connect(port());
    s.send(request_text(method, host, target, token, more_fields, body));
    reader in(s);
    return in.response(method == "HEAD");
}

std::string request_text(std::string_view method, std::string_view host, std::string_view target, std::string_view token,
    std::string_view more_fields, std::string_view body) {
    std::string out = std::string(method) + " " + std::string(target) + " HTTP/1.1\r\nHost: " + std::string(host) + "\r\n";
    if (!token.empty()) out += "Authorization: Bearer " + std::string(token) + "\r\n";
    out += more_fields;
    if (!body.empty()) out += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    return out + "\r\n" + std::string(body);
}

std::string read_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::string shipped(const std::string& name) { return read_file(std::string(TOLLGATE_SOURCE_DIR) + "/conf/" + name); }

std::map<std::string, std::string> shipped_files() {
    std::map<std::string, std::string> files;
    for (const std::string folder : {"contracts", "openapi"})
        for (const auto& entry : fs::directory_iterator(std::string(TOLLGATE_SOURCE_DIR) + "/conf/" + folder))
            if (entry.path().extension() == ".yaml") files[folder + "/" + entry.path().filename().string()] = read_file(entry.path().string());
    return files;
}

std::string shipped_apis() {
    std::string out;
    for (const std::string name : {"payrequest", "paymenter", "client-portal", "paylera", "partner"}) {
        const bool environments = name == "paylera";
        out += "- name: " + name + "\n  contract: contracts/" + name + ".yaml\n  openapi: openapi/" + name + ".yaml\n  publish: public\n" +
            (environments ? "  hosts: { live.paylera.test: live, sandbox.paylera.test: sandbox }\n  upstream: { live: { servers: [ \"http://@UP@\" ] "
                            "}, sandbox: { servers: "
                            "[ \"http://@UP@\" ] } }\n"
                          : "  hosts: [ " + name + ".test ]\n  upstream: { servers: [ \"http://@UP@\" ] }\n");
    }
    return out;
}

program::program(const std::vector<std::string>& arguments, std::string_view standard_input, const std::vector<std::string>& environment,
    const std::vector<int>& handed_over, const std::string& path) {
    int in[2], out[2], err[2];
    if (::pipe2(in, O_CLOEXEC) != 0 || ::pipe2(out, O_CLOEXEC) != 0 || ::pipe2(err, O_CLOEXEC) != 0) throw std::runtime_error("no pipes");
    std::vector<std::string> words{path.empty() ? binary() : path};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (auto& w : words) argv.push_back(w.data());
    argv.push_back(nullptr);
    std::vector<char*> env;
    for (char** e = environ; *e != nullptr; ++e) env.push_back(*e);
    auto more = environment;
    for (auto& e : more) env.push_back(e.data());
    std::string count = "LISTEN_FDS=" + std::to_string(handed_over.size());
    char whose[32] = {};
    if (!handed_over.empty()) env.insert(env.end(), {count.data(), whose});
    env.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ == 0) {
        std::snprintf(whose, sizeof whose, "LISTEN_PID=%d", ::getpid());
        constexpr int first = 3, far = 200;  // away from where they are to be, and then there
        for (std::size_t i = 0; i < handed_over.size(); ++i) ::dup2(handed_over[i], far + static_cast<int>(i));
        ::dup2(in[0], 0);
        ::dup2(out[1], 1);
        ::dup2(err[1], 2);
        for (int i = 0; i < static_cast<int>(handed_over.size()); ++i) {
            ::dup2(far + i, first + i);
            ::close(far + i);
        }
        ::execve(argv[0], argv.data(), env.data());
        ::_exit(127);
    }
    ::close(in[0]);
    ::close(out[1]);
    ::close(err[1]);
    [[maybe_unused]] const auto n = ::write(in[1], standard_input.data(), standard_input.size());
    ::close(in[1]);
    out_ = out[0];
    err_ = err[0];
}

std::string program::binary() { return TOLLGATE_BINARY; }

program::~program() {
    if (pid_ > 0) {
        signal(SIGTERM);
        if (wait() == -1 && pid_ > 0) {
            signal(SIGKILL);
            ::waitpid(pid_, nullptr, 0);
        }
    }
    stop_reading();
}

std::string program::read_line() {
    for (;;) {
        if (const auto eol = buffered_.find('\n'); eol != std::string::npos) {
            auto line = buffered_.substr(0, eol);
            buffered_.erase(0, eol + 1);
            return line;
        }
        pollfd p{out_, POLLIN, 0};
        char part[4096];
        if (::poll(&p, 1, 30'000) <= 0) return {};
        const auto n = ::read(out_, part, sizeof part);
        if (n <= 0) return std::exchange(buffered_, {});
        buffered_.append(part, static_cast<std::size_t>(n));
    }
}

int program::wait() {
    for (int i = 0; i < 3000; ++i) {  // bounded; the exit itself is what is waited for
        int status = 0;
        const auto done = ::waitpid(pid_, &status, WNOHANG);
        if (done == pid_) {
            pid_ = -1;
            return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
        }
        ::poll(nullptr, 0, 10);
    }
    return -1;
}

void program::stop_reading() {
    ::close(std::exchange(out_, -1));
    ::close(std::exchange(err_, -1));
}

void program::signal(int which) const {
    if (pid_ > 0) ::kill(pid_, which);
}

namespace {
std::string read_to_end(int fd) {
    std::string all;
    char part[4096];
    for (;;) {
        pollfd p{fd, POLLIN, 0};
        if (::poll(&p, 1, 30'000) <= 0) return all;
        const auto n = ::read(fd, part, sizeof part);
        if (n <= 0) return all;
        all.append(part, static_cast<std::size_t>(n));
    }
}
}  // namespace

std::string program::output() { return std::exchange(buffered_, {}) + read_to_end(out_); }
std::string program::errors() { return read_to_end(err_); }

}  // namespace tollgate::test
