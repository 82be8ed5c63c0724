#include "registry/grant_codec.hpp"

#include <boost/test/unit_test.hpp>

#include <random>

using namespace tollgate;

namespace {

grant typical() {
    grant g;
    g.id.bytes.fill(0xab);
    for (const int s : {0, 3, 4, 100, 511}) g.scopes.add(static_cast<scope_number>(s));
    g.expires_at = {1'790'000'000'000'000};
    g.api = atom{3};
    g.kind = atom{5};
    g.audience = atom{6};
    g.environment = atom{7};
    g.tenant = atom{70'000};
    g.owner = atom{3'000'000};
    g.version = atom{8};
    g.epoch = 1;
    g.generation = 1;
    g.state = token_state::active;
    return g;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(grant_codec_test)

BOOST_AUTO_TEST_CASE(a_grant_comes_back_as_it_was) {
    std::vector<grant> all{typical()};
    auto g = typical();
    g.state = token_state::disabled;
    g.superseded_at = {1'785'000'000'000'000};
    g.expires_at = {};
    all.push_back(g);
    g.full_access = g.restricted_addresses = g.second_factor = true;
    g.scopes = {};
    g.epoch = 0xffff'ffff;
    g.owner = atom{0xffff'ffff};
    all.push_back(g);
    for (scope_number s = 0; s < bounds::scopes_per_api; ++s) g.scopes.add(s);
    all.push_back(g);
    for (std::size_t i = 0; i < all.size(); ++i) {
        const auto back = decode_grant(encode_grant(all[i]));
        BOOST_REQUIRE_MESSAGE(back, "grant " << i);
        BOOST_TEST((*back == all[i]), "grant " << i);
    }
}

BOOST_AUTO_TEST_CASE(an_address_list_stands_behind_the_scopes) {
    indexed_grant g = typical();
    g.restricted_addresses = true;
    for (const char* text : {"10.0.0.0/8", "203.0.113.7", "0.0.0.0/0", "2001:db8::/33", "::1", "::/0", "::/95", "255.255.255.255"})
        g.addresses.push_back(*ip_block::parse(text));
    const auto row = encode_grant(g);
    const auto back = decode_grant(row);
    BOOST_REQUIRE(back);
    BOOST_TEST((*back == g && back->addresses == g.addresses));
    const auto without = encode_grant(typical()).size();
    BOOST_TEST(row.size() - without == 1u + 2 + 5 + 1 + 6 + 17 + 1 + 13 + 5, "a block takes the bytes that its prefix reaches into");
    for (std::size_t n = without; n < row.size(); ++n) BOOST_TEST(!decode_grant(row.substr(0, n)), "cut at " << n);
    g.addresses.clear();
    const auto nobody = decode_grant(encode_grant(g));
    BOOST_TEST((nobody && nobody->restricted_addresses && nobody->addresses.empty()), "a list of nobody is not no list");
    for (const auto code : {162, 255})
        BOOST_TEST(!decode_grant(encode_grant(g).substr(0, without) + "\x01" + static_cast<char>(code) + std::string(20, '\0')), code);
}

BOOST_AUTO_TEST_CASE(rows_are_small) {
    constexpr std::size_t key_bytes = 32;
    BOOST_TEST(encode_grant(typical()).size() + key_bytes <= 90u);
    auto g = typical();
    g.state = token_state::revoked;
    BOOST_TEST(encode_grant(g).size() + key_bytes <= 52u);
}

BOOST_AUTO_TEST_CASE(a_revoked_one_is_a_tombstone_that_names_its_token) {
    auto g = typical();
    g.state = token_state::revoked;
    const auto back = decode_grant(encode_grant(g));
    BOOST_REQUIRE(back);
    BOOST_TEST((back->state == token_state::revoked));
    BOOST_TEST((back->id == g.id && back->api == g.api && back->environment == g.environment));
    BOOST_TEST((back->scopes.empty() && back->tenant == atom::none && !back->full_access));
}

BOOST_AUTO_TEST_CASE(bytes_that_are_not_a_grant_are_corrupt) {
    const auto row = encode_grant(typical());
    for (std::size_t n = 0; n < row.size(); ++n) {
        const auto r = decode_grant(row.substr(0, n));
        BOOST_TEST((!r && r.error().kind == errc::corrupt), "cut at " << n);
    }
    const struct {
        const char* why;
        std::string row;
    } rows[] = {
        {"bytes behind the end", row + "x"},
        {"another version", "\x02" + row.substr(1)},
        {"no such state", row.substr(0, 1) + "\x03" + row.substr(2)},
        {"an unknown flag", row.substr(0, 1) + "\x84" + row.substr(2)},
        {"a scope beyond the last", row.substr(0, row.size() - 2) + "\xff\x7f"},
        {"a number without end", row.substr(0, 18) + std::string(12, '\xff')},
    };
    for (const auto& r : rows) {
        const auto back = decode_grant(r.row);
        BOOST_TEST((!back && back.error().kind == errc::corrupt), r.why);
    }
}

BOOST_AUTO_TEST_CASE(random_bytes_never_break_the_reader) {
    std::mt19937_64 dice(7);
    const auto row = encode_grant(typical());
    int refused = 0;
    for (int i = 0; i < 20'000; ++i) {
        auto bytes = row;
        for (int k = 0; k < 3; ++k) bytes[dice() % bytes.size()] = static_cast<char>(dice());
        const auto back = decode_grant(bytes);
        if (!back) ++refused;
        else if (back->state != token_state::revoked) BOOST_REQUIRE((*decode_grant(encode_grant(*back)) == *back));
    }
    BOOST_TEST(refused > 1000);
}

BOOST_AUTO_TEST_SUITE_END()
