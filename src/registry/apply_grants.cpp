#include "apply_grants.hpp"

#include "keys.hpp"
#include "record_step.hpp"

#include "tollgate/base/bounds.hpp"
#include "tollgate/codec/records.hpp"
#include "tollgate/model/holder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace tollgate {
namespace {

constexpr std::chrono::hours kKeptAfterEnd{24 * 7};  // as rows of `local`: a clock that was wrong for a while loses nothing
constexpr std::size_t kDroppedAtOnce = 4;            // ended rows that a revocation takes away: more than it adds

constexpr record_kind<authorization> authorizations{authorization_from_json, token_id::authorization_prefix, authorization_prefix};

token_id id_of(std::string_view text, holder_kind kind) { return token_id::parse(text, prefix_of(kind)).value_or(token_id{}); }

}  // namespace

bool grants_applier::is_kind(std::string_view key) noexcept {
    return key.starts_with(authorization_prefix) || key.starts_with(mac_key_prefix) || key.starts_with(revoked_prefix);
}

result<void> grants_applier::read(record_put& put, const record_view& before, plan& into) const {
    if (put.key.starts_with(authorization_prefix)) return read_authorization(put, before, into);
    return put.key.starts_with(mac_key_prefix) ? read_key(put, into) : read_revoked(put, into);
}

result<void> grants_applier::read_authorization(record_put& put, const record_view& before, plan& into) const {
    auto read = read_step(put, before, authorizations);
    if (!read) return read.error();
    auto& [id, was, becomes] = *read;
    if (was) {
        if (was->api != becomes.api || was->user != becomes.user || was->client != becomes.client)
            return not_a_record(put.key, "an authorization stays one of its API, user and client");
        becomes.epoch = std::max(becomes.epoch, was->epoch);
        becomes.generation = std::max(becomes.generation, was->generation);
        if (was->state == token_state::revoked) {
            becomes.state = token_state::revoked;
            becomes.revoked_at = was->revoked_at;
        }
    }
    put.value = serialize(to_json(becomes));
    into.authorizations.push_back(std::move(becomes));
    return {};
}

result<void> grants_applier::read_key(const record_put& put, plan& into) const {
    auto parsed = mac_key_from_json(put.value);
    if (!parsed) return not_a_record(put.key, parsed.error().what);
    if (put.key != mac_key_key(parsed->id)) return not_a_record(put.key, "its key and its id differ");
    if (!keys_.contains(parsed->id) && keys_.size() >= bounds::mac_keys) return failure{errc::full, "too many MAC keys"};
    into.keys.push_back(std::move(*parsed));
    return {};
}

result<void> grants_applier::read_revoked(const record_put& put, plan& into) const {
    auto parsed = revoked_access_from_json(put.value);
    if (!parsed) return not_a_record(put.key, parsed.error().what);
    if (!token_id::parse(parsed->id) || put.key != revoked_key(parsed->id)) return not_a_record(put.key, "its key and its id differ");
    if (revoked_ + added_ >= bounds::revoked_access_tokens)
        return failure{errc::full, "too many access tokens are revoked one by one and have not ended: revoke what they were issued for"};
    into.revoked.push_back(std::move(*parsed));
    return {};
}

void grants_applier::write(const plan& p, timestamp at, write_batch& batch, std::vector<digest>& changed) {
    for (const auto& a : p.authorizations) {
        for (const auto* text : {&a.api, &a.kind, &a.audience, &a.environment, &a.tenant, &a.owner, &a.version}) numbers_.number(*text, batch);
        for (const auto& s : a.scopes) numbers_.scope(a.api, s, batch);
        changed.push_back(holder_key({holder_kind::authorization, id_of(a.id, holder_kind::authorization)}));
    }
    for (const auto& k : p.keys) fresh_keys_[k.id] = k;
    for (const auto& r : p.revoked) {
        const auto id = id_of(r.id, holder_kind::access);
        batch.put(families::listing, by_revoked_end(r.expires_at, id), {});
        bits_.add(id);
        changed.push_back(holder_key({holder_kind::access, id}));
        ++added_;
    }
    if (!p.revoked.empty()) drop_ended(at, batch);
}

// The set holds what has not ended, and little else.
void grants_applier::drop_ended(timestamp at, write_batch& batch) {
    const auto before = at + -std::chrono::microseconds(kKeptAfterEnd);
    std::size_t seen = 0;
    const auto scanned = db_.scan(families::listing, revoked_ends(), {}, [&](std::string_view key, std::string_view) {
        const auto end = revoked_end_of(key);
        const auto id = id_at_end(key);
        if (!end || !id || *end >= before || seen == dropped_ + kDroppedAtOnce) return false;
        if (++seen <= dropped_) return true;  // an earlier change of this group has taken it
        batch.erase(families::listing, key);
        batch.erase(families::records, revoked_key(id->text()));
        return true;
    });
    if (scanned && seen > dropped_) dropped_ = seen;
}

void grants_applier::applied() {
    revoked_ += added_;
    revoked_ -= std::min(revoked_, dropped_);
    added_ = dropped_ = 0;
    if (fresh_keys_.empty()) return;
    for (auto& [id, key] : fresh_keys_) keys_[id] = std::move(key);
    fresh_keys_.clear();
    std::vector<mac_key> all;
    for (const auto& [id, key] : keys_) all.push_back(key);
    macs_.set_keys(std::move(all));
}

void grants_applier::discarded() {
    added_ = dropped_ = 0;
    fresh_keys_.clear();
}

result<void> grants_applier::load(const ledger& from) {
    result<void> good;
    keys_.clear();
    const auto keys = from.scan(mac_key_prefix, {}, [&](std::string_view key, revision, std::string_view text) {
        auto k = mac_key_from_json(text);
        if (k) keys_[k->id] = *k;
        else good = failure{errc::corrupt, fmt::format("{} cannot be read: {}", key, k.error().what)};
        return good.has_value();
    });
    if (!keys) return keys.error();
    if (!good) return good;
    std::vector<mac_key> all;
    for (const auto& [id, key] : keys_) all.push_back(key);
    macs_.set_keys(std::move(all));
    revoked_ = 0;
    return db_.scan(families::listing, revoked_ends(), {}, [&](std::string_view key, std::string_view) {
        if (const auto id = id_at_end(key)) bits_.add(*id);
        ++revoked_;
        return true;
    });
}

}  // namespace tollgate
