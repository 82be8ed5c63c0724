// `init`: a first configuration and the master key, for production. Writes new files only.
#include "app/audit_keys.hpp"
#include "app/cli_context.hpp"
#include "tollgate/app/build_rulebook.hpp"
#include "tollgate/codec/base64.hpp"
#include "tollgate/codec/text.hpp"
#include "tollgate/crypto/os_random.hpp"
#include "tollgate/crypto/password.hpp"
#include "tollgate/registry/users.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>

namespace tollgate {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t master_key_bytes = 32;
constexpr mode_t for_the_owner = 0600, for_the_group_too = 0640, directory_mode = 0750;

struct init_wish {
    std::string listen = "127.0.0.1:8080", manage = "127.0.0.1:8081";
    std::string api, host, upstream, contract, openapi, owner = "owner";
};

// A file that did not exist before. Empty: done; else why not.
std::string write_new(const fs::path& at, std::string_view text, mode_t mode) {
    const int fd = ::open(at.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd < 0) return fmt::format("{} cannot be made: {}", at.string(), std::generic_category().message(errno));
    const auto n = ::write(fd, text.data(), text.size());
    const bool whole = n == static_cast<ssize_t>(text.size()) && ::fsync(fd) == 0;
    const int why = errno;
    ::close(fd);
    return whole ? std::string() : fmt::format("{} cannot be written: {}", at.string(), std::generic_category().message(why));
}

std::string make_key() {
    std::array<std::uint8_t, master_key_bytes> bytes;
    os_random().fill(bytes);
    auto text = hex(bytes) + "\n";
    wipe(bytes.data(), bytes.size());
    return text;
}

std::string as_text(std::string_view text) { return json::serialize(json::value(text)); }  // YAML reads JSON's texts

// "ADDRESS:PORT" -> `address: …, port: …`; empty where it is neither.
std::string place_of(std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos || colon == 0) return {};
    auto address = text.substr(0, colon);
    if (address.starts_with('[') && address.ends_with(']')) address = address.substr(1, address.size() - 2);
    return fmt::format("address: {}, port: {}", as_text(address), text.substr(colon + 1));
}

std::string api_text(const init_wish& o) {
    if (o.api.empty()) {
        return "apis: []\n"
               "#  - name: billing\n"
               "#    hosts: [ billing.example ]\n"
               "#    openapi: openapi/billing.yaml    # what each operation demands\n"
               "#    contract: contracts/billing.yaml  # what tokens look like, how refusals are worded; may be left out\n"
               "#    upstream: { servers: [ \"http://127.0.0.1:9000\" ] }\n";
    }
    const auto file = [](std::string_view path) { return as_text(fs::absolute(path).lexically_normal().string()); };
    auto out = fmt::format("apis:\n  - name: {}\n    hosts: [ {} ]\n", as_text(o.api), as_text(o.host));
    if (!o.contract.empty()) out += fmt::format("    contract: {}\n", file(o.contract));
    if (!o.openapi.empty()) out += fmt::format("    openapi: {}\n", file(o.openapi));
    else out += "    unlisted: forward    # any valid token; name the API's document under `openapi`, and its operations demand their scopes\n";
    return out + fmt::format("    upstream: {{ servers: [ {} ] }}\n", as_text(o.upstream));
}

std::string config_text(const init_wish& o, bool system_wide) {
    return fmt::format(
        "# Tollgate's configuration. Every key with its default and meaning: `tollgate config --sample`.\n\n"
        "listeners:\n"
        "  # Plain HTTP for a TLS proxy on this machine, and for nobody else: what comes in here counts as HTTPS.\n"
        "  - {{ {}, treat_as_secure: true }}\n"
        "management:\n"
        "  socket: {}    # whoever may open it is the operator\n"
        "  listener: {{ {} }}\n"
        "store: {{ path: {} }}\n"
        "keys: {{ master: \"file:master.key\" }}    # keep a copy where no backup of the store is\n\n{}",
        place_of(o.listen), system_wide ? "/run/tollgate/tollgate.sock" : "tollgate.sock", place_of(o.manage),
        system_wide ? "/var/lib/tollgate" : "store", api_text(o));
}

// What nobody would have written to a log: the operator's own terminal shows it, once.
std::string make_password() {
    std::array<std::uint8_t, 15> bytes;
    os_random().fill(bytes);
    return base64url(bytes);
}

// The first operator, in the store that the configuration names. The password is the answer.
result<std::string> make_owner(const config& settings, const api& builtin, const std::string& name) {
    const auto links = read_audit_keys(settings.keys.master);
    if (!links) return links.error();
    system_clock time;
    os_random random;
    null_log quiet;
    change_feed feed(1);
    constexpr std::size_t cache_bytes = 8 << 20;
    auto opened = registry::open({settings.store.path, cache_bytes, links->changes}, {time, random, quiet, feed});
    if (!opened) return opened.error();
    auto password = make_password();
    auto hashed = hash_password(password);
    if (!hashed) return hashed.error();
    create_user wish;
    wish.user_name = name;
    wish.role = "owner";
    wish.password = std::move(*hashed);
    std::vector<field_problem> problems;
    const auto made = user_directory(**opened).add(builtin, wish, {fmt::format("operator:{}", ::getuid()), "init"}, problems);
    if (!made) return made.error();
    return password;
}

