// acme.hpp - an invented API, and a registry in a directory of its own, for the registry's tests.
#pragma once

#include "tollgate/base/clock.hpp"
#include "tollgate/crypto/os_random.hpp"
#include "tollgate/crypto/sha256.hpp"
#include "tollgate/registry/registry.hpp"
#include "unit/store/scratch.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>
#include <utility>

namespace tollgate::test {

inline constexpr timestamp june{1'780'000'000'000'000};  // 2026-05-28

inline token_kind kind_of(std::string name, std::string audience, std::string format, const std::vector<std::string>& environments) {
    token_kind k;
    k.kind = std::move(name);
    k.audience = std::move(audience);
    k.format = std::move(format);
    k.compiled = token_format::compile(k.format, environments, false).value();
    return k;
}

// Two environments, two kinds, scopes with a wildcard; like nothing that exists.
inline std::unique_ptr<api> acme() {
    auto a = std::make_unique<api>();
    a->name = "acme";
    auto& rules = a->rules;
    rules.environments = {"test", "live"};
    rules.kinds = {kind_of("robot", "service", "ak_{environment}_{random:32}", rules.environments),
        kind_of("person", "people", "ap_{environment}_{random:40}", rules.environments)};
    rules.kinds[1].life.exact = std::chrono::hours(24 * 30);
    rules.scopes.wildcard = "*";
    rules.scopes.required = true;
    for (const char* name : {"crates:read", "crates:write", "lorries:read"}) a->catalogue.push_back({name, "", ""});
    a->environments = {{"test"}, {"live"}};
    return a;
}

// One environment without a name, one kind that never expires, scopes by default.
inline std::unique_ptr<api> plain() {
    auto a = std::make_unique<api>();
    a->name = "plain";
    a->rules.kinds = {kind_of("key", "", "pl_{random:49}", {})};
    a->rules.kinds[0].expiry_allowed = false;
    a->rules.scopes.defaults = {"notes:read"};
    for (const char* name : {"notes:read", "notes:write"}) a->catalogue.push_back({name, "", ""});
    a->environments = {{""}};
    return a;
}

inline create_token wish(std::string name = "a robot") {
    create_token w;
    w.name = std::move(name);
    w.environment = "live";
    w.scopes = {"crates:read"};
    return w;
}

inline const caller somebody{"operator:0", "unix"};

struct registry_fixture {
    scratch dir;
    manual_clock time{june};
    os_random random;
    null_log quiet;
    change_feed feed{2};
    std::unique_ptr<api> of = acme();
    std::unique_ptr<registry> tokens;

    registry_fixture() { open(); }
    void open() {
        tokens.reset();
        auto opened = registry::open({dir.path(), 8 << 20}, {time, random, quiet, feed});
        BOOST_REQUIRE_MESSAGE(opened, (opened ? "" : opened.error().what));
        tokens = std::move(*opened);
    }
    created_token make(const create_token& w) {
        std::vector<field_problem> problems;
        auto made = tokens->create(*of, w, somebody, problems);
        BOOST_REQUIRE_MESSAGE(made, (made ? "" : made.error().what));
        time.advance(std::chrono::milliseconds(1));  // ids in the order of creation
        return std::move(*made);
    }
    created_token make() { return make(wish()); }
    [[nodiscard]] std::optional<grant> read(const secret& text) const { return tokens->read(sha256(text.reveal())).value(); }
};

}  // namespace tollgate::test
