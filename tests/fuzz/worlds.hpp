// worlds.hpp - an API with everything that has a rule, made once, and randomness that repeats.
#pragma once

#include "fuzz/fuzz.hpp"
#include "tollgate/base/random.hpp"
#include "tollgate/rules/access_token.hpp"
#include "tollgate/rules/openapi.hpp"
#include "tollgate/rules/rulebook.hpp"

#include <memory>
#include <span>
#include <string>

namespace tollgate::fuzz {

class repeating final : public random_source {
 public:
    explicit repeating(std::uint64_t seed) : state_(seed * 2 + 1) {}
    void fill(std::span<std::uint8_t> out) override {
        for (auto& byte : out) {
            state_ ^= state_ << 13;
            state_ ^= state_ >> 7;
            state_ ^= state_ << 17;
            byte = static_cast<std::uint8_t>(state_ >> 24);
        }
    }

 private:
    std::uint64_t state_;
};

inline constexpr timestamp now{1'800'000'000'000'000};

// Two environments, two kinds, OAuth, versions, actors, idempotency; no system that there is.
struct world {
    world() {
        problem_list problems;
        const auto text = parse_document("acme.yaml", R"(
name: Acme
environments: [test, live]
tokens:
  - { kind: service, audience: service, format: "ak_{environment}_{random:32}" }
  - { kind: admin, audience: admin, format: "aa_{random}" }
formats: [ { pattern: "OLD{hex:64}", digest: whole } ]
scopes: { wildcard: "*", implies: { boss: [read, write] } }
oauth: { grants: [client_credentials, authorization_code, refresh_token], clients: [registered, keys], token: /token, authorize: /authorize,
         access_token: { prefix: at_ }, refresh_token: { prefix: rt_ }, kind: service }
)",
            problems);
        auto rules = text ? read_contract(*text, problems) : std::nullopt;
        if (!rules) complain(problems);
        const auto doc = parse_document("acme-openapi.yaml", R"(
openapi: 3.1.0
security: [ { token: [] } ]
paths:
  /things: { get: { security: [ { token: [ read ] } ] }, post: { security: [ { token: [ write ] } ] } }
  /things/{id}: { get: {}, put: {}, delete: {} }
  /things/{id}.json: { get: {} }
  /things/{id}/parts/{part}: { get: { x-encoded-slash: allow } }
  /things/all: { get: {} }
  /open: { get: { security: [] } }
components: { securitySchemes: { token: { type: http, scheme: bearer } } }
x-scopes: { read: Read, write: Write, boss: Everything }
)",
            problems);
        auto made = doc ? compile_openapi(*doc, *rules, counting_numbers(), {}, problems) : std::nullopt;
        if (!made) complain(problems);
        auto a = std::make_unique<api>();
        a->name = "acme";
        a->number = atom{1};
        a->rules = std::move(*rules);
        a->routes = std::move(made->routes);
        a->catalogue = made->catalogue;
        a->scope_numbers = made->numbers;
        a->environments = {{"test", atom{2}, 0}, {"live", atom{3}, 0}};
        a->kind_numbers = {atom{4}, atom{5}};
        of = &book.add(std::move(a));
        ring = mac_ring(master, {{1, now, {}, {}, 0}}, book);
        DEMAND(ring.current(*of) != nullptr);
    }
    [[noreturn]] static void complain(const problem_list& problems) {
        static std::string text;
        for (const auto& p : problems.items()) text += p.text() + '\n';
        contract_broken(text.c_str(), __FILE__, __LINE__);
    }
    const secret master{std::string(32, 'm')};
    rulebook book;
    api* of = nullptr;
    mac_ring ring;
};

inline world& acme() {
    static world made;
    return made;
}

}  // namespace tollgate::fuzz
