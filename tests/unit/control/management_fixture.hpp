// management_fixture.hpp - the operations over a real registry in a directory of its own, with two invented APIs beside the built-in one.
#pragma once

#include "tollgate/base/clock.hpp"
#include "tollgate/base/log.hpp"
#include "tollgate/codec/json.hpp"
#include "tollgate/control/management.hpp"
#include "tollgate/crypto/os_random.hpp"
#include "tollgate/registry/change_feed.hpp"
#include "tollgate/registry/registry.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::test {

constexpr std::string_view acme_contract = R"(
name: Acme
environments: [test, live]
tokens:
  - { kind: service, audience: service, format: "ac_{environment}_{random:32}" }
  - { kind: staff, audience: staff, format: "as_{environment}_{random:32}" }
scopes: { required: true, wildcard: "*", implies: { all: [things.read, things.write] } }
rotation: { grace: 24h }
)";

constexpr std::string_view acme_openapi = R"(
openapi: 3.1.0
security: [ { token: [] } ]
paths:
  /things: { get: { security: [ { token: [ things.read ] } ], responses: { '200': { description: ok } } } }
  /admin/keys: { post: { x-tollgate-handler: tokens.create, responses: { '201': { description: ok } } } }
components: { securitySchemes: { token: { type: http, scheme: bearer } } }
x-scopes: { things.read: Read, things.write: Write, all: Everything about things, parts.read: Parts }
)";

constexpr std::string_view globex_openapi = R"(
openapi: 3.1.0
paths: { /x: { get: { security: [ { token: [ x.read ] } ], responses: { '200': { description: ok } } } } }
components: { securitySchemes: { token: { type: http, scheme: bearer } } }
x-scopes: { x.read: Read }
)";

class management_fixture {
 public:
    management_fixture() {
        std::string name = (std::filesystem::temp_directory_path() / "tollgate-test-XXXXXX").string();
        BOOST_REQUIRE(::mkdtemp(name.data()) != nullptr);
        directory_ = name;
        auto opened = registry::open({.path = name + "/control", .cache_bytes = 8u << 20}, {time, random_, log_, feed_});
        BOOST_REQUIRE_MESSAGE(opened, (opened ? std::string() : opened.error().what));
        tokens = std::move(*opened);
        auto made = std::make_shared<rulebook>();
        book = made;
        builtin = &add(*made, "tollgate", "", management_openapi());
        acme = &add(*made, "acme", acme_contract, acme_openapi);
        globex = &add(*made, "globex", "", globex_openapi);
        made->add_host("acme.example", *acme, 1);
        table = make_operations(*tokens, [this] { return book; }, time);
    }
    ~management_fixture() {
        tokens.reset();
        std::error_code ignored;
        std::filesystem::remove_all(directory_, ignored);
    }

    struct request {
        std::string name;
        const api* of = nullptr;                 // nullptr: the built-in one
        std::string actor = "operator:1000";
        std::string id;                          // path parameter 0
        std::string query;
        std::string body;
        std::string if_match;
        std::string content_type = "application/json";
    };

    operation_answer ask(const request& r) const {
        operation_call call;
        call.of = r.of == nullptr ? builtin : r.of;
        call.actor = r.actor;
        call.from = "unix";
        call.path = "/v1/admin/api-tokens";
        call.query = r.query;
        if (!r.id.empty()) call.parameters.push_back(r.id);
        if (!r.content_type.empty()) call.headers.emplace_back("content-type", r.content_type);
        if (!r.if_match.empty()) call.headers.emplace_back("if-match", r.if_match);
        call.body = r.body;
        return table.at(r.name)(call);
    }

    static json::value parsed(const operation_answer& a) {
        boost::system::error_code error;
        auto value = json::parse(a.body, error);
        BOOST_REQUIRE_MESSAGE(!error, a.status << " " << a.body);
        return value;
    }

    // A token that the operator makes; its record with `token`.
    json::value create(const std::string& body) const {
        const auto answer = ask({.name = "tokens.create", .body = body});
        BOOST_REQUIRE_MESSAGE(answer.status == 201, answer.body);
        return parsed(answer);
    }

    // The actor that a created token is.
    static std::string actor_of(const json::value& record) { return "token:" + text(record, "id"); }
    static std::string text(const json::value& of, std::string_view member) { return std::string(of.at(member).as_string()); }
    static std::string header(const operation_answer& a, std::string_view name) {
        for (const auto& [n, v] : a.headers)
            if (n == name) return v;
        return {};
    }
    // "field: what" of every error, one a line.
    static std::string errors(const operation_answer& a) {
        std::string out;
        const auto body = parsed(a);
        if (const auto* list = body.as_object().if_contains("errors"))
            for (const auto& e : list->as_array()) out += text(e, "field") + ": " + text(e, "what") + "\n";
        return out;
    }

    manual_clock time{timestamp{1'800'000'000'000'000}};
    std::unique_ptr<registry> tokens;
    std::shared_ptr<const rulebook> book;
    operation_table table;
    const api *builtin = nullptr, *acme = nullptr, *globex = nullptr;

 private:
    const api& add(rulebook& to, const std::string& name, std::string_view contract_text, std::string_view openapi_text) {
        problem_list problems;
        auto made = std::make_unique<api>();
        made->name = name;
        made->trusts_caller_identity = name == "tollgate";
        made->rules = generic_contract();
        if (!contract_text.empty()) made->rules = *read_contract(*parse_document("contract", contract_text, problems), problems);
        const auto number = [&](std::string_view scope) { return tokens->scope_number_of(name, scope); };
        auto compiled = compile_openapi(*parse_document("openapi", openapi_text, problems), made->rules, number, {}, problems);
        for (const auto& p : problems.items()) BOOST_TEST_MESSAGE(p.text());
        BOOST_REQUIRE(compiled);
        made->routes = std::move(compiled->routes);
        made->catalogue = std::move(compiled->catalogue);
        made->scope_numbers = std::move(compiled->numbers);
        made->number = *tokens->number_of(name);
        for (const auto& e : made->rules.environments) made->environments.push_back({e, *tokens->number_of(e), 0});
        if (made->environments.empty()) made->environments.emplace_back();
        for (const auto& k : made->rules.kinds) made->kind_numbers.push_back(*tokens->number_of(k.kind));
        return to.add(std::move(made));
    }

    std::string directory_;
    os_random random_;
    null_log log_;
    change_feed feed_{1};
};

}  // namespace tollgate::test
