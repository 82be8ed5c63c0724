// `tollgate token update|rotate|finish-grace|disable|enable|revoke|list` against a running gateway, as somebody would type them.
#include "clocked.hpp"

#include "tollgate/app/cli.hpp"

#include <sstream>

namespace tollgate::test {
namespace {

struct outcome {
    int code;
    std::string out, err;
};

struct commands : clocked {
    created_token made = g.create_record("partner", named("Quoting Tool", {"invoices:read"}));
    const std::string id = made.record.id;

    outcome token(std::vector<std::string> arguments) const { return type("token", std::move(arguments)); }
    outcome type(const std::string& group, std::vector<std::string> arguments) const {
        arguments.insert(arguments.begin(), {"tollgate", group});
        arguments.insert(arguments.end(), {"--socket", g.socket_path()});
        std::vector<const char*> argv;
        for (const auto& a : arguments) argv.push_back(a.c_str());
        std::istringstream in;
        std::ostringstream out, err;
        const int code = run_cli(static_cast<int>(argv.size()), argv.data(), in, out, err);
        return {code, out.str(), err.str()};
    }
    unsigned invoices(const std::string& token) { return status("partner.test", "/invoices", token); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(token_commands, commands)

BOOST_AUTO_TEST_CASE(update_changes_what_it_names) {
    const auto done = token({"update", id, "--name", "New \x1b[31mname", "--scope", "payments:read", "--scope", "invoices:read"});
    BOOST_TEST(done.code == 1, "a name with control characters");
    const auto good = token({"update", id, "--name", "Reconciliation", "--scope", "payments:read", "--expires-in", "15d", "--json"});
    BOOST_TEST(good.code == 0, good.err);
    BOOST_TEST(text_at(parsed(good.out), "name") == "Reconciliation");
    BOOST_TEST(text_at(parsed(good.out), "expires_at") == "2026-09-15T10:15:30.000000Z");
    BOOST_TEST(invoices(text_of(made)) == 403u);
    const auto wrong = token({"update", id, "--scope", "payouts:write"});
    BOOST_TEST((wrong.code == 1 && wrong.err.find("scopes[0]") != std::string::npos), wrong.err);
}

BOOST_AUTO_TEST_CASE(rotate_prints_the_text_alone) {
    const auto done = token({"rotate", id, "--grace", "1h"});
    BOOST_TEST(done.code == 0, done.err);
    const auto second = done.out.substr(0, done.out.find('\n'));
    BOOST_TEST((done.out == second + "\n" && second.starts_with("pk_")), done.out);
    BOOST_TEST((done.err.find(second) == std::string::npos && done.err.find(id) != std::string::npos), done.err);
    BOOST_TEST((invoices(text_of(made)) == 200u && invoices(second) == 200u));
    BOOST_TEST(token({"finish-grace", id}).code == 0);
    BOOST_TEST((invoices(text_of(made)) == 401u && invoices(second) == 200u));
    const auto third = token({"rotate", id, "--json"});
    BOOST_TEST(invoices(text_at(parsed(third.out), "token")) == 200u);
    BOOST_TEST(invoices(second) == 401u, "the contract names no grace");
    BOOST_TEST(token({"rotate", id, "--grace", "soon"}).code == 1);
}

BOOST_AUTO_TEST_CASE(disable_and_enable) {
    BOOST_TEST(token({"disable", id}).out.find("disabled") != std::string::npos);
    BOOST_TEST(invoices(text_of(made)) == 401u);
    BOOST_TEST(token({"enable", id}).code == 0);
    BOOST_TEST(invoices(text_of(made)) == 200u);
    BOOST_TEST(token({"revoke", id}).code == 0);
    const auto late = token({"enable", id});
    BOOST_TEST((late.code == 1 && late.err.find("revoked") != std::string::npos), late.err);
}

BOOST_AUTO_TEST_CASE(many_are_counted_and_revoked_only_with_yes) {
    auto wish = named("Of Ana", {"invoices:read"});
    wish.owner = "ana";
    const auto first = g.create("partner", wish), second = g.create("partner", wish);
    const auto counted = token({"revoke", "--owner", "ana"});
    BOOST_TEST((counted.code == 1 && counted.err.find("2 tokens match") != std::string::npos && counted.out.empty()), counted.err);
    BOOST_TEST((invoices(first) == 200u && invoices(second) == 200u));
    BOOST_TEST(token({"revoke", "--owner", "ana", "--issued-before", "2026-01-01T00:00:00Z", "--yes"}).out == "0 tokens are revoked\n");
    const auto done = token({"revoke", "--owner", "ana", "--api", "partner", "--yes"});
    BOOST_TEST((done.code == 0 && done.out == "2 tokens are revoked\n"), done.out + done.err);
    BOOST_TEST((invoices(first) == 401u && invoices(second) == 401u && invoices(text_of(made)) == 200u));
}

BOOST_AUTO_TEST_CASE(whoever_stops_a_user_is_told_of_the_tokens_in_their_name) {
    const auto user = type("user", {"add", "--api", "partner", "--email", "ana@example.org", "--subject", "ana"});
    const auto of_user = user.out.substr(0, user.out.find('\n'));
    const auto none = type("user", {"disable", of_user});
    BOOST_TEST((none.code == 0 && none.err.empty()), none.err);
    auto wish = named("Of Ana", {"invoices:read"});
    wish.owner = "ana";
    const auto text = g.create("partner", wish);
    const auto told = "1 token in this user's name goes on working; to revoke: tollgate token revoke --api partner --owner ana\n";
    const auto disabled = type("user", {"disable", of_user});
    BOOST_TEST((disabled.code == 0 && disabled.err == told), disabled.err);
    const auto removed = type("user", {"remove", of_user});
    BOOST_TEST((removed.code == 0 && removed.err == told && removed.out == of_user + " is removed\n"), removed.err);
    BOOST_TEST(invoices(text) == 200u, "it is a key of its own (CP-3)");
}

BOOST_AUTO_TEST_CASE(lists_are_filtered) {
    g.create("paylera", in_environment(named("Everything at all", {"*"}), "live"));
    const auto found = [&](std::vector<std::string> filters) {
        filters.insert(filters.begin(), "list");
        filters.emplace_back("--json");
        const auto listed = token(filters);
        BOOST_TEST(listed.code == 0, listed.err);
        return parsed(listed.out).as_array().size();
    };
    BOOST_TEST(found({}) == 2u);
    BOOST_TEST(found({"--scope", "invoices:read"}) == 1u);
    BOOST_TEST(found({"--api", "partner", "--scope", "payments:read"}) == 0u);
    BOOST_TEST(found({"--q", "tool"}) == 1u);
    BOOST_TEST(found({"--expires-before", "14d"}) == 0u);
    const auto table = token({"list"});
    BOOST_TEST(table.out.find("Full access") != std::string::npos, table.out);
    BOOST_TEST(table.out.find("invoices:read") != std::string::npos, table.out);
    BOOST_TEST(token({"list", "--expires-before", "soon"}).code == 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tollgate::test
