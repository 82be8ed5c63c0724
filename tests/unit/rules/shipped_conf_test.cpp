// The contracts and documents under conf/, and an invented system under tests/data/sixth/, against tables of what each must say:
// tests/data/shipped/<name>.yaml. Nothing here knows a system by name; files are found by listing directories.
#include "tollgate/codec/document.hpp"
#include "tollgate/rules/contract.hpp"
#include "tollgate/rules/openapi.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace tollgate {
namespace {

namespace fs = std::filesystem;
const fs::path root = TOLLGATE_SOURCE_DIR;

struct files {
    std::string name;
    fs::path contract, openapi, expected;
    fs::path like;  // a table that completes `expected`; empty: none
};

// A system as loaded, and the table that it is compared with.
struct shipped {
    std::string name;
    contract rules;
    compiled_api api;
    node expected;
};

std::set<std::string> stems(const fs::path& directory, const std::string& extension) {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(directory))
        if (entry.path().extension() == extension) names.insert(entry.path().stem());
    return names;
}

// A second contract for the document of another system names that system.
std::string like_of(const fs::path& table) {
    problem_list problems;
    const auto doc = load_document(table.string(), problems);
    const node* like = doc ? doc->root.find("like") : nullptr;
    return like != nullptr ? like->text() : std::string();
}

std::vector<files> systems() {
    std::vector<files> found;
    for (const auto& name : stems(root / "conf/contracts", ".yaml")) {
        const fs::path table = root / "tests/data/shipped" / (name + ".yaml");
        const auto like = like_of(table);
        found.push_back({name, root / "conf/contracts" / (name + ".yaml"), root / "conf/openapi" / ((like.empty() ? name : like) + ".yaml"), table,
            like.empty() ? fs::path() : table.parent_path() / (like + ".yaml")});
    }
    const fs::path sixth = root / "tests/data/sixth";
    found.push_back({"sixth", sixth / "contract.yaml", sixth / "openapi.json", sixth / "expected.yaml", {}});
    return found;
}

// The expected values; what a table that is `like` another leaves out is the other's.
std::optional<document> load_table(const files& f, problem_list& problems) {
    auto table = load_document(f.expected.string(), problems);
    const auto other = f.like.empty() ? std::nullopt : load_document(f.like.string(), problems);
    if (!table || !other) return table;
    for (const auto& [key, value] : other->root.members())
        if (table->root.find(key) == nullptr) table->root.set(key, value);
    return table;
}

void report(const problem_list& problems) {
    for (const auto& p : problems.items()) BOOST_ERROR(p.text());
}

// Loads everything once; what does not load is an error of the test that asks first.
const std::vector<shipped>& loaded() {
    static const std::vector<shipped> all = [] {
        std::vector<shipped> list;
        for (const auto& f : systems()) {
            problem_list problems;
            const auto contract_text = load_document(f.contract.string(), problems);
            const auto openapi_text = load_document(f.openapi.string(), problems);
            auto table = load_table(f, problems);
            auto rules = contract_text ? read_contract(*contract_text, problems) : std::nullopt;
            auto api = rules && openapi_text ? compile_openapi(*openapi_text, *rules, counting_numbers(), {}, problems) : std::nullopt;
            report(problems);
            if (api && table) list.push_back({f.name, std::move(*rules), std::move(*api), std::move(table->root)});
        }
        return list;
    }();
    return all;
}

const std::vector<node>& rows(const shipped& s, std::string_view key) {
    static const std::vector<node> none;
    const node* list = s.expected.find(key);
    return list != nullptr ? list->items() : none;
}

std::vector<std::string> texts(const node* list) {
    std::vector<std::string> out;
    if (list != nullptr)
        for (const auto& item : list->items()) out.push_back(item.text());
    return out;
}

std::string join(const std::vector<std::string>& parts, std::string_view between) {
    std::string out;
    for (const auto& part : parts) out += (out.empty() ? "" : std::string(between)) + part;
    return out;
}

// `/a/{id}` with something in the braces.
std::string filled(std::string path) {
    for (auto open = path.find('{'); open != std::string::npos; open = path.find('{')) path.replace(open, path.find('}') - open + 1, "42");
    return path;
}

