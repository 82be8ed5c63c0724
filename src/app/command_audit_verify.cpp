// `tollgate audit verify`: through the running gateway, over the store of one that is not running, or over a file of `audit --json`.
#include "app/audit_keys.hpp"
#include "app/cli_context.hpp"
#include "tollgate/audit/audit_lines.hpp"
#include "tollgate/audit/denial_log.hpp"
#include "tollgate/base/clock.hpp"
#include "tollgate/control/activity.hpp"
#include "tollgate/crypto/os_random.hpp"
#include "tollgate/store/local_database.hpp"
#include "tollgate/usage/usage_log.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

namespace tollgate {
namespace {

constexpr std::size_t cache_bytes = 8u << 20;

struct verify_options {
    std::vector<std::string> heads;
    std::string store, file;
    std::vector<std::string> keys;
    bool as_json = false;
};

// What went wrong on the way, into words; the log's own faults are not.
struct complaints final : log_sink {
    explicit complaints(std::ostream& o) : out(o) {}
    void write(severity level, std::string_view message, std::initializer_list<log_field> fields) noexcept override {
        if (level != severity::error) return;
        out << "tollgate: " << message;
        for (const auto& [name, value] : fields) out << ' ' << name << '=' << inert(value);
        out << '\n';
    }
    std::ostream& out;
};

result<std::vector<named_head>> read_heads(const std::vector<std::string>& texts) {
    std::vector<named_head> out;
    for (const auto& text : texts) {
        const auto head = named_head::parse(text);
        if (!head) return failure{errc::invalid, fmt::format("`{}` is no head: write REV:HEX as the gateway's log says it", text)};
        out.push_back(*head);
    }
    return out;
}

// Each --key, and the configuration's master key where there is a configuration: rows from before a key was changed are under the older one.
result<std::vector<audit_keys>> keys_of(const cli_context& cli, const verify_options& o) {
    std::vector<std::string> sources;
    for (const auto& key : o.keys) sources.push_back(key.find(':') == std::string::npos ? "file:" + key : key);
    if (std::filesystem::exists(cli.config_file)) {
        problem_list problems;
        const auto settings = load_config(cli.config_file, problems);
        if (!settings && sources.empty())
            return failure{errc::invalid, fmt::format("{} has problems: `tollgate check` says which; or name the key with --key", cli.config_file)};
        if (settings) sources.push_back(settings->keys.master);
    }
    std::vector<audit_keys> out;
    for (const auto& source : sources) {
        auto keys = read_audit_keys(source);
        if (!keys) return keys.error();
        out.push_back(*keys);
    }
    if (out.empty()) out.emplace_back();
    return out;
}

// Those of one of the two logs.
std::vector<audit_key> keys_of(const std::vector<audit_keys>& keys, audit_key audit_keys::* log) {
    std::vector<audit_key> out;
    for (const auto& each : keys) out.push_back(each.*log);
    return out;
}

result<json::value> verify_file(const verify_options& o, const std::vector<audit_keys>& keys, const std::vector<named_head>& heads) {
    std::ifstream in(o.file, std::ios::binary);
    if (!in) return failure{errc::not_found, fmt::format("{} cannot be read", o.file)};
    std::vector<audit_log_key> all;
    for (const auto& each : keys) std::ranges::copy(each.by_log(), std::back_inserter(all));
    return json::value(verification_view(verify_audit_lines(in, all, heads)));
}

result<checked_log> check_log(const audit_log& log, std::vector<audit_key> keys, const std::vector<named_head>& heads) {
    auto check = verify_audit(log, std::move(keys), heads_of(heads, log.name));
    if (!check) return check.error();
    return checked_log{log.name, std::move(*check)};
}

result<json::value> verify_store(
    const cli_context& cli, const verify_options& o, const std::vector<audit_keys>& keys, const std::vector<named_head>& heads) {
    if (!std::filesystem::exists(o.store + "/CURRENT")) return failure{errc::not_found, fmt::format("{} is no store", o.store)};
    system_clock time;
    os_random random;
    complaints log(cli.err);
    change_feed feed(1);
    const auto tokens = registry::open({o.store, cache_bytes, keys.front().changes}, {time, random, log, feed});
    if (!tokens) return tokens.error();
    const auto local = open_local(o.store, cache_bytes, time, log, merge_usage);
    if (!local) return local.error();
    const auto denials = denial_log::open(**local, local_families::denials, keys.front().denials, {}, log);
    if (!denials) return denials.error();
    std::vector<checked_log> checked;
    for (const auto& [which, key] :
        {std::pair(changes_log(**tokens, keys.front().changes), &audit_keys::changes), std::pair((*denials)->as_log(), &audit_keys::denials)}) {
        auto one = check_log(which, keys_of(keys, key), heads);
        if (!one) return one.error();
        checked.push_back(std::move(*one));
    }
    return json::value(verification_view(checked));
}

result<json::value> verify_running(const cli_context& cli, const verify_options& o) {
    const auto gateway = cli.gateway();
    if (!gateway) return failure{errc::unavailable, "or name a store with --store, or a file of `tollgate audit --json` with --file"};
    return gateway->get("/audit/verify", {{"head", fmt::format("{}", fmt::join(o.heads, ","))}});
}

int say(const cli_context& cli, const verify_options& o, const json::value& found) {
    const bool good = cell(found, "good") == "true";
    if (o.as_json) {
        cli.out << json::serialize(found) << '\n';
        return good ? exit_done : exit_failed;
    }
    for (const auto& log : found.at("logs").as_array()) {
        cli.out << fmt::format(
            "{}: {} rows, {} findings, head {}\n", inert(cell(log, "log")), cell(log, "rows"), cell(log, "findings_total"), cell(log, "head"));
        if (cell(log, "keyless_rows") != "0")
            cli.out << fmt::format("  {} rows are linked without a secret key: faults show, forgery does not\n", cell(log, "keyless_rows"));
        for (const auto& f : log.at("findings").as_array()) cli.out << fmt::format("  {}: {}\n", cell(f, "fault"), inert(cell(f, "text")));
    }
    return good ? exit_done : exit_failed;
}

int verify(const cli_context& cli, const verify_options& o) {
    const auto heads = read_heads(o.heads);
    if (!heads) return cli.fail(heads.error().what);
    if (o.store.empty() && o.file.empty()) {
        const auto found = verify_running(cli, o);
        return found ? say(cli, o, *found) : cli.fail(found.error().what);
    }
    const auto keys = keys_of(cli, o);
    if (!keys) return cli.fail(keys.error().what);
    const auto found = o.file.empty() ? verify_store(cli, o, *keys, *heads) : verify_file(o, *keys, *heads);
    return found ? say(cli, o, *found) : cli.fail(found.error().what);
}

}  // namespace

std::function<int()> add_audit_verify(CLI::App& audit, cli_context& cli) {
    const auto o = std::make_shared<verify_options>();
    auto* c = audit.add_subcommand("verify", "say whether anything was edited, taken out, put elsewhere, cut off or rewritten");
    c->fallthrough();
    c->add_option("--head", o->heads, "REV:HEX from the gateway's log, which must be in the log; may be given again")->expected(1)->take_all();
    auto* store = c->add_option("--store", o->store, "directory of a store that no gateway has open");
    c->add_option("--file", o->file, "what `tollgate audit --json` printed")->excludes(store);
    c->add_option("--key", o->keys, "a master key, as keys.master names it, besides the configuration's; again for each older one")
        ->expected(1)
        ->take_all();
    c->add_flag("--json", o->as_json, "a JSON object");
    return [&cli, o] { return verify(cli, *o); };
}

}  // namespace tollgate
