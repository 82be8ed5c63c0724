// Contracts: read whole or refused with a reason; one that is read can be used.
#include "tollgate/rules/contract.hpp"
#include "fuzz/fuzz.hpp"
#include "fuzz/worlds.hpp"

using namespace tollgate;

FUZZ_TARGET(contract) {
    problem_list problems;
    const auto doc = parse_document("acme.yaml", bytes, problems);
    if (!doc) return;
    const auto rules = read_contract(*doc, problems);
    if (!rules) {
        DEMAND(problems.has_errors());
        for (const auto& p : problems.items()) DEMAND(!p.text().empty());
        return;
    }
    DEMAND(!rules->kinds.empty());
    fuzz::repeating random(bytes.size());
    for (const auto& k : rules->kinds) {
        const auto text = k.compiled.make(rules->environments.empty() ? -1 : 0, random);
        DEMAND(k.compiled.read(text.reveal()).outcome == token_format::reading::kind::match);
        (void)k.life.end_of(fuzz::now);
    }
    for (const auto& scope : rules->scopes.catalogue) (void)rules->closure(scope.name);
}
