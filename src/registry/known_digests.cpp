#include "tollgate/registry/known_digests.hpp"

#include "digest_filter.hpp"

#include "tollgate/base/give_way.hpp"
#include "tollgate/base/thread_name.hpp"

#include <algorithm>
#include <cstring>
#include <exception>
#include <string>
#include <string_view>

namespace tollgate {
namespace {

constexpr std::size_t filled_at_once = 20'000;  // rows: some ten milliseconds
constexpr std::size_t rows_at_once = 20'000;    // that hold the store open; before each piece memtables are sorted (rocks_options.cpp)
constexpr std::size_t spare = 2, growth = 4;

}  // namespace

known_digests::known_digests(const database& db, family rows, log_sink& log, std::size_t smallest)
    : db_(db), rows_(rows), log_(log), smallest_(smallest) {}

known_digests::~known_digests() { end_filler(); }

void known_digests::end_filler() {
    {
        const std::lock_guard lock(mutex_);
        stop_.store(true, std::memory_order_relaxed);
    }
    ended_.notify_all();
    if (filler_.joinable()) filler_.join();
}

bool known_digests::maybe(const digest& key) const noexcept {
    const auto* filter = answering_.load(std::memory_order_acquire);
    return filter == nullptr || filter->maybe(key);
}

// Nothing of before is believed: while the store was away another process may have written it.
void known_digests::fill() {
    end_filler();
    stop_.store(false, std::memory_order_relaxed);
    answering_.store(nullptr, std::memory_order_release);
    current_ = filling_ = nullptr;
    const auto rows = db_.estimated_rows(rows_);
    added_ = rows;
    begin(std::max(rows * spare, smallest_));
    if (rows <= filled_at_once) wait();
}

// From here on the filter gets what is added, so the rows that are looked through may be as old as this moment.
void known_digests::begin(std::size_t room) {
    if (filler_.joinable()) filler_.join();
    room_ = room;
    all_.push_back(std::make_unique<digest_filter>(room));
    filling_ = all_.back().get();
    filler_ = std::thread([this, into = filling_] {
        name_this_thread("digests");
        look_through(*into);
    });
}

void known_digests::look_through(digest_filter& into) {
    give_way manners;  // requests go first
    std::string from;
    for (bool more = true; more;) {
        std::size_t rows = 0;
        more = false;
        const auto scanned = db_.scan_once(rows_, from, [&](std::string_view key, std::string_view) {
            from.assign(key).push_back('\0');
            digest d;
            if (key.size() == d.bytes.size()) {
                std::memcpy(d.bytes.data(), key.data(), d.bytes.size());
                into.add(d);
            }
            more = ++rows == rows_at_once || stop_.load(std::memory_order_relaxed);
            return !more;
        });
        if (!scanned)
            return log_.warn(
                "the digests in the store could not be looked through; unknown tokens are looked up one by one", {{"why", scanned.error().what}});
        if (stop_.load(std::memory_order_relaxed)) return;
        if (const auto rest = manners.rest(); more && rest.count() != 0) {
            std::unique_lock lock(mutex_);
            ended_.wait_for(lock, rest, [this] { return stop_.load(std::memory_order_relaxed); });
        }
    }
    answering_.store(&into, std::memory_order_release);
}

void known_digests::add(const digest& key) noexcept {
    ++added_;
    if (current_ != nullptr) current_->add(key);
    if (filling_ != nullptr) filling_->add(key);
}

void known_digests::adopt() noexcept {
    if (filling_ == nullptr || answering_.load(std::memory_order_acquire) != filling_) return;
    current_ = filling_;
    filling_ = nullptr;
}

void known_digests::group_ended() noexcept {
    adopt();
    if (filling_ != nullptr || added_ <= room_) return;
    try {
        begin(added_ * growth);
    } catch (const std::exception& e) {  // no memory, no thread: the filter that there is goes on, and says maybe more often
        filling_ = nullptr;
        room_ = added_ * spare;
        log_.warn("the filter of known digests could not grow", {{"why", e.what()}});
    }
}

bool known_digests::wait() {
    while (filler_.joinable()) {
        filler_.join();
        group_ended();  // which may begin a larger one
    }
    return answering_.load(std::memory_order_acquire) != nullptr;
}

}  // namespace tollgate
