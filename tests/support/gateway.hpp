// gateway.hpp - a real gateway in the test's process: real sockets, real RocksDB, its own directory.
//
// Also the real binary as a child process (`program`), for what only a process can show.
#pragma once

#include "support/sockets.hpp"
#include "support/tls.hpp"
#include "tollgate/app/server.hpp"
#include "tollgate/base/log.hpp"

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace tollgate::test {

// Gone with all that is in it.
class directory {
 public:
    directory();
    ~directory();
    directory(const directory&) = delete;
    [[nodiscard]] std::string file(const std::string& name) const { return path + "/" + name; }
    // Writes `text`, making directories. Answers the file's path.
    std::string write(const std::string& name, std::string_view text) const;
    std::string path;
};

// Keeps what the operator would have read.
class kept_log final : public log_sink {
 public:
    void write(severity level, std::string_view message, std::initializer_list<log_field> fields) noexcept override;
    [[nodiscard]] std::string text() const;

 private:
    mutable std::mutex mutex_;
    std::string text_;
};

struct gateway_options {
    unsigned threads = 2;
    std::string more{};  // further top-level YAML: "timeouts: { head: 300ms }\n"
    bool secure = true; // treat_as_secure
    bool proxy_protocol = false;  // of the listener
    std::string tls{};            // `tls:` of the listener, as YAML in flow style; empty: in the clear
    std::map<std::string, std::string> files{};  // beside the configuration
    name_resolver resolve = resolve_server;  // of upstream servers
    class clock* time = nullptr;  // what the gateway asks for the time, such as a manual_clock; outlives it. nullptr: the system's
};

// A wish with a name and the contract's defaults.
create_token named(std::string name, std::vector<std::string> scopes = {});

class gateway {
 public:
    // `apis`: the items of `apis:` as YAML, with "@UP@" standing for the address of `up` where one is given. Files are
    // written into the directory beside the configuration first: name -> text.
    gateway(const std::string& apis, const std::map<std::string, std::string>& files, const upstream* up = nullptr, gateway_options options = {});
    ~gateway();

    // Where plain tests connect. With TOLLGATE_TEST_TLS in the environment, and no `tls` of the test's own, the listener speaks TLS, and this
    // is a tunnel's end.
    [[nodiscard]] std::uint16_t port() const;
    [[nodiscard]] std::uint16_t listener_port() const;
    [[nodiscard]] std::uint16_t management_port() const;
    [[nodiscard]] std::string socket_path() const { return dir.file("tollgate.sock"); }
    [[nodiscard]] std::string access_log();  // what is written by now; ends what is buffered first
    registry& tokens() { return running->tokens(); }
    const api& of(std::string_view name) const;

    // A token's text. Throws with the reason where it is refused.
    std::string create(std::string_view api_name, create_token wish = named("Test"));
    created_token create_record(std::string_view api_name, create_token wish = named("Test"));
    // One request on a connection of its own.
    message ask(std::string_view method, std::string_view host, std::string_view target, std::string_view token = {},
        std::string_view more_fields = {}, std::string_view body = {});

    directory dir;
    kept_log log;
    system_clock own_time;
    class clock& time;  // own_time, or the option's
    std::unique_ptr<server> running;

 private:
    mutable std::unique_ptr<tls_tunnel> tunnel_;
    bool by_tunnel_ = false;
};

// "GET /x HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer t\r\n…\r\n\r\nbody"
std::string request_text(std::string_view method, std::string_view host, std::string_view target, std::string_view token = {},
    std::string_view more_fields = {}, std::string_view body = {});

// conf/<name> of the source tree.
std::string shipped(const std::string& name);
std::string read_file(const std::string& path);

// The five shipped APIs, each host `<name>.test` (with environments: `<environment>.<name>.test`), as `apis` and `files`.
std::string shipped_apis();
std::map<std::string, std::string> shipped_files();

// The real binary (TOLLGATE_BINARY), with what it printed. Ends it (SIGTERM, later SIGKILL) at the end of its life.
class program {
 public:
    // `environment`: "NAME=value", besides the test's own. `handed_over`: sockets that it gets as LISTEN_FDS. `path`: of the binary; empty:
    // binary().
    program(const std::vector<std::string>& arguments, std::string_view standard_input = {}, const std::vector<std::string>& environment = {},
        const std::vector<int>& handed_over = {}, const std::string& path = {});
    static std::string binary();
    ~program();
    std::string read_line();                   // of standard output
    int wait();                                // exit code; -1: a signal, or patience ran out
    void signal(int which) const;
    std::string output();                      // the rest of standard output, until its end
    std::string errors();                      // standard error, until its end
    void stop_reading();                       // closes this side of its standard output and error
    [[nodiscard]] pid_t pid() const { return pid_; }

 private:
    pid_t pid_ = -1;
    int out_ = -1, err_ = -1;
    std::string buffered_;
};

}  // namespace tollgate::test
