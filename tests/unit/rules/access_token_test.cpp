#include "tollgate/rules/access_token.hpp"

#include "judge_world.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace tollgate;

BOOST_AUTO_TEST_SUITE(access_tokens)

namespace {

constexpr timestamp kLater{kNow.us + 3'600'000'000};

token_id id_of(std::uint8_t n) {
    token_id id;
    id.bytes[15] = n;
    return id;
}

struct issuing {
    issuing() {
        auto made = std::make_unique<api>();
        made->name = "acme";
        made->number = kApi;
        made->rules = good_contract(
            "scopes: { wildcard: \"*\", implies: { boss: [read, write] } }\n"
            "oauth: { grants: [client_credentials], clients: [keys], token: /token, access_token: { prefix: ac_ } }\n");
        made->environments = {{"", atom::none, 0}};
        made->scope_numbers = {{"read", 1}, {"write", 2}, {"boss", 3}, {"*", 4}, {"far", 511}};
        of = &book.add(std::move(made));
        auto other = std::make_unique<api>();
        other->name = "other";
        other->number = kOtherApi;
        other->rules = of->rules;
        other->environments = {{"", atom::none, 0}};
        stranger = &book.add(std::move(other));
        ring = ring_of({{1, kNow, {}, {}, 0}});
        claims.id = id_of(9);
        claims.api = kApi;
        claims.parent = {{holder_kind::token, id_of(1)}, 3};
        claims.issued_at = kNow;
        claims.expires_at = kLater;
        claims.scopes.add(1);
        parent.id = id_of(1);
        parent.api = kApi;
        parent.epoch = 3;
        parent.state = token_state::active;
        for (const scope_number n : {scope_number{1}, scope_number{2}}) parent.scopes.add(n);
    }
    [[nodiscard]] mac_ring ring_of(const std::vector<mac_key>& keys) const { return {master, keys, book}; }
    [[nodiscard]] std::string text() const { return std::string(write_access_token(claims, "ac_", *ring.current(*of)).reveal()); }
    [[nodiscard]] std::string scopes_with(const grant& p) const {
        return of->effective_scopes(grant_of(claims, p, nullptr, nullptr, *of).scopes, false);
    }

    const secret master{std::string(32, 'm')};
    rulebook book;
    api* of = nullptr;
    api* stranger = nullptr;
    mac_ring ring;
    access_claims claims;
    grant parent;
};

}  // namespace

BOOST_AUTO_TEST_CASE(what_is_written_is_read) {
    issuing w;
    w.claims.scopes.add(511);
    w.claims.client = held{{holder_kind::client, id_of(2)}, 7};
    w.claims.user = held{{holder_kind::user, id_of(3)}, 8};
    w.claims.assurance = 2;
    w.claims.asserted_at = kNow;
    const auto text = w.text();
    BOOST_TEST(text.size() <= bounds::secret_bytes);
    const auto read = read_access_token(text, *w.of, w.ring, kNow);
    BOOST_REQUIRE(read.has_value());
    BOOST_TEST((read->id == w.claims.id && read->scopes == w.claims.scopes && read->expires_at == kLater && read->issued_at == kNow));
    BOOST_TEST((read->parent.who == w.claims.parent.who && read->parent.epoch == 3u));
    BOOST_TEST((read->client->who == w.claims.client->who && read->client->epoch == 7u && read->user->epoch == 8u));
    BOOST_TEST((read->assurance == 2u && read->asserted_at == kNow));
}

BOOST_AUTO_TEST_CASE(a_changed_letter_or_another_api_is_nothing) {
    const issuing w;
    const auto text = w.text();
    BOOST_REQUIRE(read_access_token(text, *w.of, w.ring, kNow).has_value());
    for (std::size_t i = 0; i < text.size(); ++i) {
        auto wrong = text;
        wrong[i] = wrong[i] == 'A' ? 'B' : 'A';
        BOOST_TEST(!read_access_token(wrong, *w.of, w.ring, kNow).has_value(), i);
        BOOST_TEST(!read_access_token(text.substr(0, i), *w.of, w.ring, kNow).has_value(), i);
    }
    BOOST_TEST(!read_access_token(text + "A", *w.of, w.ring, kNow).has_value());
    BOOST_TEST(!read_access_token(text, *w.stranger, w.ring, kNow).has_value());
    const mac_ring another(secret(std::string(32, 'n')), {{1, kNow, {}, {}, 0}}, w.book);
    BOOST_TEST(!read_access_token(text, *w.of, another, kNow).has_value());
    BOOST_TEST(!read_refresh_token(text, *w.of, w.ring, kNow).has_value());
}

BOOST_AUTO_TEST_CASE(a_replaced_key_verifies_until_its_end) {
    const issuing w;
    const auto text = w.text();
    const auto after = w.ring_of({{1, kNow, kNow, kLater, 0}, {2, kNow, {}, {}, 0}});
    BOOST_TEST(after.current(*w.of)->id == 2u);
    BOOST_TEST(read_access_token(text, *w.of, after, kNow).has_value());
    BOOST_TEST(!read_access_token(text, *w.of, after, kLater).has_value());
    BOOST_TEST(w.ring_of({}).current(*w.of) == nullptr);
}

BOOST_AUTO_TEST_CASE(scopes_are_what_both_have) {
    issuing w;
    const auto with = [](std::initializer_list<scope_number> numbers, bool full = false) {
        grant p = issuing().parent;
        p.scopes = {};
        for (const auto n : numbers) p.scopes.add(n);
        p.full_access = full;
        return p;
    };
    w.of->catalogue = {{"read", "", ""}, {"write", "", ""}, {"boss", "", ""}};
    w.of->seal();
    BOOST_TEST(w.scopes_with(with({1, 2})) == "read");
    BOOST_TEST(w.scopes_with(with({2})) == "");
    BOOST_TEST(w.scopes_with(with({3})) == "read");   // implied
    BOOST_TEST(w.scopes_with(with({4})) == "read");   // the wildcard
    BOOST_TEST(w.scopes_with(with({}, true)) == "read");
    w.claims.scopes = {};
    w.claims.scopes.add(3);
    BOOST_TEST(w.scopes_with(with({1})) == "read");   // its parent was narrowed
    BOOST_TEST(w.scopes_with(with({3})) == "read write boss");
    w.claims.every_scope = true;
    BOOST_TEST(w.scopes_with(with({1})) == "read");
    BOOST_TEST(grant_of(w.claims, with({}, true), nullptr, nullptr, *w.of).full_access);
}

BOOST_AUTO_TEST_CASE(it_ends_with_whatever_stands_behind_it) {
    issuing w;
    w.claims.client = held{{holder_kind::client, id_of(2)}, 1};
    w.claims.user = held{{holder_kind::user, id_of(3)}, 1};
    grant good;
    good.epoch = 1;
    good.state = token_state::active;
    const auto state = [&](const grant& p, const grant* client, const grant* user) { return grant_of(w.claims, p, client, user, *w.of).state; };
    const auto changed = [](grant g, token_state s, std::uint32_t epoch) {
        g.state = s;
        g.epoch = epoch;
        return g;
    };
    BOOST_TEST((state(w.parent, &good, &good) == token_state::active));
    BOOST_TEST((state(changed(w.parent, token_state::active, 4), &good, &good) == token_state::revoked));
    BOOST_TEST((state(changed(w.parent, token_state::disabled, 3), &good, &good) == token_state::disabled));
    for (const auto* absent : {static_cast<const grant*>(nullptr)}) {
        BOOST_TEST((state(w.parent, absent, &good) == token_state::revoked));
        BOOST_TEST((state(w.parent, &good, absent) == token_state::revoked));
    }
    const auto disabled = changed(good, token_state::disabled, 1), moved = changed(good, token_state::active, 2);
    BOOST_TEST((state(w.parent, &disabled, &good) == token_state::disabled));
    BOOST_TEST((state(w.parent, &good, &moved) == token_state::revoked));
    auto ending = w.parent;
    ending.expires_at = {kNow.us + 1};
    BOOST_TEST((grant_of(w.claims, ending, &good, &good, *w.of).expires_at == ending.expires_at));
    auto elsewhere = w.parent;
    elsewhere.environment = kLive;
    BOOST_TEST((state(elsewhere, &good, &good) == token_state::revoked));
}

BOOST_AUTO_TEST_SUITE_END()