// Scopes of an alternative with spaces between, alternatives with bars.
std::string demand_text(const route& r) {
    if (r.is_public) return "public";
    std::vector<std::string> alternatives;
    for (const auto& alternative : r.any_of) {
        std::vector<std::string> names;
        for (const auto& scope : alternative.all_of) names.push_back(scope.name);
        alternatives.push_back(join(names, " "));
    }
    return join(alternatives, " | ");
}

std::string mode_text(idempotency_mode mode) {
    switch (mode) {
        case idempotency_mode::none: return "";
        case idempotency_mode::accepted: return "accepted";
        case idempotency_mode::required: return "required";
    }
    return "?";
}

std::string sorted(std::vector<std::string> names) {
    std::sort(names.begin(), names.end());
    return join(names, " ");
}

const route* find(const shipped& s, std::string_view method, std::string_view path) {
    const auto& all = s.api.routes.routes();
    const auto at = std::find_if(all.begin(), all.end(), [&](const route& r) { return r.method == method && r.path == path; });
    return at == all.end() ? nullptr : &*at;
}

scope_number number_of(const shipped& s, std::string_view scope) {
    for (const auto& [name, number] : s.api.numbers)
        if (name == scope) return number;
    BOOST_FAIL(s.name << ": no number for " << scope);
    return 0;
}

