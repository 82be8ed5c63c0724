// in_force.hpp - what a gateway serves by from one reload to the next, and how the next is made.
//
// Everything is made beside what is in force; only a whole one takes its place.
// Threads: values that are not changed once made. Errors: as a start's; the sentence says what.
#pragma once

#include "app/tls_files.hpp"
#include "tollgate/app/build_rulebook.hpp"
#include "tollgate/app/config.hpp"
#include "tollgate/base/error.hpp"
#include "tollgate/net/upstreams.hpp"
#include "tollgate/telemetry/counters.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace tollgate {

struct in_force {
    config settings;
    built_rulebook built;
    tls_setup tls;
    std::vector<api_counters_list> counts;  // of each worker
    [[nodiscard]] std::vector<std::string> api_names() const;
    // "Serving 2 APIs, 120 routes"
    [[nodiscard]] std::string summary() const;
};

// Reads the file of `before` again, with its contracts and documents. What a running gateway cannot take up is an error.
result<std::shared_ptr<in_force>> read_again(const config& before, const numbering& numbers, const tls_needs& tls, problem_list& problems);
// Of a configuration that has been read.
result<std::shared_ptr<in_force>> make_in_force(config settings, const numbering& numbers, const tls_needs& tls, problem_list& problems);

// Servers of the configuration as pools have them.
std::vector<upstream_server> servers_of(const pool_config& p);

// What becomes of a pool with a server that is not in `before`, and whose name cannot be resolved.
enum class unresolved : std::uint8_t { is_an_error, begins_without };
// Each server of the configuration by its addresses; names are resolved here, by `resolve`. What is known of servers that stay goes on from
// `before`: their addresses, too, where the name cannot be resolved.
result<std::vector<upstream_pool_settings>> make_pools(const std::vector<pool_config>& from, const tls_setup& tls, std::size_t threads,
    const std::vector<std::shared_ptr<pool_board>>& before, unresolved then, const name_resolver& resolve = resolve_server);
// The access log's file, opened for appending; -1: there is none.
result<int> open_access_log(const access_log_config& c);

}  // namespace tollgate
