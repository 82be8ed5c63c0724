#include "log_end.hpp"

#include "crc32c.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <system_error>
#include <vector>

namespace tollgate {
namespace {

constexpr std::size_t kBlock = 32 * 1024, kHeader = 7, kSector = 512;
constexpr std::size_t kMostChecked = 256ull << 20;
enum record_type : std::uint8_t { whole_record = 1, first_part = 2, middle_part = 3, last_part = 4 };

struct part {
    std::size_t at = 0, length = 0;  // of its bytes, behind the header
    std::uint32_t checksum = 0;
    std::uint8_t type = 0;
    [[nodiscard]] bool begins() const noexcept { return type == whole_record || type == first_part; }
    [[nodiscard]] bool ends() const noexcept { return type == whole_record || type == last_part; }
    [[nodiscard]] std::size_t end() const noexcept { return at + length; }
};

std::uint8_t byte(std::string_view log, std::size_t at) { return static_cast<std::uint8_t>(log[at]); }

std::size_t room_in_block(std::size_t at) { return kBlock - at % kBlock; }

// Whether a header stands at `at`, by its looks, and its bytes are within the block and the log.
bool read_part(std::string_view log, std::size_t at, part& out) {
    if (room_in_block(at) < kHeader || log.size() - at < kHeader) return false;
    out.checksum = 0;
    for (std::size_t i = 4; i > 0; --i) out.checksum = out.checksum << 8 | byte(log, at + i - 1);
    out.length = static_cast<std::size_t>(byte(log, at + 5)) << 8 | byte(log, at + 4);
    out.type = byte(log, at + 6);
    out.at = at + kHeader;
    return out.type >= whole_record && out.type <= last_part && out.length + kHeader <= room_in_block(at) && out.end() <= log.size();
}

bool checks(std::string_view log, const part& p) {
    const auto sum = crc32c(0, log.data() + p.at - 1, p.length + 1);  // with the type, which stands before
    return p.checksum == (sum >> 15 | sum << 17) + 0xa282ead8U;
}

bool all_zeros(std::string_view bytes) { return bytes.find_first_not_of('\0') == std::string_view::npos; }

// What was not written of a log ahead is zeros by whole sectors.
bool has_lost_sector(std::string_view log, std::size_t from, std::size_t to) {
    while (from < to) {
        const auto end = std::min(to, (from / kSector + 1) * kSector);
        if (all_zeros(log.substr(from, end - from))) return true;
        from = end;
    }
    return false;
}

// Of a record that begins within. Where more looks like one than can be checked in a second, there may be one.
bool has_record(std::string_view log, std::size_t from, std::size_t to) {
    std::size_t checked = 0;
    for (part p; from + kHeader <= to; ++from) {
        if (!read_part(log, from, p) || !p.begins()) continue;
        if (checks(log, p)) return true;
        checked += p.length;
        if (checked > kMostChecked) return true;
    }
    return false;
}

}  // namespace

log_end find_log_end(std::string_view log) {
    // By the headers alone: RocksDB checks every record, but the last one has to be judged here.
    std::vector<part> parts;  // of the record under way; or else of the last one
    bool under_way = false;
    std::size_t at = 0, whole = 0;
    for (part p;;) {
        if (room_in_block(at) < kHeader) at += room_in_block(at);
        if (at >= log.size() || !read_part(log, at, p) || p.begins() == under_way) break;
        if (p.begins()) parts.clear();
        parts.push_back(p);
        under_way = !p.ends();
        at = p.end();
        if (!under_way) whole = at;
    }
    const auto written = log.find_last_not_of('\0') + 1;  // none: 0
    if (!under_way && !parts.empty() && !std::ranges::all_of(parts, [&](const part& each) { return checks(log, each); })) {
        // Not behind the padding of a block, which is zeros by itself. What bytes stand behind had been synced; unless the header is itself on two
        // sectors, of which the first is missing: then it says anything.
        const auto begin = parts.front().at - kHeader;
        const auto lost = written <= whole ? has_lost_sector(log, begin, whole) : has_lost_sector(log, begin, begin + kHeader);
        const bool torn = lost && !has_record(log, begin + 1, std::max(written, whole));
        return {begin, torn ? log_end::rest::torn : log_end::rest::unclear};
    }
    const auto begin = under_way ? parts.front().at - kHeader : std::min(at, log.size());
    // A header that is missing: the next part's, or the end of one whose first bytes are on the sector before.
    const auto reach = under_way || written > at ? std::max(written, std::min(log.size(), at + kHeader)) : written;
    if (reach <= whole) return {whole, log_end::rest::none};
    if (has_lost_sector(log, begin, reach) && !has_record(log, begin + 1, written)) return {whole, log_end::rest::torn};
    const bool passed_over = written > at && all_zeros(log.substr(at, kHeader));
    return {whole, passed_over ? log_end::rest::damaged : log_end::rest::unclear};
}

namespace {

failure cannot(const std::string& file, std::string_view what) {
    return {errc::io, fmt::format("the store's log {} cannot be {}: {}", file, what, std::generic_category().message(errno))};
}

result<std::string> read_whole(int fd, std::size_t size, const std::string& file) {
    std::string bytes(size, '\0');
    for (std::size_t at = 0; at < bytes.size();) {
        const auto n = ::pread(fd, bytes.data() + at, bytes.size() - at, static_cast<off_t>(at));
        if (n < 0 && errno != EINTR) return cannot(file, "read");
        if (n == 0) bytes.resize(at);
        if (n > 0) at += static_cast<std::size_t>(n);
    }
    return bytes;
}

// `is_last`: no later log has a record; becomes false where this one has. A log with others behind it was synced to its end: nothing in it is torn.
result<void> cut_log(const std::string& file, bool& is_last, log_sink& log) {
    const struct opened {
        const int fd;
        ~opened() {
            if (fd >= 0) ::close(fd);
        }
    } it{::open(file.c_str(), O_RDWR | O_CLOEXEC)};
    if (it.fd < 0) return cannot(file, "opened");
    struct stat about{};
    if (::fstat(it.fd, &about) != 0) return cannot(file, "read");
    if (about.st_nlink > 1) return {};
    const auto bytes = read_whole(it.fd, static_cast<std::size_t>(about.st_size), file);
    if (!bytes) return bytes.error();
    const auto end = find_log_end(*bytes);
    if (end.behind == log_end::rest::damaged)
        return failure{errc::corrupt,
            fmt::format(
                "the store's log {} is damaged at byte {}: something of what had been written is missing. Restore a backup", file, end.whole)};
    const bool may_cut = end.behind == log_end::rest::none || (end.behind == log_end::rest::torn && is_last);
    is_last = is_last && end.whole == 0 && end.behind == log_end::rest::none;
    if (!may_cut || end.whole == bytes->size()) return {};
    if (::ftruncate(it.fd, static_cast<off_t>(end.whole)) != 0 || ::fsync(it.fd) != 0) return cannot(file, "cut");
    if (end.behind == log_end::rest::torn)
        log.info("the last write of the store was not whole, and is dropped: nobody was told of it",
            {{"file", file}, {"bytes", std::to_string(end.whole)}});
    return {};
}

}  // namespace

result<void> cut_logs(const std::string& directory, log_sink& log) {
    std::error_code failed;
    std::map<std::uint64_t, std::string, std::greater<>> logs;
    for (std::filesystem::directory_iterator at(directory, failed), end; !failed && at != end; at.increment(failed)) {
        const auto name = at->path().stem().string();
        if (at->path().extension() != ".log" || name.empty() || name.find_first_not_of("0123456789") != std::string::npos) continue;
        logs.emplace(std::strtoull(name.c_str(), nullptr, 10), at->path().string());
    }
    bool is_last = true;
    for (const auto& [number, file] : logs)
        if (auto cut = cut_log(file, is_last, log); !cut) return cut;
    if (failed) return failure{errc::io, fmt::format("the directory {} cannot be read: {}", directory, failed.message())};
    return {};
}

}  // namespace tollgate
