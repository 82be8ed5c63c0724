// init by the real binary: what it writes is what `check` and `serve` take, and nothing is ever written over.
#include "flow/moving.hpp"

#include <signal.h>
#include <sys/stat.h>

#include <filesystem>

namespace tollgate::test {
namespace {

namespace fs = std::filesystem;

struct fixture {
    directory dir;
    std::string config = dir.file("etc/tollgate.yaml"), key = dir.file("etc/master.key");

    ended init(const std::vector<std::string>& more = {}) const {
        std::vector<std::string> words{"init", "--config", config, "--listen", "127.0.0.1:0", "--manage", "127.0.0.1:0"};
        words.insert(words.end(), more.begin(), more.end());
        return tollgate(words);
    }
};

mode_t mode_of(const std::string& file) {
    struct stat found{};
    return ::stat(file.c_str(), &found) == 0 ? found.st_mode & 0777u : 0;
}

// Whether somebody answers there, within the tests' patience.
bool answers(const std::string& socket_path) {
    const auto patience = std::chrono::steady_clock::now() + kPatience;
    while (std::chrono::steady_clock::now() < patience) {
        try {
            auto s = socket::connect_unix(socket_path);
            s.send(request_text("GET", "localhost", "/healthz"));
            reader in(s);
            if (in.response().status() == 200) return true;
        } catch (const std::exception&) {
            std::this_thread::yield();
        }
    }
    return false;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(init, fixture)

BOOST_AUTO_TEST_CASE(a_first_configuration_passes_check) {
    const auto done = init();
    BOOST_TEST(done.code == 0, done.err);
    const auto key_text = read_file(key);
    BOOST_TEST(key_text.size() == 65u);
    BOOST_TEST(key_text.find_first_not_of("0123456789abcdef\n") == std::string::npos);
    BOOST_TEST(mode_of(key) == 0600u);
    BOOST_TEST((done.out + done.err).find(key_text.substr(0, 64)) == std::string::npos, "the key is in its file alone");
    BOOST_TEST(done.out.find("The owner signs in as owner with the password ") != std::string::npos);
    const auto checked = tollgate({"check", "--config", config});
    BOOST_TEST(checked.code == 0, checked.err);
    BOOST_TEST(checked.err == "");
}

BOOST_AUTO_TEST_CASE(nothing_is_written_over) {
    for (const auto& there : {config, key}) {
        BOOST_TEST_CONTEXT(there) {
            fs::remove_all(dir.file("etc"));
            dir.write(fs::relative(there, dir.path).string(), "mine\n");
            const auto done = init();
            BOOST_TEST(done.code == 1);
            BOOST_TEST(done.err.find(there + " is there already") != std::string::npos, done.err);
            BOOST_TEST(read_file(there) == "mine\n");
            BOOST_TEST(std::distance(fs::directory_iterator(dir.file("etc")), {}) == 1);
        }
    }
}

BOOST_AUTO_TEST_CASE(what_does_not_pass_check_is_not_left_behind) {
    const auto done = init({"--api", "shop", "--host", "shop.test", "--upstream", "http://127.0.0.1:9", "--openapi", dir.file("missing.yaml")});
    BOOST_TEST(done.code == 1);
    BOOST_TEST(done.err.find("missing.yaml") != std::string::npos, done.err);
    BOOST_TEST(!fs::exists(config));
    BOOST_TEST(!fs::exists(key));
}

BOOST_AUTO_TEST_CASE(it_serves) {
    upstream up;
    const auto done = init({"--api", "shop", "--host", "shop.test", "--upstream", "http://" + up.address()});
    BOOST_REQUIRE_MESSAGE(done.code == 0, done.err);
    program serving({"serve", "--config", config});
    BOOST_REQUIRE(answers(dir.file("etc/tollgate.sock")));
    const auto made = tollgate({"token", "create", "--config", config, "--api", "shop", "--name", "First"});
    BOOST_TEST(made.code == 0, made.err);
    BOOST_TEST(made.out.starts_with("tg_"));
    serving.signal(SIGTERM);
    BOOST_TEST(serving.wait() == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tollgate::test
