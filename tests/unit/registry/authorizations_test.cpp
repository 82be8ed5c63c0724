// Authorizations, access tokens that were revoked one by one, and keys, in a real store.
#include "tollgate/registry/authorizations.hpp"
#include "tollgate/registry/restore.hpp"

#include "acme.hpp"
#include "tollgate/model/holder.hpp"

#include <boost/test/unit_test.hpp>

using namespace tollgate;
using namespace tollgate::test;

BOOST_AUTO_TEST_SUITE(authorizations)

namespace {

struct books : registry_fixture {
    books() { of->rules.oauth.token = "/token", of->rules.oauth.refresh_token = true; }
    authorization made() {
        authorization wish;
        wish.client = "cli_00000000000000000000000001";
        wish.user = "usr_00000000000000000000000001";
        wish.environment = "live";
        wish.scopes = {"crates:read"};
        return book().add(*of, wish, somebody).value();
    }
    authorization_book book() { return authorization_book(*tokens); }
    std::optional<indexed_grant> read_holder(holder_kind kind, std::string_view id) {
        return tokens->read(holder_key({kind, token_id::parse(id, prefix_of(kind)).value()})).value();
    }
    presented_refresh present(const authorization& a, std::uint32_t generation) {
        return book().refresh(*of, a.id, generation, somebody).value().what;
    }
};

std::string access_id(std::uint8_t n) {
    token_id id;
    id.bytes[15] = n;
    return id.text();
}

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_holder_is_read_by_its_id, books) {
    const auto key = make();
    const auto by_id = read_holder(holder_kind::token, key.record.id);
    BOOST_REQUIRE(by_id.has_value());
    BOOST_TEST((by_id->state == token_state::active && by_id->epoch == 1u));
    BOOST_TEST((static_cast<const grant&>(*by_id) == *read(key.text)));
    const auto a = made();
    const auto of_user = read_holder(holder_kind::authorization, a.id);
    BOOST_TEST((of_user->state == token_state::active && of_user->epoch == 1u && !of_user->scopes.empty()));
    const auto nobody = token_id::make(time.now(), random);
    for (const auto kind : {holder_kind::token, holder_kind::authorization, holder_kind::client, holder_kind::user, holder_kind::access})
        BOOST_TEST(!tokens->read(holder_key({kind, nobody})).value().has_value());
    BOOST_TEST(tokens->revoke(key.record.id, somebody).has_value());
    BOOST_TEST((read_holder(holder_kind::token, key.record.id)->state == token_state::revoked));
}

BOOST_FIXTURE_TEST_CASE(one_generation_is_alive_whoever_writes, books) {
    const auto a = made();
    BOOST_TEST((present(a, 1) == presented_refresh::alive));
    BOOST_TEST((present(a, 2) == presented_refresh::alive));
    open();
    BOOST_TEST(book().show(a.id).value().generation == 3u);
    BOOST_TEST((present(a, 1) == presented_refresh::spent));
    open();
    const auto ended = book().show(a.id).value();
    BOOST_TEST((ended.state == token_state::revoked && ended.epoch == 2u));
    BOOST_TEST((present(a, 3) == presented_refresh::over));
    BOOST_TEST(book().end(a.id, "authorization.revoke", somebody).value().revision == ended.revision);  // nothing is left to do
    BOOST_TEST((book().end("aut_00000000000000000000000009", "x", somebody).error().kind == errc::not_found));
}

