// PM-13, PA-2: keys that others issued, taken in by their digests and used by callers who noticed nothing.
#include "flow/moving.hpp"

namespace tollgate::test {
namespace {

const std::string kPanelKey = "PAYM0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const std::string kSanctumText = "ZbFqVtmXw0R9dE4uJ3sK7aLyPcN2hGo6iT8xQ1bM";

const char* const kApis =
    "- { name: paymenter, contract: contracts/paymenter-deployed.yaml, openapi: openapi/paymenter.yaml, hosts: [ paymenter.test ], "
    "upstream: { servers: [ \"http://@UP@\" ] } }\n"
    "- { name: barred, contract: contracts/barred.yaml, hosts: [ barred.test ], unlisted: forward, upstream: { servers: [ \"http://@UP@\" ] } }\n";

std::map<std::string, std::string> files() {
    auto out = shipped_files();
    out["contracts/barred.yaml"] = "name: Barred\nformats: [ { pattern: \"{random:40}\", digest: after_pipe } ]\n";
    return out;
}

demanded said(unsigned status, const std::string& challenge, const std::string& name, const std::string& text) {
    return {status, challenge, kJson, json::serialize(json::object{{name, text}})};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(rows_moving)

BOOST_AUTO_TEST_CASE(row_PM_13) {
    upstream up;
    gateway g(kApis, files(), &up);
    const auto file = g.dir.write("keys.ndjson",
        line({{"name", "Accounting"}, {"digest", digest_of(kPanelKey)}, {"scopes", json::array{"users.view"}},
            {"created_at", "2025-03-01T08:00:00Z"}}));
    const auto done = tollgate(g, {"import", "--api", "paymenter", "--format", "PAYM{hex:64}", file});
    BOOST_TEST(done.code == 0, done.err);
    BOOST_TEST(done.out == "imported 1, there already 0, refused 0\n");

    const auto ask = [&](const std::string& path, const std::string& text) { return g.ask("GET", "paymenter.test", path, text); };
    const auto answered = ask("/api/v1/admin/users", kPanelKey);
    BOOST_TEST(answered.status() == 200u);
    const std::string invalid = "The provided API key is invalid or has been disabled.";
    check_answer(ask("/api/v1/admin/users", ""), said(401, "Bearer", "error", "The request is missing a valid bearer token."), "as documented");
    auto other = kPanelKey;
    other.back() = '0';
    check_answer(ask("/api/v1/admin/users", other), said(401, kInvalid, "message", invalid), "unknown");
    check_answer(ask("/api/v1/admin/orders", kPanelKey), said(403, lacks("orders.view"), "message", "This action is unauthorized."), "permission");
    const auto include = ask("/api/v1/admin/users?include=orders", kPanelKey);
    BOOST_TEST(include.status() == 400u);
    BOOST_TEST(text_at(parsed(include.body), "message") == "Requested include(s) are not allowed.");

    // The list shows it as any other; revoked, it is gone.
    const auto listed = member(parsed(manage(g, "GET", "/api-tokens?api=paymenter").body), "data").as_array();
    BOOST_REQUIRE(listed.size() == 1u);
    BOOST_TEST(text_at(listed[0], "name") == "Accounting");
    BOOST_TEST(text_at(listed[0], "hint") == "PAYM…");
    BOOST_TEST(text_at(listed[0], "created_at") == "2025-03-01T08:00:00.000000Z");
    BOOST_TEST(manage(g, "DELETE", "/api-tokens/" + text_at(listed[0], "id")).status() == 204u);
    check_answer(ask("/api/v1/admin/users", kPanelKey), said(401, kInvalid, "message", invalid), "revoked");
    // Importing the file again revives nothing.
    BOOST_TEST(tollgate(g, {"import", "--api", "paymenter", "--format", "PAYM{hex:64}", file}).out == "imported 0, there already 1, refused 0\n");
    check_answer(ask("/api/v1/admin/users", kPanelKey), said(401, kInvalid, "message", invalid), "revoked, imported again");
}

// `<number>|<text>`: the digest is of what stands behind the bar.
BOOST_AUTO_TEST_CASE(row_PM_13_texts_with_a_bar) {
    upstream up;
    gateway g(kApis, files(), &up);
    const auto file = g.dir.write("keys.ndjson", line({{"name", "Phone"}, {"digest", digest_of(kSanctumText)}}));
    BOOST_TEST(tollgate(g, {"import", "--api", "barred", "--format", "{random:40}", file}).out == "imported 1, there already 0, refused 0\n");
    BOOST_TEST(g.ask("GET", "barred.test", "/x", "17|" + kSanctumText).status() == 200u);
    BOOST_TEST(g.ask("GET", "barred.test", "/x", "17|" + mistyped(kSanctumText)).status() == 401u);
    BOOST_TEST(g.ask("GET", "barred.test", "/x", kSanctumText).status() == 401u, "without its number");
}

BOOST_AUTO_TEST_CASE(row_PA_2) {
    upstream up;
    gateway from(shipped_apis(), shipped_files(), &up), to(shipped_apis(), shipped_files(), &up);
    const auto text = from.create("partner", named("From before scopes", {"payouts:read"}));
    const auto exported = tollgate(from, {"export", "--api", "partner"});
    BOOST_TEST(exported.code == 0, exported.err);
    auto record = lines_of(exported.out).at(0).as_object();
    record.erase("scopes");
    const auto done = tollgate(to, {"import", to.dir.write("old.ndjson", line(record))});
    BOOST_TEST(done.out == "imported 1, there already 0, refused 0\n", done.err);

    const auto listed = member(parsed(manage(to, "GET", "/api-tokens?api=partner").body), "data").as_array();
    BOOST_REQUIRE(listed.size() == 1u);
    BOOST_TEST(member(listed[0], "full_access") == json::value(true));
    BOOST_TEST(member(listed[0], "scopes").as_array().empty());
    BOOST_TEST(tollgate(to, {"token", "list", "--api", "partner"}).out.find("Full access") != std::string::npos);
    const auto ask = [&](const std::string& method, const std::string& path) { return to.ask(method, "partner.test", path, text).status(); };
    for (const auto& r : to.of("partner").routes.routes())
        if (!r.is_public) BOOST_TEST(ask(r.method, sample_path(r.path)) == 200u, r.method << " " << r.path);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tollgate::test
