#include "app/config_api.hpp"
#include "app/config_table.hpp"
#include "app/shell_help.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tollgate {
namespace {

// Text as man(7) takes it: no escape, no request at the start of a line, no hyphen where a minus stands.
std::string roff(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '\\') out += "\\e";
        else if (c == '-') out += "\\-";
        else if (c == '\n') out += ' ';
        else out += c;
    }
    if (out.starts_with('.') || out.starts_with('\'')) out.insert(0, "\\&");
    return out;
}

std::string sentence(std::string_view text) {
    auto out = roff(text);
    if (!out.empty() && out.back() != '.') out += '.';
    return out;
}

std::string head(std::string_view name, int section, std::string_view version, std::string_view what) {
    return fmt::format(".TH {} {} \"\" \"Tollgate {}\" \"Tollgate\"\n.SH NAME\n{} \\- {}\n", name, section, roff(version), roff(name), roff(what));
}

bool is_flag(const CLI::Option& o) { return o.get_type_size() == 0; }

std::string placeholder(const CLI::Option& o) {
    const auto type = o.get_type_name();
    return type.empty() ? "VALUE" : type;
}

// "--config FILE", "API"
std::string spelled(const CLI::Option& o) {
    if (o.get_positional()) return fmt::format("\\fI{}\\fR", roff(o.get_name(true)));
    std::string names;
    for (const auto& s : o.get_snames()) names += fmt::format("{}\\fB\\-{}\\fR", names.empty() ? "" : ", ", roff(s));
    for (const auto& l : o.get_lnames()) names += fmt::format("{}\\fB\\-\\-{}\\fR", names.empty() ? "" : ", ", roff(l));
    return is_flag(o) ? names : fmt::format("{} \\fI{}\\fR", names, roff(placeholder(o)));
}

void write_options(std::string& out, const CLI::App& of) {
    for (const auto* o : of.get_options()) {
        out += fmt::format(".TP\n{}\n{}", spelled(*o), sentence(o->get_description()));
        if (!o->get_default_str().empty()) out += fmt::format(" Default: {}.", roff(o->get_default_str()));
        if (o->get_required()) out += " Required.";
        out += '\n';
    }
}

void write_command(std::string& out, const CLI::App& of, const std::string& path) {
    out += fmt::format(".SS {}\n{}\n", roff(path), sentence(of.get_description()));
    write_options(out, of);
    for (const auto* below : of.get_subcommands({})) write_command(out, *below, path + " " + below->get_name());
}

std::string keys_of(const config_section& section, const std::string& path) {
    std::string out;
    for (const auto& key : section.keys) {
        if (key.read == nullptr) continue;
        const auto name = path.empty() ? std::string(key.name) : path + "." + std::string(key.name);
        out += fmt::format(".TP\n\\fB{}\\fR\n{}", roff(name), sentence(key.doc));
        if (!key.fallback.empty()) out += fmt::format(" Default: {}.", roff(key.fallback));
        else if (key.section == nullptr && !key.example.empty()) out += fmt::format(" Example: {}.", roff(key.example));
        if (key.required) out += " Required.";
        out += '\n';
        if (key.section != nullptr) out += keys_of(*key.section, name + (key.items ? "[]" : ""));
    }
    return out;
}

// What an operator may meet at a start, and what to do then. In roff: a dash is written `\\-`.
struct diagnostic {
    std::string_view says, then;
};
constexpr diagnostic diagnostics[] = {
    {"FILE:LINE: error: ...",
        "The configuration, a contract or a document is wrong there; the sentence says what to write instead. A key that another "
        "version had is unknown to this one: the nearest that it knows is named."},
    {"cannot listen on ADDRESS: Address already in use", "Another gateway or another program has the port."},
    {"cannot listen on ADDRESS: Permission denied",
        "A port below 1024: have systemd hold the socket (tollgate.socket), or let the service have CAP_NET_BIND_SERVICE."},
    {"cannot listen on ADDRESS: Cannot assign requested address", "This machine has no such address, or not yet."},
    {"the store PATH is in use by process N", "One gateway alone may have a store open: that process still runs."},
    {"PATH/tollgate.lock cannot be opened: Permission denied",
        "The store's files belong to another user, mostly after a command that root ran: give them back to the one that the gateway runs as."},
    {"the master key PATH cannot be read",
        "Put back the one that the store was written with: what it sealed (second factors, kept answers, keys that "
        "sign) opens with no other. Only a new store gets a new key."},
    {"the audit log goes on under another key",
        "A warning: \\fBkeys.master\\fR is not the one of before. If nobody changed it, put the old one back."},
    {"`credential:NAME`: systemd passed no credentials",
        "The unit has no LoadCredential=NAME:PATH. \\fBcheck\\fR, outside of the service, cannot look "
        "at credentials, and says so."},
    {"FILE cannot be read: Permission denied",
        "Certificates and keys are read by the user that the gateway runs as: let its group read them, or have "
        "systemd pass them as credentials."},
    {"FILE expired at TIME", "A warning: callers will refuse the certificate. Renew it, then \\fBreload\\fR."},
    {"an upstream server is not asked before its name can be resolved",
        "A warning: a name server is away, or the name is wrong; \\fBcheck\\fR names it, too. All else is served. The name is asked for "
        "every 5 seconds, and while its pool has no other server, requests to it are answered 503."},
    {"the upstream server HOST of POOL: the name cannot be resolved",
        "It keeps a reload from what it would change, and another process from taking over: what was in force stays. "
        "While it runs, a name keeps the addresses that it had."},
    {"the store has no room, or tokens cannot be created",
        "The disk is nearly full: revoking goes on, creating does not, and does again by itself "
        "once there is room."},
};

}  // namespace

