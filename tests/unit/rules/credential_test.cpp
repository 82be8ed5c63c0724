// The Authorization header -> what was presented (C-3, C-12, PL-1, W-11).
#include "tollgate/rules/credential.hpp"
#include "rules_support.hpp"
#include "tollgate/base/bounds.hpp"

#include <boost/test/unit_test.hpp>

#include <ostream>
#include <string>
#include <vector>

namespace tollgate {

namespace {

using kind = credential::kind;

std::string_view name(kind k) {
    switch (k) {
        case kind::missing: return "missing";
        case kind::malformed: return "malformed";
        case kind::junk: return "junk";
        case kind::other_environment: return "other_environment";
        case kind::plausible: return "plausible";
        case kind::access_token: return "access_token";
    }
    return "?";
}

constexpr std::string_view kLive = "ak_live_0123456789ABCDEFGHIJKLMNOP4AKU2a";
constexpr std::string_view kTest = "ak_test_0123456789ABCDEFGHIJKLMNOP2t3E7N";
constexpr std::string_view kBadSum = "ak_live_0123456789ABCDEFGHIJKLMNOP4AKU2b";

struct row {
    std::size_t headers;
    std::string value;
    kind expected;
    std::string_view text = {};
};

void check_rows(const api& of, std::uint32_t environment, const std::vector<row>& rows) {
    for (const auto& r : rows) {
        const auto read = read_credential(r.headers, r.value, of, environment);
        BOOST_TEST(name(read.what) == name(r.expected), r.headers << " x '" << r.value << "'");
        if (r.expected == kind::plausible) BOOST_TEST(read.text == r.text, r.value);
        else BOOST_TEST(read.text.empty(), r.value);
    }
}

std::string bearer(std::string_view text) { return "Bearer " + std::string(text); }

}  // namespace

BOOST_AUTO_TEST_SUITE(credential_test)

BOOST_AUTO_TEST_CASE(headers_as_they_come) {
    api of;
    of.rules = good_contract("environments: [test, live]\ntokens: [{ format: \"ak_{environment}_{random:32}\" }]");
    check_rows(of, 1,
        {
            {0, "", kind::missing},
            {1, "", kind::missing},
            {1, "Bearer", kind::missing},
            {1, "bearer", kind::missing},
            {1, "Bearer    ", kind::missing},
            {1, "Basic dXNlcjpwYXNz", kind::missing},
            {1, std::string(kLive), kind::missing},
            {1, "Bearers " + std::string(kLive), kind::missing},
            {1, "Token " + std::string(kLive), kind::missing},
            {2, bearer(kLive), kind::malformed},
            {2, "", kind::malformed},
            {1, "Bearer \t" + std::string(kLive), kind::malformed},
            {1, "Bearer\t" + std::string(kLive), kind::malformed},
            {1, bearer(kLive) + " " + std::string(kLive), kind::malformed},
            {1, bearer(kLive) + ", Basic x", kind::malformed},
            {1, bearer(kLive) + ",", kind::malformed},
            {1, "Bearer \"" + std::string(kLive) + "\"", kind::malformed},
            {1, "Bearer {token}", kind::malformed},
            {1, "Bearer =", kind::malformed},
            {1, "Bearer ab=c", kind::malformed},
            {1, "Bearer 12|" + std::string(40, 'a'), kind::malformed},
            {1, "Bearer caf\xc3\xa9", kind::malformed},
            {1, std::string("Bearer ab\0cd", 12), kind::malformed},
            {1, "Bearer x", kind::junk},
            {1, "Bearer ab==", kind::junk},
            {1, "Bearer -._~+/=", kind::junk},
            {1, bearer(kBadSum), kind::junk},
            {1, bearer(std::string(kLive) + "a"), kind::junk},
            {1, bearer(std::string(bounds::secret_bytes + 1, 'a')), kind::junk},
            {1, bearer(kTest), kind::other_environment},
            {1, bearer(kLive), kind::plausible, kLive},
            {1, "bearer " + std::string(kLive), kind::plausible, kLive},
            {1, "BEARER   " + std::string(kLive), kind::plausible, kLive},
        });
    check_rows(of, 0, {{1, bearer(kTest), kind::plausible, kTest}, {1, bearer(kLive), kind::other_environment}});
}

BOOST_AUTO_TEST_CASE(an_api_without_a_contract_takes_the_generic_format) {
    api of;
    of.rules = generic_contract();
    constexpr std::string_view good = "tg_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa17m8SZ";
    check_rows(of, 0, {{1, bearer(good), kind::plausible, good}, {1, bearer(kLive), kind::junk}});
}

BOOST_AUTO_TEST_CASE(kinds_may_share_a_format_or_differ) {
    api of;
    of.rules = good_contract(
        "environments: [test, live]\n"
        "tokens:\n"
        "  - { kind: service, format: \"ak_{environment}_{random:32}\" }\n"
        "  - { kind: admin, format: \"ak_{environment}_{random:32}\" }\n"
        "  - { kind: personal, format: \"k-{random:28}\" }\n");
    constexpr std::string_view personal = "k-zzzzzzzzzzzzzzzzzzzzzz0XoeFx";
    check_rows(of, 1,
        {
            {1, bearer(kLive), kind::plausible, kLive},
            {1, bearer(kTest), kind::other_environment},
            {1, bearer(personal), kind::plausible, personal},
        });
}

BOOST_AUTO_TEST_CASE(imported_keys) {
    api of;
    of.rules = good_contract(
        "formats:\n"
        "  - { pattern: \"OLD{hex:64}\" }\n"
        "  - { pattern: \"{random:40}\", digest: after_pipe }\n");
    const std::string old = "OLD" + std::string(64, 'b'), piped(40, 'Q');
    check_rows(of, 0,
        {
            {1, bearer(old), kind::plausible, old},
            {1, bearer(old + "b"), kind::junk},
            {1, "Bearer 17|" + piped, kind::plausible, piped},
            {1, "Bearer 17|" + piped + "Q", kind::junk},
            {1, "Bearer 17|" + old, kind::junk},
            {1, bearer(piped), kind::junk},
            {1, "Bearer 17|18|" + piped, kind::malformed},
            {1, "Bearer |" + piped, kind::malformed},
            {1, "Bearer x|" + piped, kind::malformed},
            {1, "Bearer 17|", kind::malformed},
            {1, bearer(std::string(bounds::secret_bytes, '1') + "|" + piped), kind::junk},
        });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tollgate
