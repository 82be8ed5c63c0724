#include "app/secret_files.hpp"

#include "scratch_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>

#include <string>
#include <vector>

using namespace tollgate;
using tollgate::test::scratch_directory;

namespace {

const std::string key(64, 'a');

// "error: …" or "warning: …", one a line.
std::string said(const config& of, secrets_of whose) {
    problem_list problems;
    check_secrets(of, whose, problems);
    std::string out;
    for (const auto& p : problems.items()) out += (p.severity == problem::level::error ? "error: " : "warning: ") + p.what + "\n";
    return out;
}

config with_master(const std::string& source) {
    config out;
    out.keys.master = source;
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(secret_files)

BOOST_AUTO_TEST_CASE(what_check_says_of_the_services_secrets) {
    const scratch_directory at;
    const auto private_key = at.write("private.key", key), open_key = at.write("open.key", key), short_key = at.write("short.key", "abc");
    for (const auto& f : {private_key, short_key}) BOOST_REQUIRE(::chmod(f.c_str(), 0600) == 0);
    BOOST_REQUIRE(::chmod(open_key.c_str(), 0644) == 0);
    const struct {
        std::string source, says;
    } rows[] = {
        {"", ""},
        {"file:" + private_key, ""},
        {"file:" + open_key, "warning: " + open_key + " can be read by everybody on this machine: chmod o= it\n"},
        {"file:" + at.name("none"), "error: the master key " + at.name("none") + " cannot be read: No such file"},
        {"file:" + short_key, "error: the master key of `file:" + short_key + "` is not 64 hexadecimal digits"},
        {"credential:master.key", ""},  // the package's: no fault of a configuration
        {"env:TOLLGATE_TEST_NOBODY", ""},
    };
    for (const auto& r : rows) {
        const auto text = said(with_master(r.source), secrets_of::the_service);
        BOOST_TEST((r.says.empty() ? text.empty() : text.starts_with(r.says)), r.source << ": " << text);
    }
}

// Whoever uses a secret says itself that it is missing.
BOOST_AUTO_TEST_CASE(of_this_process_only_who_else_reads_them) {
    const scratch_directory at;
    const auto open_key = at.write("open.key", key);
    BOOST_REQUIRE(::chmod(open_key.c_str(), 0644) == 0);
    BOOST_TEST(said(with_master("file:" + at.name("none")), secrets_of::this_process).empty());
    BOOST_TEST(said(with_master("file:" + open_key), secrets_of::this_process).starts_with("warning: "));
}

BOOST_AUTO_TEST_CASE(every_secret_is_looked_at) {
    config of;
    pool_config pool;
    pool.name = "billing";
    pool.secret = "file:/nowhere/1";
    of.apis.emplace_back();
    of.apis.back().upstream.push_back(pool);
    of.telemetry.traces.headers.emplace_back("Authorization", "file:/nowhere/2");
    const auto text = said(of, secrets_of::the_service);
    BOOST_TEST(text.find("error: the secret of the pool billing /nowhere/1 cannot be read") != std::string::npos, text);
    BOOST_TEST(text.find("error: the header Authorization of telemetry.traces /nowhere/2 cannot be read") != std::string::npos, text);
}

BOOST_AUTO_TEST_SUITE_END()