std::string manual_page(const CLI::App& app, std::string_view version) {
    auto out = head("tollgate", 1, version, "token gateway for billing APIs");
    out += ".SH SYNOPSIS\n\\fBtollgate\\fR [\\fIOPTIONS\\fR] \\fICOMMAND\\fR [\\fIARGUMENTS\\fR]\n.SH DESCRIPTION\n";
    out += sentence(app.get_description());
    out +=
        "\nOne process in front of services knows who may call what: it checks each call's token against what the API's\n"
        "OpenAPI document demands, and forwards the rest untouched.\n"
        "Commands that change or show tokens speak to the running gateway over its Unix socket.\n"
        ".SH OPTIONS\nThese may stand before or behind a command.\n";
    write_options(out, app);
    out += ".SH COMMANDS\n";
    for (const auto* command : app.get_subcommands({})) write_command(out, *command, command->get_name());
    out +=
        ".SH EXIT STATUS\n.TP\n0\nDone.\n.TP\n1\nRefused or failed; standard error says why.\n.TP\n2\nBad usage.\n"
        ".PP\nOf \\fBdiff\\fR: 0 where nothing would be refused, 1 where something would, 2 where that could not be found out.\n"
        ".SH SIGNALS\n.TP\nSIGTERM, SIGINT\nOf \\fBserve\\fR: stop accepting, let exchanges end, close the store. A second one ends at once.\n"
        ".TP\nSIGHUP\nOf \\fBserve\\fR: read the configuration, contracts and documents again, as \\fBreload\\fR does.\n"
        ".TP\nSIGUSR2\nOf \\fBserve\\fR: start the program anew and let it take over, as \\fBupgrade\\fR does. The process ends when what it has "
        "under "
        "way has ended.\n"
        ".SH DIAGNOSTICS\nWhat keeps \\fBserve\\fR from starting stands last on standard error, and under systemd in \\fBsystemctl status\\fR, too.\n"
        "\\fBcheck\\fR finds most of it beforehand.\n";
    for (const auto& d : diagnostics) out += fmt::format(".TP\n\\fI{}\\fR\n{}\n", d.says, d.then);
    out +=
        ".SH ENVIRONMENT\n.TP\nNOTIFY_SOCKET, WATCHDOG_USEC, LISTEN_FDS\nWhat a service manager passes to \\fBserve\\fR; see \\fBsd_notify\\fR(3), "
        "\\fBsd_listen_fds\\fR(3).\n.TP\nCREDENTIALS_DIRECTORY\nWhere a secret named as \\fIcredential:NAME\\fR is read from.\n"
        ".SH FILES\n.TP\n/etc/tollgate/tollgate.yaml\nThe configuration; see \\fBtollgate.yaml\\fR(5).\n.TP\n/var/lib/tollgate\nThe store.\n"
        ".TP\n/run/tollgate/tollgate.sock\nThe management socket: whoever may open it is the operator.\n"
        ".SH SEE ALSO\n\\fBtollgate.yaml\\fR(5), \\fBsystemctl\\fR(1)\n";
    return out;
}

std::string configuration_page(std::string_view version) {
    auto out = head("tollgate.yaml", 5, version, "configuration of the token gateway");
    out +=
        ".SH DESCRIPTION\nA YAML or JSON file of the keys below. A key that does not exist is an error. Durations are written like 250ms,\n"
        "10s, 24h or 15d; sizes like 100, 32KiB or 1GiB. Relative paths are relative to the file.\n"
        "\\fBtollgate check\\fR finds what is wrong in it, \\fBtollgate config \\-\\-sample\\fR prints all of it,\n"
        "and \\fBtollgate reload\\fR takes it up without a restart.\n.SH KEYS\n";
    return out + keys_of(config_root(), "") + ".SH SEE ALSO\n\\fBtollgate\\fR(1)\n";
}

}  // namespace tollgate
