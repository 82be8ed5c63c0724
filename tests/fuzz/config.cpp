// The operator's configuration: read whole or refused with file and line.
#include "tollgate/app/config.hpp"
#include "fuzz/fuzz.hpp"

using namespace tollgate;

FUZZ_TARGET(config) {
    problem_list problems;
    const auto doc = parse_document("/nowhere/tollgate.yaml", bytes, problems);
    if (!doc) return;
    const auto read = read_config(*doc, problems);
    DEMAND(read.has_value() || problems.has_errors());
    for (const auto& p : problems.items()) DEMAND(p.text().starts_with("/nowhere/"));
    if (!read) return;
    for (const auto& l : read->listeners) DEMAND(ip_address::parse(l.address).has_value());
    for (const auto& a : read->apis)
        for (const auto& p : a.upstream) DEMAND(!p.servers.empty());
}
