// A change of the master key: rows from before it verify where the older key is given. (C-7)
#include "flow/moving.hpp"

namespace tollgate::test {

BOOST_AUTO_TEST_SUITE(audit_keys)

BOOST_AUTO_TEST_CASE(row_C_7_rows_under_an_older_key_verify_where_it_is_given) {
    upstream up;
    gateway g(shipped_apis(), shipped_files(), &up);
    const auto used = [&] {
        const auto text = g.create("partner", named("Keyed", {"invoices:read"}));
        BOOST_TEST(g.ask("GET", "partner.test", "/payments", text).status() == 403u);  // a row in the log of denials
        stop(g);
    };
    used();
    const auto older = g.dir.write("older.key", read_file(g.dir.file("master.key")));
    g.dir.write("master.key", std::string(64, 'c') + "\n");
    start(g);
    const auto printed = tollgate(g, {"audit", "--json"});
    BOOST_TEST(tollgate(g, {"audit", "verify"}).code == 1);
    used();

    const std::vector<std::string> store{"audit", "verify", "--store", g.dir.file("store"), "--config", g.dir.file("tollgate.yaml")};
    const auto without = tollgate(store);
    BOOST_TEST(without.code == 1);
    BOOST_TEST(without.out.find("unknown_key") != std::string::npos, without.out);
    auto with = store;
    with.insert(with.end(), {"--key", "file:" + older});
    const auto whole = tollgate(with);
    BOOST_TEST(whole.code == 0, whole.out << whole.err);
    BOOST_TEST(whole.out.find("unknown_key") == std::string::npos, whole.out);

    // A file likewise, and without any configuration.
    const auto file = g.dir.write("audit.ndjson", printed.out);
    const std::vector<std::string> nowhere{"audit", "verify", "--file", file, "--config", g.dir.file("none.yaml"), "--key", g.dir.file("master.key")};
    BOOST_TEST(tollgate(nowhere).code == 1);
    auto both = nowhere;
    both.insert(both.end(), {"--key", older});
    const auto good = tollgate(both);
    BOOST_TEST(good.code == 0, good.out << good.err);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tollgate::test
