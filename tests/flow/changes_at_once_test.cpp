// Changes of one token by many callers at once: every place sees the same order of them. (T-5)
#include "clocked.hpp"

#include <algorithm>
#include <atomic>
#include <thread>

namespace tollgate::test {

BOOST_AUTO_TEST_SUITE(changes_at_once)

// Of rotations at once on the same record as read, one happens.
BOOST_FIXTURE_TEST_CASE(row_T_5, clocked) {
    constexpr int callers = 32;
    const auto made = g.create_record("partner", named("T-5", {"invoices:read"}));
    const auto tag = on(made.record.id, "GET", "").field("ETag");
    std::atomic<int> done{0}, late{0};
    std::vector<std::string> texts(callers);
    std::vector<std::thread> threads;
    for (int i = 0; i < callers; ++i)
        threads.emplace_back([&, i] {
            auto s = socket::connect_unix(g.socket_path());
            s.send(request_text("POST", "localhost", "/v1/admin/api-tokens/" + made.record.id + "/rotate", {}, "If-Match: " + tag + "\r\n"));
            reader in(s);
            const auto got = in.response();
            (got.status() == 200u ? done : late) += 1;
            if (got.status() == 200u) texts[static_cast<std::size_t>(i)] = text_at(json::parse(got.body), "token");
        });
    for (auto& t : threads) t.join();
    BOOST_TEST((done == 1 && late == callers - 1));
    BOOST_TEST(status("partner.test", "/invoices", text_of(made)) == 401u);
    for (const auto& token : texts)
        if (!token.empty()) BOOST_TEST(status("partner.test", "/invoices", token) == 200u);
}

// Rotations, disables, enables and at last a revocation at once: the log, the record and the data plane tell one story.
BOOST_FIXTURE_TEST_CASE(have_one_order_everywhere, clocked) {
    for (int round = 0; round < 6; ++round) {
        const auto made = g.create_record("partner", named("Round " + std::to_string(round), {"invoices:read"}));
        const auto& id = made.record.id;
        std::vector<std::string> texts(32);
        std::vector<std::thread> threads;
        std::atomic<int> unexpected{0};
        const bool with_revocation = round % 2 == 1;
        for (std::size_t i = 0; i < texts.size(); ++i)
            threads.emplace_back([&, i] {
                const bool revokes = with_revocation && i == 20;
                const std::string what = revokes ? "" : i % 4 == 0 ? "/disable" : i % 4 == 1 ? "/enable" : "/rotate";
                auto s = socket::connect_unix(g.socket_path());
                s.send(request_text(revokes ? "DELETE" : "POST", "localhost", "/v1/admin/api-tokens/" + id + what));
                reader in(s);
                const auto got = in.response();
                if (got.status() != 200u && got.status() != 204u && !(with_revocation && got.status() == 409u)) ++unexpected;
                if (got.status() == 200u && what == "/rotate") texts[i] = text_at(json::parse(got.body), "token");
            });
        for (auto& t : threads) t.join();
        BOOST_TEST(unexpected == 0);

        const auto record = g.tokens().show(id).value();
        std::string state = "active";
        std::size_t generations = 1;
        auto log = g.tokens().audit(40).value();
        std::reverse(log.begin(), log.end());  // oldest first
        for (const auto& e : log) {
            if (e.subject != id || e.action == "token.create") continue;
            BOOST_TEST(state != "revoked", "a change after the revocation: " << e.action);
            const auto details = json::parse(e.details);
            if (e.action == "token.rotate") {
                ++generations;
                const auto& after = details.at("after").at("generations").as_array();
                BOOST_TEST(after.at(after.size() - 1).at("number").to_number<std::size_t>() == generations);
            } else {
                BOOST_TEST(details.at("before").at("state").as_string() == state);
                state = details.at("after").at("state").as_string();
            }
        }
        BOOST_TEST(record.generations.size() == generations);
        BOOST_TEST(json::serialize(parsed(on(id, "GET", "").body).at("state")) == "\"" + state + "\"");
        std::size_t working = 0;
        for (const auto& token : texts)
            if (!token.empty() && status("partner.test", "/invoices", token) == 200u) ++working;
        BOOST_TEST(working == (state == "active" && generations > 1 ? 1u : 0u), state << " with " << generations << " secrets");
        BOOST_TEST((status("partner.test", "/invoices", text_of(made)) == 200u) == (state == "active" && generations == 1));
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tollgate::test
