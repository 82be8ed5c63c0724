// The real binary is killed while refresh tokens rotate, and started again on the same store: never two live generations, and what was
// answered holds. (PM-10, T-5)
#include "oauth.hpp"
#include "support/site.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <mutex>
#include <thread>

BOOST_AUTO_TEST_SUITE(refresh_crash)

namespace {

using namespace tollgate::test;
using namespace tollgate;
using tollgate::test::socket;  // not the system call

const std::string kHost = "paymenter.test", kPath = "/api/oauth/token";

// One user, one program, and every refresh token that was answered.
struct family {
    upstream up;
    site at{shipped_apis(), shipped_files(), up};
    std::string client, client_secret;

    family() {
        auto operator_line = socket::connect_unix(at.dir.file("t.sock"));
        operator_line.send(request_text("POST", "localhost", "/v1/admin/users", {}, "Content-Type: application/json\r\n",
            R"({"api":"paymenter","email":"john@example.test","first_name":"John","last_name":"Doe","password":"correct horse battery"})"));
        const auto made = patient_answer(operator_line);
        BOOST_TEST_REQUIRE(made.status() == 201u, made.body);
        const auto app = at.by_socket("POST", "/v1/admin/clients", R"({"api":"paymenter","name":"App","grants":["password","refresh_token"]})");
        BOOST_TEST_REQUIRE(app.status() == 201u, app.body);
        client = site::member_of(app, "id");
        client_secret = site::member_of(app, "client_secret");
    }
    // Throws where nobody listens.
    message ask(const std::string& path, parameters body) const {
        body.emplace_back("client_id", client);
        body.emplace_back("client_secret", client_secret);
        auto s = socket::connect(at.port);
        s.send(request_text("POST", kHost, path, {}, "Content-Type: application/x-www-form-urlencoded\r\n", form(body)));
        return patient_answer(s);
    }
    message sign_in() const {
        return ask(kPath, {{"grant_type", "password"}, {"username", "john@example.test"}, {"password", "correct horse battery"}});
    }
    message refresh(const std::string& token) const { return ask(kPath, {{"grant_type", "refresh_token"}, {"refresh_token", token}}); }
    bool alive(const std::string& token) const {
        return ask("/api/oauth/introspect", {{"token", token}}).body.find("\"active\":true") != std::string::npos;
    }
};

}  // namespace

BOOST_AUTO_TEST_CASE(killed_while_refreshing_there_are_never_two_live_generations) {
    family f;
    for (int round = 0; round < 6; ++round) {
        auto last = f.sign_in();
        BOOST_TEST_REQUIRE(last.status() == 200u, last.body);
        std::vector<std::string> known{site::member_of(last, "refresh_token")};
        std::atomic<std::size_t> answered{0};
        std::thread refreshing([&] {
            for (;;) {
                message got;
                try {
                    got = f.refresh(known.back());
                } catch (const std::runtime_error&) {
                    return;  // nobody listens any more
                }
                if (!got.complete || got.status() != 200u) return;
                known.push_back(site::member_of(got, "refresh_token"));
                ++answered;
            }
        });
        const auto enough = static_cast<std::size_t>(1 + round % 5);
        BOOST_TEST(eventually([&] { return answered >= enough; }));
        f.at.kill();
        refreshing.join();
        f.at.start();
        std::size_t live = 0;
        for (const auto& token : known) live += f.alive(token) ? 1 : 0;
        BOOST_TEST(live <= 1u);
        for (std::size_t i = 0; i + 1 < known.size(); ++i) BOOST_TEST(!f.alive(known[i]), "generation " << i << " came back");
        // The last that was answered is alive, or the refresh that was under way has spent it: then it is reuse, and nothing is left.
        const bool usable = f.alive(known.back());
        const auto next = f.refresh(known.back());
        BOOST_TEST(next.status() == (usable ? 200u : 400u), next.body);
        if (!usable) BOOST_TEST(!f.alive(known.back()));
    }
}

BOOST_AUTO_TEST_SUITE_END()