std::string next_steps(const std::string& config, const fs::path& key, const std::string& store, bool with_api) {
    return fmt::format(
        "wrote {0}\nwrote {1} (only its owner may read it)\n\nNext:\n"
        "  1. Copy {1} to a safe place apart from backups of the store: what it seals cannot be opened without it.\n"
        "     Let the gateway's user own it, and {3}.\n"
        "  2. {2}\n"
        "  3. tollgate check --config {0}\n"
        "  4. tollgate serve --config {0}    (in the foreground; let a service manager start it)\n"
        "  5. tollgate token create --config {0} --api NAME --name \"First\"\n"
        "The operator is who may open the socket; others sign in with accounts (tollgate user add --api tollgate --role viewer).\n",
        config, key.string(),
        with_api ? "Put a TLS proxy in front of the listener." : "Name your API under `apis`, and put a TLS proxy in front of the listener.", store);
}

int init(const cli_context& cli, const init_wish& o) {
    if (!o.api.empty() && (o.host.empty() || o.upstream.empty())) return cli.fail("--api needs --host and --upstream");
    if (place_of(o.listen).empty() || place_of(o.manage).empty()) return cli.fail("--listen and --manage are ADDRESS:PORT");
    const fs::path config = fs::absolute(cli.config_file).lexically_normal(), key = config.parent_path() / "master.key";
    std::error_code failed;
    for (const auto& file : {config, key})
        if (fs::exists(file, failed))
            return cli.fail(
                fmt::format("{} is there already, and nothing was written: move it away, or name another place with --config", file.string()));
    const bool made = fs::create_directories(config.parent_path(), failed);
    if (failed) return cli.fail(fmt::format("{} cannot be made: {}", config.parent_path().string(), failed.message()));
    if (made) fs::permissions(config.parent_path(), static_cast<fs::perms>(directory_mode), failed);

    auto secret_text = make_key();
    auto why = write_new(key, secret_text, for_the_owner);
    wipe(secret_text.data(), secret_text.size());
    if (!why.empty()) return cli.fail(why);
    why = write_new(config, config_text(o, config.string().starts_with("/etc/")), for_the_group_too);
    problem_list problems;
    const auto read = why.empty() ? load_config(config.string(), problems) : std::nullopt;
    const auto built = read ? build_rulebook(*read, counting_numbering(), problems) : std::nullopt;
    if (!built) {
        fs::remove(key, failed);  // both are a moment old, and of no use
        fs::remove(config, failed);
        cli.print_problems(problems);
        return cli.fail(why.empty() ? "nothing was written" : why);
    }
    cli.print_problems(problems);
    const bool store_is_new = !fs::exists(read->store.path, failed);
    const auto password = store_is_new ? make_owner(*read, *built->book->by_name(builtin_api_name), o.owner)
                                       : result<std::string>(failure{errc::exists, "the store is there already"});
    cli.out << next_steps(config.string(), key, read->store.path, !o.api.empty());
    if (password)
        cli.out << fmt::format(
            "\nThe owner signs in as {} with the password {} , shown this once; change it with tollgate user passwd.\n", o.owner, *password);
    else
        cli.err << fmt::format(
            "tollgate: no owner account was made: {}; make one with tollgate user add --api tollgate --role owner\n", password.error().what);
    return exit_done;
}

}  // namespace

void add_init_command(CLI::App& app, cli_context& cli) {
    const auto o = std::make_shared<init_wish>();
    auto* c = add_command(
        app, cli, "init", "write a first configuration and a master key beside it; no file is overwritten", [&cli, o] { return init(cli, *o); });
    c->add_option("--listen", o->listen, "where the TLS proxy connects")->type_name("ADDRESS:PORT")->capture_default_str();
    c->add_option("--manage", o->manage, "/metrics, /healthz and the management API")->type_name("ADDRESS:PORT")->capture_default_str();
    c->add_option("--api", o->api, "a first API's name");
    c->add_option("--host", o->host, "its host");
    c->add_option("--upstream", o->upstream, "its server, like http://127.0.0.1:9000");
    c->add_option("--contract", o->contract, "its contract, if there is one")->type_name("FILE");
    c->add_option("--owner", o->owner, "the user name of the first operator")->capture_default_str();
    c->add_option("--openapi", o->openapi, "its OpenAPI document, if there is one")->type_name("FILE");
}

}  // namespace tollgate
