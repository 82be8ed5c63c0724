#include "app/audit_keys.hpp"
#include "app/cli_context.hpp"

#include "tollgate/base/clock.hpp"
#include "tollgate/crypto/os_random.hpp"
#include "tollgate/registry/restore.hpp"
#include "tollgate/telemetry/log_writer.hpp"

#include <fmt/format.h>

#include <filesystem>

namespace tollgate {
namespace {

constexpr int standard_error = 2;

struct restore_wish {
    std::string copy;
    bool accept_lost_revocations = false, as_json = false;
};

int back_up(const cli_context& cli, const std::string& directory, bool as_json) {
    const auto gateway = cli.gateway();
    if (!gateway) return exit_failed;
    const auto absolute = std::filesystem::absolute(directory).lexically_normal().string();
    const auto done = gateway->post("/backups", json::object{{"directory", absolute}});
    if (!done) return cli.fail(done.error().what);
    if (as_json) cli.out << json::serialize(*done) << '\n';
    else
        cli.out << fmt::format(
            "{} holds everything up to revision {}, and has been read through. It has no key: keep the file of `keys.master` apart\n", absolute,
            cell(*done, "revision"));
    return exit_done;
}

int restore(const cli_context& cli, const restore_wish& o) {
    const auto settings = cli.read_configuration();
    if (!settings) return exit_failed;
    system_clock time;
    os_random random;
    log_writer log(standard_error, time, severity::warning);
    change_feed nobody(1);  // no data plane looks on
    const auto links = read_audit_keys(settings->keys.master);
    if (!links) return cli.fail(links.error().what);
    const auto done =
        restore_store({.copy = o.copy, .store = settings->store.path, .accept_lost_revocations = o.accept_lost_revocations, .links = links->changes},
            {time, random, log, nobody});
    if (!done) return cli.fail(done.error().what);
    if (o.as_json) {
        cli.out << json::serialize(json::object{{"restored", done->restored}, {"before", done->before}, {"revoked", done->revoked},
                       {"replaced", done->replaced}, {"set_aside", done->set_aside}})
                << '\n';
        return exit_done;
    }
    cli.out << fmt::format("{} is as it was at revision {}. Written again: {} revocations, and the secrets of {} rotated tokens\n",
        settings->store.path, done->restored, done->revoked, done->replaced);
    if (!done->set_aside.empty())
        cli.out << fmt::format("the store that was there (revision {}) is at {} now: remove it when all is well\n", done->before, done->set_aside);
    return exit_done;
}

}  // namespace

void add_backup_command(CLI::App& app, cli_context& cli) {
    const auto directory = std::make_shared<std::string>();
    const auto as_json = std::make_shared<bool>(false);
    auto* c = add_command(app, cli, "backup", "copy the running gateway's store to a new directory; changes go on",
        [&cli, directory, as_json] { return back_up(cli, *directory, *as_json); });
    c->add_option("directory", *directory, "must not exist; the gateway makes it")->required();
    c->add_flag("--json", *as_json, "a JSON object: directory, revision");
}

void add_restore_command(CLI::App& app, cli_context& cli) {
    const auto o = std::make_shared<restore_wish>();
    auto* c = add_command(app, cli, "restore",
        "put a copy that `backup` made in the place of the store, while no gateway runs; what was revoked since stays revoked",
        [&cli, o] { return restore(cli, *o); });
    c->add_option("directory", o->copy, "made by `backup`; it is only read")->required();
    c->add_flag("--accept-lost-revocations", o->accept_lost_revocations, "go on where the store that is there cannot say what was revoked since");
    c->add_flag("--json", o->as_json, "a JSON object");
}

}  // namespace tollgate
