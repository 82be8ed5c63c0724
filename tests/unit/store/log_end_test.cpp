// What a process or a machine leaves of a log that is written over zeros: a copy of the directory is what a kill leaves; one whose sectors are partly
// those of before the last write is what a power cut leaves. Opened by the database itself, which is held to what had been answered.
#include "store/log_end.hpp"

#include "tollgate/store/database.hpp"

#include "scratch.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <filesystem>
#include <random>
#include <string>
#include <thread>

using namespace tollgate;
using test::files_of;
using test::read_file;
using test::scratch;
using test::write_file;

namespace {

null_log quiet;
constexpr std::size_t kSector = 512, kBlock = 32 * 1024, kHeader = 7;
constexpr std::size_t kBatches = 5;  // that are answered; one more is under way

result<std::unique_ptr<database>> try_to_open(const std::string& path) {
    database_options o;
    o.path = path;
    o.families = {{"default"}};
    o.log_ahead = true;
    return database::open(o, quiet);
}

bool opens(const std::string& path) { return try_to_open(path).has_value(); }

std::unique_ptr<database> open(const std::string& path) {
    auto db = try_to_open(path);
    BOOST_REQUIRE_MESSAGE(db, (db ? "" : db.error().what));
    return std::move(*db);
}

// Of random bytes, so that no sector of them is zeros.
bool is_put(database& db, std::size_t number, std::size_t bytes) {
    std::mt19937_64 random(number);
    std::string value;
    while (value.size() < bytes) value.push_back(static_cast<char>(random()));
    write_batch batch;
    batch.put(0, "batch " + std::to_string(number), value);
    batch.put(0, "end " + std::to_string(number), "");
    return db.write(batch, true).has_value();
}

void put(database& db, std::size_t number, std::size_t bytes) { BOOST_REQUIRE(is_put(db, number, bytes)); }

void copy(const std::string& from, const std::string& to) {
    std::filesystem::remove_all(to);
    std::filesystem::copy(from, to, std::filesystem::copy_options::recursive);
}

// The batches that a store has; each is there whole.
std::size_t batches(const database& db) {
    std::size_t found = 0;
    for (std::size_t i = 0; i <= kBatches; ++i) {
        const bool there = db.get(0, "batch " + std::to_string(i))->has_value();
        BOOST_TEST(there == db.get(0, "end " + std::to_string(i))->has_value());
        if (!there) continue;
        BOOST_TEST(i == found, "batch " << i);  // none before it is missing
        ++found;
    }
    return found;
}

// A store as it was with kBatches answered (`before`), and with one more whose sync may not have returned (`after`).
struct two_moments {
    scratch dir;
    std::string before = dir.path("before"), after = dir.path("after"), broken = dir.path("broken");
    std::filesystem::path log;  // within each
    std::string log_before, log_after;