BOOST_FIXTURE_TEST_CASE(revoked_access_tokens_are_forgotten_after_their_end, books) {
    const auto end_of = [&](int hours) { return time.now() + std::chrono::hours(hours); };
    for (std::uint8_t n = 1; n <= 3; ++n) BOOST_TEST(book().revoke_access({access_id(n), "acme", time.now(), end_of(n)}, somebody).has_value());
    for (std::uint8_t n = 1; n <= 3; ++n) {
        BOOST_TEST(tokens->maybe_revoked(token_id::parse(access_id(n)).value()));
        BOOST_TEST((read_holder(holder_kind::access, access_id(n))->state == token_state::revoked));
    }
    BOOST_TEST(!tokens->maybe_revoked(token_id::parse(access_id(9)).value()));
    BOOST_TEST(book().revoke_access({access_id(1), "acme", time.now(), end_of(1)}, somebody).has_value());  // again
    open();
    BOOST_TEST(tokens->maybe_revoked(token_id::parse(access_id(2)).value()));
    time.advance(std::chrono::hours(24 * 7 + 2) + std::chrono::minutes(1));  // the first two have ended, and seven days are past
    BOOST_TEST(book().revoke_access({access_id(4), "acme", time.now(), end_of(4)}, somebody).has_value());
    BOOST_TEST(!read_holder(holder_kind::access, access_id(1)).has_value());
    BOOST_TEST(!read_holder(holder_kind::access, access_id(2)).has_value());
    BOOST_TEST(read_holder(holder_kind::access, access_id(3)).has_value());
}

BOOST_FIXTURE_TEST_CASE(keys_follow_each_other, books) {
    BOOST_TEST(book().keys().value().empty());
    BOOST_TEST(book().ensure_key(somebody).has_value());
    BOOST_TEST(book().ensure_key(somebody).has_value());  // once is enough
    BOOST_TEST(book().keys().value().size() == 1u);
    const auto second = book().rotate_keys(std::chrono::hours(2), somebody).value();
    BOOST_TEST(second.id == 2u);
    const auto until = time.now() + std::chrono::hours(2);
    time.advance(std::chrono::hours(1));
    book().rotate_keys(std::chrono::hours(2), somebody).value();
    open();
    const auto all = book().keys().value();
    BOOST_TEST_REQUIRE(all.size() == 3u);
    BOOST_TEST((all[0].verifies_until == until));  // not put off by a later rotation
    BOOST_TEST((all[1].retired_at == time.now()));
    BOOST_TEST(!all[2].verifies_until.has_value());
    book().rotate_keys(std::chrono::seconds(0), somebody).value();
    for (const auto& key : book().keys().value()) BOOST_TEST((key.id == 4u || *key.verifies_until <= time.now()), key.id);
}

// What ended since a copy was made stays ended: a spent refresh token does not come alive, nor does a key id get a second key.
BOOST_FIXTURE_TEST_CASE(restoring_a_copy_revives_nothing, books) {
    BOOST_TEST(book().ensure_key(somebody).has_value());
    const auto refreshed = made(), ended = made();
    BOOST_TEST(tokens->backup(dir.path("copy"), somebody).has_value());
    BOOST_TEST((present(refreshed, 1) == presented_refresh::alive));
    BOOST_TEST(book().end(ended.id, "authorization.revoke", somebody).has_value());
    BOOST_TEST(book().revoke_access({access_id(7), "acme", time.now(), time.now() + std::chrono::hours(1)}, somebody).has_value());
    book().rotate_keys(std::chrono::seconds(0), somebody).value();
    const auto later = made();
    tokens.reset();
    const auto report = restore_store({dir.path("copy"), dir.path()}, {time, random, quiet, feed});
    BOOST_TEST_REQUIRE(report.has_value(), (report ? "" : report.error().what));
    BOOST_TEST(report->renewed == 5u);  // two authorizations, an access token, two keys
    open();
    BOOST_TEST(book().show(refreshed.id).value().generation == 2u);
    BOOST_TEST((present(refreshed, 1) == presented_refresh::spent));
    BOOST_TEST((book().show(ended.id).value().state == token_state::revoked));
    BOOST_TEST((book().show(later.id).error().kind == errc::not_found));  // the copy does not know it: nothing of it works
    BOOST_TEST(tokens->maybe_revoked(token_id::parse(access_id(7)).value()));
    BOOST_TEST(book().keys().value().size() == 2u);
    BOOST_TEST(book().rotate_keys(std::chrono::hours(1), somebody).value().id == 3u);
}

BOOST_AUTO_TEST_SUITE_END()
