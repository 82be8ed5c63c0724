// YAML and JSON documents: read without harm, and what is written as JSON reads the same by either reader.
#include "tollgate/codec/document.hpp"
#include "fuzz/fuzz.hpp"
#include "tollgate/codec/json.hpp"

using namespace tollgate;

FUZZ_TARGET(document) {
    problem_list problems;
    const auto doc = parse_document((bytes.size() & 1) != 0 ? "x.json" : "x.yaml", bytes, problems);
    if (!doc) {
        DEMAND(problems.has_errors());
        return;
    }
    for (const auto& p : problems.items()) (void)p.text();
    const auto text = doc->root.to_json();
    problem_list none;
    const auto again = parse_document("again.json", text, none);
    // A key may be no JSON at all only where it was bytes that are no UTF-8.
    boost::system::error_code failed;
    (void)json::parse(text, failed);
    if (!failed) DEMAND(again.has_value() && again->root.to_json() == text);
}
