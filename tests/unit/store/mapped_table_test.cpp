// Blocks are copied from mapped memory; a page that the disk cannot give (here: a file that was cut while it is mapped) is an error and no signal.
#include "store/mapped_table.hpp"

#include "tollgate/store/database.hpp"

#include "scratch.hpp"

#include <fmt/format.h>
#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

using namespace tollgate;
using test::files_of;
using test::scratch;
using test::write_file;

namespace {

constexpr std::size_t kPage = 4096, kRows = 20'000;
null_log quiet;

struct mapping {
    const char* bytes;
    std::size_t size;
    mapping(const std::string& file, std::size_t n) : size(n) {
        const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
        BOOST_REQUIRE(fd >= 0);
        bytes = static_cast<const char*>(::mmap(nullptr, n, PROT_READ, MAP_SHARED, fd, 0));
        ::close(fd);
        BOOST_REQUIRE(bytes != MAP_FAILED);
    }
    ~mapping() { ::munmap(const_cast<char*>(bytes), size); }
};

std::string key_of(std::size_t n) { return fmt::format("row {:06}", n); }

}  // namespace

BOOST_AUTO_TEST_SUITE(mapped_table_test)

BOOST_AUTO_TEST_CASE(a_copy_gives_up_at_a_page_that_is_not_to_be_had) {
    const scratch dir;
    const auto file = dir.path("file");
    write_file(file, std::string(2 * kPage, 'x'));
    const mapping map(file, 2 * kPage);
    watch_bus_errors();
    std::array<char, 2 * kPage> to{};
    BOOST_TEST(copy_mapped(to.data(), map.bytes, to.size()));
    BOOST_TEST(to.back() == 'x');
    std::filesystem::resize_file(file, kPage);
    // In several threads at once, again and again: each has its own way out, and comes back to where a signal is met again.
    std::atomic<int> given_up{0}, copied{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            std::array<char, 2 * kPage> own{};
            for (int i = 0; i < 100; ++i) {
                given_up += copy_mapped(own.data(), map.bytes + kPage - 100, 200) ? 0 : 1;
                copied += copy_mapped(own.data(), map.bytes, kPage) ? 1 : 0;
            }
        });
    for (auto& t : threads) t.join();
    BOOST_TEST(given_up == 400);
    BOOST_TEST(copied == 400);
}

BOOST_AUTO_TEST_CASE(a_table_whose_pages_are_gone_is_an_error_and_the_rest_is_served) {
    const scratch dir;
    database_options o;
    o.path = dir.path();
    o.families = {{.name = "default", .compressed = false, .cached = false}};
    o.log_ahead = true;
    const auto db = database::open(o, quiet).value();
    write_batch batch;
    for (std::size_t i = 0; i < kRows; ++i) batch.put(0, key_of(i), std::string(100, 'v'));
    BOOST_REQUIRE(db->write(batch, true));
    BOOST_REQUIRE(db->write_out(0));
    BOOST_REQUIRE(db->get(0, key_of(0))->has_value());
    const auto table = files_of(dir.path(), ".sst").front();
    const auto whole = file_size(table);
    BOOST_REQUIRE(whole > kRows * 100);
    std::filesystem::resize_file(table, whole / 2 / kPage * kPage);
    std::size_t served = 0, refused = 0;
    for (std::size_t i = 0; i < kRows; i += 100) {
        const auto row = db->get(0, key_of(i));
        if (row) served += row->has_value() ? 1 : 0;
        else ++refused;
    }
    BOOST_TEST(served + refused == kRows / 100);
    BOOST_TEST(served > kRows / 250);
    BOOST_TEST(refused > kRows / 250);
    batch.clear();
    batch.put(0, "more", "");
    BOOST_TEST(db->write(batch, true).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
