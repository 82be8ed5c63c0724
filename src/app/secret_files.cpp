#include "app/secret_files.hpp"

#include "tollgate/app/master_key.hpp"

#include <fmt/format.h>

#include <sys/stat.h>

#include <cstdlib>
#include <string>

namespace tollgate {
namespace {

struct named_secret {
    std::string source, what, where;
    int line = 0;
    bool is_master = false;
};

std::vector<named_secret> secrets_in(const config& of) {
    std::vector<named_secret> out;
    if (!of.keys.master.empty()) out.push_back({of.keys.master, "the master key", "$.keys.master", of.keys.line, true});
    for (std::size_t i = 0; i < of.apis.size(); ++i)
        for (const auto& p : of.apis[i].upstream)
            if (!p.secret.empty())
                out.push_back({p.secret, fmt::format("the secret of the pool {}", p.name), path_item("$.apis", i) + ".upstream", p.line});
    for (const auto& [name, source] : of.telemetry.traces.headers)
        out.push_back({source, fmt::format("the header {} of telemetry.traces", name), "$.telemetry.traces.headers", of.telemetry.traces.line});
    return out;
}

bool everybody_reads(const std::string& path) {
    struct stat facts{};
    return ::stat(path.c_str(), &facts) == 0 && (facts.st_mode & S_IROTH) != 0;
}

}  // namespace

void check_secrets(const config& of, secrets_of whose, problem_list& problems) {
    for (const auto& s : secrets_in(of)) {
        const auto colon = s.source.find(':');
        const auto kind = s.source.substr(0, colon), name = s.source.substr(colon + 1);
        const auto add = [&](problem::level level, std::string what) { problems.add({level, of.file, s.line, s.where, std::move(what)}); };
        if (kind == "file" && everybody_reads(name))
            add(problem::level::warning, fmt::format("{} can be read by everybody on this machine: chmod o= it", name));
        if (whose == secrets_of::this_process) continue;
        const bool not_here =
            (kind == "credential" && std::getenv("CREDENTIALS_DIRECTORY") == nullptr) || (kind == "env" && std::getenv(name.c_str()) == nullptr);
        if (not_here) continue;
        const auto read = s.is_master ? read_master_key(s.source) : read_secret(s.source, s.what);
        if (!read) add(problem::level::error, read.error().what);
    }
}

}  // namespace tollgate
