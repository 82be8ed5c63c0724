#include "tollgate/control/session_book.hpp"

#include "tollgate/base/bounds.hpp"
#include "tollgate/codec/base64.hpp"
#include "tollgate/codec/described.hpp"
#include "tollgate/crypto/sha256.hpp"
#include "tollgate/model/token_id.hpp"
#include "tollgate/store/local_database.hpp"
#include "tollgate/store/row_end.hpp"

#include <array>

namespace tollgate {
namespace {

constexpr std::chrono::minutes kSeenEach{1};  // a use is written down that often at most

// Keys as src/store/FORMAT.md has them.
constexpr char kByDigest = 1, kById = 2, kByUser = 3;

std::string key_of(char which, std::string_view rest) { return std::string(1, which).append(rest); }
std::string user_prefix(std::string_view user_id) { return key_of(kByUser, user_id).append(1, '/'); }

std::string digest_of(std::string_view text) {
    const auto d = sha256(text);
    return {reinterpret_cast<const char*>(d.bytes.data()), d.bytes.size()};
}

std::string with_end(timestamp end, std::string_view value) {
    std::string row;
    append_row_end(row, end);
    return row.append(value);
}

std::string_view without_end(std::string_view row) {
    (void)take_row_end(row);
    return row;
}

failure no_session() { return {errc::not_found, "there is no such session"}; }

}  // namespace

bool session_book::has_ended(const session& s) const {
    const auto now = time_.now();
    return now >= s.ends_at || now >= s.seen_at + bounds::session_idle_time;
}

result<void> session_book::write(std::string_view text_digest, const session& s, bool sync) {
    write_batch batch;
    batch.put(local_families::sessions, key_of(kByDigest, text_digest), with_end(s.ends_at, json::serialize(to_json_object(s))));
    batch.put(local_families::sessions, key_of(kById, s.id), with_end(s.ends_at, text_digest));
    batch.put(local_families::sessions, user_prefix(s.user).append(s.id), with_end(s.ends_at, {}));
    return local_.write(batch, sync);
}

result<session> session_book::read(std::string_view key) const {
    const auto row = local_.get(local_families::sessions, key);
    if (!row) return row.error();
    if (!*row) return no_session();
    auto s = parse_described<session>(without_end(**row));
    if (!s) return s.error();
    if (has_ended(*s)) return no_session();
    return s;
}

// The oldest ends where there are as many as may be.
result<void> session_book::make_room(std::string_view user_id) {
    std::vector<std::string> ids;
    const auto prefix = user_prefix(user_id);
    const auto scanned = local_.scan(local_families::sessions, prefix, prefix, [&](std::string_view key, std::string_view) {
        ids.emplace_back(key.substr(prefix.size()));
        return true;
    });
    if (!scanned) return scanned;
    std::erase_if(ids, [&](const std::string& id) {
        const auto s = show(id);
        if (!s && s.error().kind == errc::not_found) (void)erase(id);
        return !s;
    });
    for (std::size_t i = 0; i + bounds::sessions_per_user <= ids.size(); ++i)
        if (auto ended = erase(ids[i]); !ended && ended.error().kind != errc::not_found) return ended;
    return {};
}

result<session_book::opened> session_book::open(session_use use, const user& who, unsigned assurance, timestamp asserted_at, std::string_view from) {
    const std::lock_guard lock(writing_);
    if (auto room = make_room(who.id); !room) return room.error();
    std::array<std::uint8_t, 32> bytes{};
    random_.fill(bytes);
    secret text(base64url(bytes));
    const auto now = time_.now();
    session s{token_id::make(now, random_).text(token_id::session_prefix), use, who.id, who.api, who.epoch, assurance, asserted_at, now, now,
        now + bounds::session_time, std::string(from)};
    if (auto written = write(digest_of(text.reveal()), s, true); !written) return written.error();
    return opened{std::move(s), std::move(text)};
}

result<session_book::live> session_book::find(session_use use, std::string_view text) {
    const auto name = digest_of(text);
    auto s = read(key_of(kByDigest, name));
    if (!s) return s.error();
    if (s->use != use) return no_session();
    auto who = users_.show(s->user);
    if (!who) return who.error();
    if (who->state != account_state::active || who->epoch != s->user_epoch) return no_session();
    if (const auto now = time_.now(); now >= s->seen_at + kSeenEach) {
        const std::lock_guard lock(writing_);
        s = read(key_of(kByDigest, name));
        if (!s) return s.error();
        s->seen_at = now;
        (void)write(name, *s, false);  // it is an aid: the session goes on without
    }
    return live{std::move(*s), std::move(*who)};
}

result<void> session_book::raise(std::string_view text, unsigned assurance, timestamp asserted_at) {
    const auto name = digest_of(text);
    const std::lock_guard lock(writing_);
    auto s = read(key_of(kByDigest, name));
    if (!s) return s.error();
    s->assurance = assurance;
    s->asserted_at = asserted_at;
    return write(name, *s, true);
}

result<session> session_book::show(std::string_view id) const {
    if (!token_id::parse(id, token_id::session_prefix)) return no_session();
    const auto row = local_.get(local_families::sessions, key_of(kById, id));
    if (!row) return row.error();
    if (!*row) return no_session();
    return read(key_of(kByDigest, without_end(**row)));
}

result<void> session_book::end(std::string_view id) {
    const std::lock_guard lock(writing_);
    return erase(id);
}

result<void> session_book::erase(std::string_view id) {
    if (!token_id::parse(id, token_id::session_prefix)) return no_session();
    const auto row = local_.get(local_families::sessions, key_of(kById, id));
    if (!row) return row.error();
    if (!*row) return no_session();
    const auto by_digest = key_of(kByDigest, without_end(**row));
    const auto record = local_.get(local_families::sessions, by_digest);
    if (!record) return record.error();
    write_batch batch;
    batch.erase(local_families::sessions, by_digest);
    batch.erase(local_families::sessions, key_of(kById, id));
    if (*record)
        if (const auto s = parse_described<session>(without_end(**record))) batch.erase(local_families::sessions, user_prefix(s->user).append(id));
    return local_.write(batch, true);
}

result<std::pair<std::vector<session>, std::string>> session_book::list(
    std::string_view cursor, std::size_t limit, const std::function<bool(const session&)>& wanted) const {
    std::vector<std::string> ids;  // one more than is looked at: whether there is a next page
    const std::string prefix(1, kById);
    const auto from = cursor.empty() ? prefix : key_of(kById, cursor).append(1, '\0');
    const auto scanned = local_.scan(local_families::sessions, prefix, from, [&](std::string_view key, std::string_view) {
        ids.emplace_back(key.substr(1));
        return ids.size() <= bounds::page_scan_rows;
    });
    if (!scanned) return scanned.error();
    std::pair<std::vector<session>, std::string> page;
    for (std::size_t i = 0; i < ids.size(); ++i) {
        if (page.first.size() == limit || i == bounds::page_scan_rows) {
            page.second = ids[i - 1];
            break;
        }
        auto s = show(ids[i]);
        if (!s && s.error().kind != errc::not_found) return s.error();
        if (s && wanted(*s)) page.first.push_back(std::move(*s));
    }
    return page;
}

}  // namespace tollgate
