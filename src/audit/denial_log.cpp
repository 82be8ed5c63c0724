#include "tollgate/audit/denial_log.hpp"

#include "tollgate/base/bounds.hpp"
#include "tollgate/codec/json.hpp"
#include "tollgate/codec/records.hpp"

#include <algorithm>

namespace tollgate {
namespace {

// src/store/FORMAT.md, "denials".
constexpr std::string_view head_key("\0", 1);
constexpr char row_mark = 1;
constexpr std::string_view row_prefix("\1", 1);

std::string key_of(revision r) {
    std::string key(1, row_mark);
    for (int shift = 56; shift >= 0; shift -= 8) key.push_back(static_cast<char>(r >> shift & 0xff));
    return key;
}

revision revision_of(std::string_view key) noexcept {
    revision r = 0;
    for (const char c : key.substr(std::min<std::size_t>(1, key.size()))) r = r << 8 | static_cast<unsigned char>(c);
    return r;
}

template <std::size_t N>
std::string_view text_in(const std::array<char, N>& text) noexcept {
    const auto end = std::find(text.begin(), text.end(), '\0');
    return {text.data(), static_cast<std::size_t>(end - text.begin())};
}

}  // namespace

denial_log::denial_log(database& local, family rows, audit_key links, std::function<std::string_view(atom)> text_of, log_sink& log)
    : db_(local), rows_(rows), links_(links), text_of_(std::move(text_of)), log_(log) {}

result<std::unique_ptr<denial_log>> denial_log::open(
    database& local, family rows, audit_key links, std::function<std::string_view(atom)> text_of, log_sink& log) {
    std::unique_ptr<denial_log> made(new denial_log(local, rows, links, std::move(text_of), log));
    if (auto loaded = made->load(); !loaded) return loaded.error();
    return made;
}

result<void> denial_log::load() {
    const auto bytes = db_.get(rows_, head_key);
    if (!bytes) return bytes.error();
    if (!*bytes) return {};
    const auto head = decode_audit_head(**bytes);
    if (!head) return failure{errc::corrupt, "the head of the log of denials cannot be read"};
    const std::lock_guard lock(head_mutex_);
    head_ = *head;
    return {};
}

result<void> denial_log::reopened() {
    const std::lock_guard turn(turn_);
    return load();
}

void denial_log::hand_over(std::vector<denial> batch) noexcept {
    if (batch.empty()) return;
    const std::lock_guard lock(waiting_mutex_);
    if (waiting_.size() >= bounds::use_batches) dropped_.fetch_add(batch.size(), std::memory_order_relaxed);
    else waiting_.push_back(std::move(batch));
}

audit_event denial_log::event_of(const denial& d) const {
    json::object details{{"reason", to_string(d.why)}};
    if (d.count > 1) details["count"] = d.count;
    if (d.count == 1) {
        details["method"] = text_in(d.method);
        details["path"] = std::string_view(d.path.data(), d.path_bytes);
        details["request_id"] = text_in(d.request_id);
    }
    details["generation"] = d.generation;
    if (d.parent) details["parent"] = text_of(*d.parent);
    if (d.tenant != atom::none) details["tenant"] = text_of_(d.tenant);
    audit_event e;
    e.at = d.at;
    e.actor = "token:" + d.token.text();
    e.acting_as = text_in(d.acting_as);
    e.from = d.from == ip_address{} ? std::string("unix") : d.from.text();
    e.action = "request.denied";
    e.api = text_of_(d.api);
    e.subject = d.token.text();
    e.details = serialize(details);
    return e;
}

result<revision> denial_log::append(const std::vector<audit_event>& events) {
    audit_head head = head_;
    write_batch batch;
    for (const auto& e : events) {
        const auto row = links_.seal(head.link, head.at + 1, serialize(to_json(e)));
        batch.put(rows_, key_of(row.at), encode_audit_row(row));
        head = {row.at, row.own};
        const auto cut = read_audit_cut(e);
        if (cut && cut->at < row.at) batch.erase_range(rows_, key_of(0), key_of(cut->at + 1));
    }
    batch.put(rows_, head_key, encode_audit_head(head));
    if (auto written = db_.write(batch, false); !written) return written.error();
    const std::lock_guard lock(head_mutex_);
    head_ = head;
    return head.at;
}

void denial_log::write_pending() {
    const std::lock_guard turn(turn_);
    std::vector<std::vector<denial>> batches;
    {
        const std::lock_guard lock(waiting_mutex_);
        batches.swap(waiting_);
    }
    for (const auto& batch : batches) {
        std::vector<audit_event> events;
        for (const auto& d : batch) events.push_back(event_of(d));
        const auto written = append(events);
        if (written) continue;
        dropped_.fetch_add(batch.size(), std::memory_order_relaxed);
        log_.warn("denials could not be recorded", {{"why", written.error().what}});
    }
}

result<void> denial_log::scan(revision from, bool back, const std::function<bool(audit_row)>& row) const {
    result<void> good;
    const auto look = [&](std::string_view key, std::string_view bytes) {
        auto read = decode_audit_row(revision_of(key), bytes);
        if (!read) good = failure{errc::corrupt, "a row of the log of denials is of another version"};
        return read && row(std::move(*read));
    };
    const auto scanned = back ? db_.scan_back(rows_, row_prefix, key_of(from == ~revision{0} ? from : from + 1), look)
                              : db_.scan(rows_, row_prefix, key_of(from), look);
    return scanned ? good : scanned;
}

audit_log denial_log::as_log() {
    return {std::string(denials_log_name),
        [this](revision from, bool back, const std::function<bool(audit_row)>& row) { return scan(from, back, row); },
        [this]() -> std::optional<audit_head> {
            const std::lock_guard lock(head_mutex_);
            return head_.at == 0 ? std::nullopt : std::optional(head_);
        },
        [this](audit_event e) {
            const std::lock_guard turn(turn_);
            return append({std::move(e)});
        },
        links_};
}

}  // namespace tollgate
