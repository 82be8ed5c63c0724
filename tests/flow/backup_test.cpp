// backup and restore by the real binary: a copy while changes go on, and what an older copy does not bring back.
#include "flow/moving.hpp"

#include <atomic>
#include <filesystem>
#include <fstream>

namespace tollgate::test {
namespace {

namespace fs = std::filesystem;

struct fixture {
    upstream up;
    gateway g{shipped_apis(), shipped_files(), &up};
    std::string copy = g.dir.file("copy"), config = g.dir.file("tollgate.yaml");

    created_token make(const std::string& name) { return g.create_record("partner", named(name, {"invoices:read"})); }
    unsigned ask(const created_token& t) { return g.ask("GET", "partner.test", "/invoices", t.text.reveal()).status(); }
    ended restore(const std::vector<std::string>& more = {}) {
        std::vector<std::string> words{"restore", copy, "--config", config};
        words.insert(words.end(), more.begin(), more.end());
        return tollgate(words);
    }
};

bool any_file_holds(const std::string& directory, std::string_view text) {
    for (const auto& entry : fs::recursive_directory_iterator(directory))
        if (entry.is_regular_file() && read_file(entry.path().string()).find(text) != std::string::npos) return true;
    return false;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(backup, fixture)

BOOST_AUTO_TEST_CASE(a_copy_is_made_while_changes_go_on_and_opens_elsewhere) {
    const auto before = make("Before");
    std::atomic<bool> enough{false};
    std::atomic<std::size_t> made{0};
    std::string failed;
    std::thread writer([&] {
        try {
            for (; !enough; ++made) make("Meanwhile");
        } catch (const std::exception& why) {
            failed = why.what();
        }
    });
    while (made < 20 && failed.empty()) std::this_thread::yield();
    const auto done = tollgate(g, {"backup", copy});
    enough = true;
    writer.join();
    BOOST_TEST(failed == "");
    BOOST_TEST(done.code == 0, done.err);
    BOOST_TEST(done.out.find("has been read through") != std::string::npos);
    const auto later = make("Later");
    for (const auto* t : {&before, &later}) BOOST_TEST(!any_file_holds(copy, t->text.reveal()), "no token's text (T-2)");
    BOOST_TEST(tollgate(g, {"backup", copy}).code == 1, "no directory is written over");
    BOOST_TEST(tollgate(g, {"backup", copy}).err.find("exists already") != std::string::npos);

    // On a machine that has no store there is nothing to compare with: the operator has to say so.
    gateway other(shipped_apis(), shipped_files(), &up);
    stop(other);
    fs::remove_all(other.dir.file("store"));
    std::vector<std::string> words{"restore", copy, "--config", other.dir.file("tollgate.yaml")};
    const auto refused = tollgate(words);
    BOOST_TEST(refused.code == 1);
    BOOST_TEST(refused.err.find("--accept-lost-revocations") != std::string::npos, refused.err);
    BOOST_TEST(!fs::exists(other.dir.file("store")));
    words.emplace_back("--accept-lost-revocations");
    const auto restored = tollgate(words);
    BOOST_TEST(restored.code == 0, restored.err);
    start(other);
    BOOST_TEST(other.ask("GET", "partner.test", "/invoices", before.text.reveal()).status() == 200u);
    BOOST_TEST(other.ask("GET", "partner.test", "/invoices", later.text.reveal()).status() == 401u);
    BOOST_TEST(!other.create("partner", named("After", {"invoices:read"})).empty());
}

BOOST_AUTO_TEST_CASE(an_older_copy_does_not_bring_back_what_was_revoked) {
    const auto stays = make("Stays"), revoked = make("Revoked"), old_revoked = make("Revoked before");
    BOOST_REQUIRE(g.tokens().revoke(old_revoked.record.id, {"test", "unix"}));
    BOOST_REQUIRE(tollgate(g, {"backup", copy}).code == 0);
    BOOST_REQUIRE(g.tokens().revoke(revoked.record.id, {"test", "unix"}));
    const auto later = make("Later"), later_revoked = make("Later, revoked");
    BOOST_REQUIRE(g.tokens().revoke(later_revoked.record.id, {"test", "unix"}));

    const auto in_use = restore();
    BOOST_TEST(in_use.code == 1);
    BOOST_TEST(in_use.err.find("in use by process") != std::string::npos, in_use.err);
    stop(g);
    const auto done = restore();
    BOOST_TEST(done.code == 0, done.err);
    BOOST_TEST(done.out.find("Written again: 2 revocations") != std::string::npos, done.out);
    start(g);
    BOOST_TEST(ask(stays) == 200u);
    BOOST_TEST(ask(revoked) == 401u);
    BOOST_TEST(ask(old_revoked) == 401u);
    BOOST_TEST(ask(later) == 401u, "it is not in the copy");
    BOOST_TEST(ask(later_revoked) == 401u);
    BOOST_TEST(text_at(parsed(manage(g, "GET", "/api-tokens/" + revoked.record.id).body), "state") == "revoked");
    BOOST_TEST(text_at(parsed(manage(g, "GET", "/api-tokens/" + later_revoked.record.id).body), "state") == "revoked");
    const auto events = member(parsed(manage(g, "GET", "/audit?log=changes").body), "data").as_array();
    BOOST_TEST(text_at(events.at(0), "action") == "store.restore");
    BOOST_TEST(text_at(events.at(1), "action") == "token.revoke");
    BOOST_TEST(text_at(events.at(1), "from") == "restore");
    BOOST_TEST(ask(make("New")) == 200u, "and it goes on");
    // What was there before is kept.
    std::size_t kept = 0;
    for (const auto& entry : fs::directory_iterator(g.dir.path))
        kept += entry.path().filename().string().starts_with("store.before-restore-") ? 1 : 0;
    BOOST_TEST(kept == 1u);
}

BOOST_AUTO_TEST_CASE(a_damaged_store_says_nothing_about_revocations) {
    const auto stays = make("Stays");
    BOOST_REQUIRE(tollgate(g, {"backup", copy}).code == 0);
    stop(g);
    g.dir.write("store/CURRENT", "MANIFEST-999999\n");
    const auto refused = restore();
    BOOST_TEST(refused.code == 1);
    BOOST_TEST(refused.err.find("--accept-lost-revocations") != std::string::npos, refused.err);
    BOOST_TEST(restore({"--accept-lost-revocations"}).code == 0);
    start(g);
    BOOST_TEST(ask(stays) == 200u);
}

BOOST_AUTO_TEST_CASE(what_is_no_copy_is_not_restored) {
    const auto stays = make("Stays");
    stop(g);
    fs::create_directory(copy);
    const auto done = restore();
    BOOST_TEST(done.code == 1);
    BOOST_TEST(done.err.find("there is no copy of a store at ") != std::string::npos, done.err);
    start(g);
    BOOST_TEST(ask(stays) == 200u);
}

// A bit that was flipped in the copy is found before anything is exchanged.
BOOST_AUTO_TEST_CASE(a_damaged_copy_changes_nothing) {
    const auto stays = make("Stays");
    BOOST_REQUIRE(tollgate(g, {"backup", copy}).code == 0);
    bool flipped = false;
    for (const auto& entry : fs::directory_iterator(copy)) {
        if (entry.path().extension() != ".sst") continue;
        auto bytes = read_file(entry.path().string());
        bytes.at(10) = static_cast<char>(bytes.at(10) ^ 1);  // in its first block
        fs::remove(entry.path());  // it may be the store's own file, linked
        std::ofstream(entry.path(), std::ios::binary) << bytes;
        flipped = true;
    }
    BOOST_REQUIRE(flipped);
    stop(g);
    const auto done = restore();
    BOOST_TEST(done.code == 1);
    BOOST_TEST(done.err.find("cannot be read") != std::string::npos, done.err);
    start(g);
    BOOST_TEST(ask(stays) == 200u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tollgate::test
