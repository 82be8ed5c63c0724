#include "http_bytes.hpp"

#include "tollgate/codec/records.hpp"
#include "tollgate/codec/text.hpp"

#include <fmt/format.h>

#include <chrono>
#include <iterator>
#include <optional>

namespace tollgate {
namespace {

using std::chrono::microseconds;
using micro_time = std::chrono::sys_time<microseconds>;

constexpr std::chrono::sys_days first_day{std::chrono::year(0) / 1 / 1}, day_behind{std::chrono::year(10000) / 1 / 1};

// Takes from the front of a text; once something does not fit, everything after fails too.
class taker {
 public:
    explicit taker(std::string_view text) : rest_(text) {}

    int digits(std::size_t count) noexcept {
        int n = 0;
        for (; count > 0; --count) n = n * 10 + digit();
        return n;
    }
    void one_of(std::string_view bytes) noexcept {
        if (rest_.empty() || bytes.find(rest_[0]) == std::string_view::npos) good_ = false;
        if (good_) rest_.remove_prefix(1);
    }
    [[nodiscard]] char next() const noexcept { return rest_.empty() ? '\0' : rest_[0]; }
    [[nodiscard]] bool good() const noexcept { return good_; }
    [[nodiscard]] bool at_end() const noexcept { return good_ && rest_.empty(); }

 private:
    int digit() noexcept {
        if (!is_byte(next(), digit_byte)) good_ = false;
        if (!good_) return 0;
        const int d = rest_[0] - '0';
        rest_.remove_prefix(1);
        return d;
    }
    std::string_view rest_;
    bool good_ = true;
};

// Digits beyond microseconds are dropped.
int take_fraction(taker& in) noexcept {
    in.one_of(".");
    int us = 0, weight = 100'000;
    do {
        us += in.digits(1) * weight;
        weight /= 10;
    } while (in.good() && is_byte(in.next(), digit_byte));
    return us;
}

// East of Greenwich.
std::optional<std::chrono::minutes> take_offset(taker& in) noexcept {
    const char sign = in.next();
    in.one_of("Zz+-");
    if (sign != '+' && sign != '-') return std::chrono::minutes(0);
    const int hours = in.digits(2);
    in.one_of(":");
    const int minutes = in.digits(2);
    if (!in.good() || hours > 23 || minutes > 59) return std::nullopt;
    return std::chrono::minutes((sign == '+' ? 1 : -1) * (hours * 60 + minutes));
}

failure bad_time(std::string_view text) { return {errc::invalid, "'" + std::string(text) + "' is not a time; write 2026-04-01T00:00:00Z"}; }

}  // namespace

void append_rfc3339(std::string& out, timestamp t) {
    const micro_time at{microseconds(t.us)};
    const auto day = std::chrono::floor<std::chrono::days>(at);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss<microseconds> time(at - day);
    char text[] = "0000-00-00T00:00:00.000000Z";
    const auto put = [&text](std::size_t end, auto number) {
        for (; number > 0; number /= 10) text[--end] = static_cast<char>('0' + number % 10);
    };
    const int year = static_cast<int>(date.year());
    const bool usual = can_be_written(t);
    if (usual) put(4, year);
    else fmt::format_to(std::back_inserter(out), "{:04}", year);
    put(7, static_cast<unsigned>(date.month()));
    put(10, static_cast<unsigned>(date.day()));
    put(13, time.hours().count());
    put(16, time.minutes().count());
    put(19, time.seconds().count());
    put(26, time.subseconds().count());
    out += text + (usual ? 0 : 4);
}

std::string rfc3339(timestamp t) {
    std::string out;
    append_rfc3339(out, t);
    return out;
}

result<timestamp> parse_rfc3339(std::string_view text) {
    taker in(text);
    const int year = in.digits(4);
    in.one_of("-");
    const int month = in.digits(2);
    in.one_of("-");
    const int day = in.digits(2);
    in.one_of("Tt");
    const int hour = in.digits(2);
    in.one_of(":");
    const int minute = in.digits(2);
    in.one_of(":");
    const int second = in.digits(2);
    const int us = in.next() == '.' ? take_fraction(in) : 0;
    const auto offset = take_offset(in);
    const std::chrono::year_month_day date{
        std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)), std::chrono::day(static_cast<unsigned>(day))};
    if (!in.at_end() || !offset || !date.ok() || hour > 23 || minute > 59 || second > 60) return bad_time(text);  // 60: a leap second
    const micro_time at = std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) + std::chrono::seconds(second) +
        microseconds(us) - *offset;
    const timestamp t{at.time_since_epoch().count()};
    return can_be_written(t) ? result<timestamp>(t) : bad_time(text);  // an offset may lead out of the years
}

bool can_be_written(timestamp t) noexcept {
    const micro_time at{microseconds(t.us)};
    return at >= micro_time(first_day) && at < micro_time(day_behind);
}

}  // namespace tollgate