    two_moments(std::size_t bytes, std::size_t last_bytes) {
        const auto db = open(dir.path());
        for (std::size_t i = 0; i < kBatches; ++i) put(*db, i, bytes);
        copy(dir.path(), before);
        put(*db, kBatches, last_bytes);
        copy(dir.path(), after);
        log = std::filesystem::relative(files_of(after, ".log").front(), after);
        log_before = read_file(before / log);
        log_after = read_file(after / log);
        log_before.resize(std::max(log_before.size(), log_after.size()), '\0');
        log_after.resize(log_before.size(), '\0');
    }
    [[nodiscard]] std::size_t begin() const { return find_log_end(log_before).whole; }
    [[nodiscard]] std::size_t end() const { return find_log_end(log_after).whole; }
    // The number of its batches.
    std::size_t open_with(const std::string& bytes) {
        copy(after, broken);
        write_file(broken / log, bytes);
        return batches(*open(broken));
    }
    bool opens_with(const std::string& bytes) {
        copy(after, broken);
        write_file(broken / log, bytes);
        return opens(broken);
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(log_end_test)

BOOST_AUTO_TEST_CASE(what_was_synced_is_there_after_a_kill_and_the_log_goes_on_behind_it) {
    const scratch dir;
    const auto copied = dir.path("copy");
    {
        const auto db = open(dir.path());
        put(*db, 0, 100);
        copy(dir.path(), copied);
        BOOST_TEST(file_size(files_of(copied, ".log").front()) > 100'000u);  // zeros, which the next writes lie over
    }
    BOOST_TEST(file_size(files_of(dir.path(), ".log").front()) < 1'000u);  // none are left of a log that was closed
    for (std::size_t i = 1; i <= kBatches; ++i) {
        const auto db = open(copied);
        BOOST_TEST(batches(*db) == i);
        put(*db, i, 300'000);  // beyond the zeros
    }
    BOOST_TEST(batches(*open(copied)) == kBatches + 1);
}

BOOST_AUTO_TEST_CASE(sectors_that_a_power_cut_kept_from_the_disk_are_an_unanswered_write) {
    for (const std::size_t size : {40u, 700u, 5'000u, 70'000u, 400'000u}) {
        two_moments store(3'000, size);
        BOOST_REQUIRE(store.begin() < store.end());
        BOOST_TEST(store.open_with(store.log_before) == kBatches);
        BOOST_TEST(store.open_with(store.log_after) == kBatches + 1);
        std::mt19937 random(static_cast<unsigned>(size));
        const auto first = store.begin() / kSector, last = (store.end() - 1) / kSector;
        for (int round = 0; round < 40; ++round) {
            auto bytes = store.log_after;
            std::size_t lost = 0;
            const auto drop = [&](std::size_t sector) {
                const auto at = sector * kSector;
                const auto n = std::min(kSector, bytes.size() - at);
                if (bytes.compare(at, n, store.log_before, at, n) == 0) return;
                bytes.replace(at, n, store.log_before, at, n);
                ++lost;
            };
            if (round == 0) drop(first);
            else if (round == 1) drop(last);
            else if (round < 12)  // what a kill leaves of a write: its beginning
                for (auto s = first + random() % (last - first + 1); s <= last; ++s) drop(s);
            else
                for (auto s = first; s <= last; ++s)
                    if (random() % 3 == 0) drop(s);
            BOOST_TEST(store.open_with(bytes) == kBatches + (lost == 0 ? 1 : 0), size << " bytes, round " << round);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_header_on_two_sectors_may_lack_either_half) {
    const auto residue = [](std::size_t bytes) { return two_moments(bytes, 10).begin() % kSector; };
    const auto base = residue(3'000);
    for (std::size_t at = kSector - kHeader - 1; at < kSector; ++at) {
        const auto more = (at + kSector - base) % kSector * 205 % kSector;  // 205 is a fifth, modulo 512: there are five batches
        for (const std::size_t size : {40u, 700u, 5'000u}) {
            two_moments store(3'000 + more, size);
            BOOST_REQUIRE(store.begin() % kSector == at);
            const auto end = store.begin() / kSector * kSector + kSector;  // of the first sector
            auto without_the_first = store.log_after;
            without_the_first.replace(store.begin(), end - store.begin(), end - store.begin(), '\0');
            BOOST_TEST(store.open_with(without_the_first) == kBatches, "without the first, at " << at << ", " << size);
            auto the_first_alone = store.log_after;
            std::fill(the_first_alone.begin() + static_cast<std::ptrdiff_t>(end), the_first_alone.end(), '\0');
            BOOST_TEST(store.open_with(the_first_alone) == kBatches, "the first alone, at " << at << ", " << size);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_write_that_was_cut_anywhere_is_dropped) {
    two_moments store(3'000, 2'000);
    for (auto at = store.begin(); at < store.end(); at += 1 + at % 13) {
        auto bytes = store.log_after;
        std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(at), bytes.end(), '\0');
        // Within a sector only a file that ends there is cut: a write lands by sectors, if not by pages.
        if (at % kSector == 0) BOOST_TEST(store.open_with(bytes) == kBatches, "zeros from " << at);
        BOOST_TEST(store.open_with(bytes.substr(0, at)) == kBatches, "cut at " << at);
    }
}

BOOST_AUTO_TEST_CASE(bytes_that_were_written_and_are_damaged_are_refused) {
    two_moments store(3'000, 3'000);
    std::mt19937 random(1);
    for (int round = 0; round < 60; ++round) {  // in a batch that others stand behind
        auto bytes = store.log_after;
        const auto at = random() % store.begin();
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << random() % 8));
        BOOST_TEST(!store.opens_with(bytes), "a bit at " << at);
    }
    // A sector that the disk lost, behind which more was synced: also one with a record's end and the next header, which RocksDB passes over.
    for (std::size_t sector = 0; sector < store.begin() / kSector * kSector; sector += kSector) {
        auto bytes = store.log_after;
        std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(sector), kSector, '\0');
        BOOST_TEST(!store.opens_with(bytes), "the sector at " << sector);
    }
    for (int round = 0; round < 30; ++round) {  // in the bytes of the last batch, all of whose sectors are there
        auto bytes = store.log_after;
        const auto at = store.begin() + kHeader + random() % (store.end() - store.begin() - kHeader);
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << random() % 8));
        BOOST_TEST(!store.opens_with(bytes), "a bit of the last at " << at);
    }
}

BOOST_AUTO_TEST_CASE(the_padding_of_a_block_is_no_lost_sector) {
    // A batch that ends where the block has less room than a header, so that the next one begins behind padding.
    std::size_t padded = 0;
    for (std::size_t last = 0; last < 80 && padded == 0; ++last) {
        two_moments store((kBlock - 100) / kBatches - last, 2'000);
        const auto room = kBlock - store.begin() % kBlock;
        if (room >= kHeader) continue;
        ++padded;
        auto bytes = store.log_after;
        bytes[kBlock + kHeader - 1] = static_cast<char>(bytes[kBlock + kHeader - 1] ^ 8);  // its type
        BOOST_TEST(!store.opens_with(bytes));
        BOOST_TEST((find_log_end(bytes).behind == log_end::rest::unclear));
    }
    BOOST_TEST(padded == 1u);
}

BOOST_AUTO_TEST_CASE(a_copy_has_what_was_written_of_a_log_and_no_zeros_behind_it) {
    const scratch dir;
    const auto db = open(dir.path());
    std::atomic<std::size_t> written{0};
    std::atomic<bool> enough{false};
    std::thread writer([&] {
        while (!enough && is_put(*db, written, 100)) ++written;
    });
    std::size_t with_rows = 0;
    for (int round = 0; round < 20; ++round) {
        const auto to = dir.path("copy " + std::to_string(round));
        const std::size_t before = written;
        BOOST_REQUIRE(db->checkpoint(to));
        for (const auto& log : files_of(to, ".log")) {
            const auto bytes = read_file(log);
            BOOST_TEST(find_log_end(bytes).whole == bytes.size(), log.string());
            if (!bytes.empty()) ++with_rows;
        }
        const auto copy = open(to);
        std::size_t there = 0;
        while (copy->get(0, "end " + std::to_string(there))->has_value()) ++there;
        BOOST_TEST(there >= before);
    }
    enough = true;
    writer.join();
    BOOST_TEST(with_rows > 0u);
}

BOOST_AUTO_TEST_CASE(the_end_of_a_log_is_found) {
    using rest = log_end::rest;
    const auto found = [](const std::string& log) {
        const auto end = find_log_end(log);
        return std::pair(end.whole, end.behind);
    };
    BOOST_TEST((found("") == std::pair(std::size_t{0}, rest::none)));
    BOOST_TEST((found(std::string(3 * kBlock, '\0')) == std::pair(std::size_t{0}, rest::none)));
    BOOST_TEST((found("no log") == std::pair(std::size_t{0}, rest::unclear)));
    two_moments store(20'000, 50'000);
    const auto whole = store.log_after.substr(0, store.end());
    for (const std::size_t zeros : {0u, 1u, 6u, 7u, 511u, 40'000u})
        BOOST_TEST((found(whole + std::string(zeros, '\0')) == std::pair(store.end(), rest::none)), zeros);
    BOOST_TEST((found(whole.substr(0, store.end() - 1)) == std::pair(store.begin(), rest::unclear)));
}

BOOST_AUTO_TEST_SUITE_END()
