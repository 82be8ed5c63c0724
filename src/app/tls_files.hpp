// tls_files.hpp - the certificates, keys and authorities that a configuration names: read, checked, made into what listeners use.
//
// Threads: functions. Errors: problems with the configuration's line, the file and what to do.
#pragma once

#include "app/secret_files.hpp"
#include "tollgate/app/config.hpp"
#include "tollgate/base/clock.hpp"
#include "tollgate/crypto/tls_context.hpp"
#include "tollgate/net/upstream_tls.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tollgate {

inline constexpr std::chrono::hours certificate_is_near_its_end{21 * 24};

// What stays from one reload to the next.
struct tls_needs {
    timestamp now;
    std::shared_ptr<tls_tickets> tickets;
    std::shared_ptr<upstream_tls_report> report;  // nullptr where nothing is served
    secrets_of whose = secrets_of::this_process;
};

struct tls_setup {
    std::vector<std::shared_ptr<const tls_server>> listeners;  // by the configuration's; nullptr: in the clear
    std::shared_ptr<const tls_server> management;
    std::map<std::string, std::shared_ptr<const upstream_tls>, std::less<>> upstreams;  // by the pool's name, of those with a server of https
    std::shared_ptr<const upstream_tls> traces;  // of a collector of https; else nullptr
    struct certificate {
        std::string source;
        timestamp ends;
    };
    std::vector<certificate> certificates;
};

// A certificate that has expired, or is not in force yet, is a warning; so is a key that everybody can read.
std::optional<tls_setup> load_tls(const config& of, const tls_needs& needs, problem_list& problems);

// The metric of when certificates end.
std::string write_certificates(const tls_setup& of, timestamp now);

}  // namespace tollgate