// Whether a token with `granted` alone satisfies the demand for `scope`; nothing: no operation demands it.
std::optional<bool> opens(const shipped& s, std::string_view granted, std::string_view scope) {
    for (const auto& r : s.api.routes.routes())
        for (const auto& alternative : r.any_of)
            for (const auto& demanded : alternative.all_of)
                if (demanded.name == scope) return demanded.satisfied_by.has(number_of(s, granted));
    return std::nullopt;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(shipped_conf)

BOOST_AUTO_TEST_CASE(every_file_has_its_counterpart_and_loads) {
    const auto contracts = stems(root / "conf/contracts", ".yaml");
    const auto documents = stems(root / "conf/openapi", ".yaml");
    const auto tables = stems(root / "tests/data/shipped", ".yaml");
    BOOST_TEST(contracts.size() >= 5U);
    std::set<std::string> served;
    for (const auto& f : systems())
        if (f.name != "sixth") served.insert(f.openapi.stem());
    BOOST_TEST(served == documents, boost::test_tools::per_element());
    BOOST_TEST(contracts == tables, boost::test_tools::per_element());
    BOOST_TEST(loaded().size() == contracts.size() + 1);
}

BOOST_AUTO_TEST_CASE(tokens_are_as_each_system_says) {
    for (const auto& s : loaded()) {
        BOOST_TEST_CONTEXT(s.name) {
            BOOST_TEST(s.rules.https_only == s.expected.find("https_only")->as_bool().value());
            BOOST_TEST(s.rules.environments == texts(s.expected.find("environments")), boost::test_tools::per_element());
            const node& scopes = *s.expected.find("scopes");
            BOOST_TEST(s.rules.scopes.defaults == texts(scopes.find("default")), boost::test_tools::per_element());
            BOOST_TEST(s.rules.scopes.required == scopes.find("required")->as_bool().value());
            BOOST_TEST(s.rules.scopes.wildcard == scopes.find("wildcard")->text());
            std::vector<std::string> formats;
            for (const auto& f : s.rules.foreign) formats.push_back(f.pattern());
            BOOST_TEST(formats == texts(s.expected.find("formats")), boost::test_tools::per_element());
            const auto& kinds = rows(s, "tokens");
            BOOST_REQUIRE(s.rules.kinds.size() == kinds.size());
            for (std::size_t i = 0; i < kinds.size(); ++i) {
                const auto& want = kinds[i].items();
                const token_kind& is = s.rules.kinds[i];
                BOOST_TEST(is.kind == want[0].text());
                BOOST_TEST(is.audience == want[1].text());
                BOOST_TEST(is.format == want[2].text());
                BOOST_TEST(is.life.months == want[3].as_integer().value());
                BOOST_TEST(is.expiry_allowed == want[4].as_bool().value());
                BOOST_TEST(is.step_up == want[5].as_bool().value());
                BOOST_TEST(is.compiled.checksummed());
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(catalogues_say_what_each_scope_is_for) {
    for (const auto& s : loaded()) {
        std::vector<std::string> is, want;
        for (const auto& entry : s.api.catalogue) is.push_back(entry.name + ": " + entry.description + " / " + entry.use_case);
        for (const auto& row : rows(s, "catalogue"))
            want.push_back(row.items()[0].text() + ": " + row.items()[1].text() + " / " + row.items()[2].text());
        BOOST_TEST_CONTEXT(s.name) { BOOST_TEST(is == want, boost::test_tools::per_element()); }
    }
}

// Every operation stands in the table, and the path that it names reaches it.
BOOST_AUTO_TEST_CASE(operations_demand_what_the_rows_say) {
    static const node nothing = node::make_mapping();
    for (const auto& s : loaded()) {
        const auto& table = rows(s, "operations");
        BOOST_TEST(s.api.routes.routes().size() == table.size(), s.name);
        for (const auto& row : table) {
            const auto& cells = row.items();
            const std::string &method = cells[1].text(), &path = cells[2].text();
            const node& more = cells.size() > 4 ? cells[4] : nothing;
            BOOST_TEST_CONTEXT(s.name << " " << cells[0].text() << " " << method << " " << path) {
                const std::string request = filled(path);
                const auto match = s.api.routes.match(method, request);
                BOOST_REQUIRE(match.outcome == route_match::kind::found);
                const route& r = *match.found;
                BOOST_TEST(r.path == path);
                BOOST_TEST(r.method == method);
                BOOST_TEST(demand_text(r) == cells[3].text());
                BOOST_TEST(sorted(r.audiences) == sorted(texts(more.find("audiences"))));
                BOOST_TEST(mode_text(r.idempotency) == (more.find("idempotency") ? more.find("idempotency")->text() : ""));
                BOOST_TEST(r.handler == (more.find("handler") ? more.find("handler")->text() : ""));
                BOOST_TEST(r.assurance == (more.find("assurance") ? more.find("assurance")->as_integer().value() : 1));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(a_scope_unlocks_what_it_implies) {
    for (const auto& s : loaded())
        for (const auto& row : rows(s, "unlocks")) {
            const std::string& granted = row.items()[0].text();
            for (const bool opened : {true, false})
                for (const auto& scope : texts(&row.items()[opened ? 1 : 2]))
                    BOOST_TEST(
                        (opens(s, granted, scope) == opened), s.name << ": " << granted << " should " << (opened ? "" : "not ") << "open " << scope);
        }
}

BOOST_AUTO_TEST_CASE(includes_cost_what_the_rows_say) {
    for (const auto& s : loaded())
        for (const auto& row : rows(s, "includes")) {
            const auto& cells = row.items();
            const route* r = find(s, "GET", cells[1].text());
            BOOST_REQUIRE_MESSAGE(r != nullptr, s.name << ": no " << cells[1].text());
            const auto at = r->include_scopes.find(cells[2].text());
            BOOST_REQUIRE_MESSAGE(at != r->include_scopes.end(), s.name << ": no include " << cells[2].text());
            BOOST_TEST(at->second == cells[3].text());
        }
}

// Bodies are compared byte for byte: callers match on them.
BOOST_AUTO_TEST_CASE(refusals_are_worded_letter_for_letter) {
    refusal_facts facts;
    facts.instance = "/v1/customers";
    facts.method = "GET";
    facts.request_id = "req-1";
    facts.trace_id = "4bf92f3577b34da6a3ce929d0e0e4736";
    facts.scope = "customers:read";
    facts.audience = "service";
    facts.environment = "live";
    facts.retry_after_s = 7;
    for (const auto& s : loaded())
        for (const auto& row : rows(s, "refusals")) {
            const auto& cells = row.items();
            BOOST_TEST_CONTEXT(s.name << " " << cells[0].text() << " " << cells[1].text()) {
                const auto why = refusal_by_name(cells[1].text());
                BOOST_REQUIRE(why.has_value());
                std::string body;
                s.rules.words.write_body(*why, facts, body);
                BOOST_TEST(s.rules.words.of(*why).status == cells[2].as_integer().value());
                BOOST_TEST(s.rules.words.of(*why).content_type == cells[3].text());
                BOOST_TEST(body == cells[4].text());
            }
        }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tollgate
