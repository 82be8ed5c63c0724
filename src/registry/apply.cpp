#include "apply.hpp"

#include "actor_rows.hpp"
#include "grant_codec.hpp"
#include "grant_rows.hpp"
#include "keys.hpp"

#include "tollgate/codec/digest_text.hpp"
#include "tollgate/codec/json.hpp"
#include "tollgate/codec/records.hpp"
#include "tollgate/model/holder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <type_traits>

namespace tollgate {
namespace {

constexpr record_kind<token> tokens{token_from_json, token_id::prefix, token_prefix};
constexpr record_kind<actor> actors{actor_from_json, token_id::actor_prefix, actor_prefix};
constexpr record_kind<user> users{user_from_json, token_id::user_prefix, user_record_prefix};
constexpr record_kind<oauth_client> clients{oauth_client_from_json, token_id::client_prefix, client_record_prefix};

// No later or reordered change brings a token back. Answers whether `becomes` had to be amended.
bool keep_revoked(const std::optional<token>& was, token& becomes) {
    if (!was || was->state != token_state::revoked) return false;
    becomes.state = token_state::revoked;
    becomes.revoked_at = was->revoked_at;
    becomes.epoch = std::max(becomes.epoch, was->epoch);
    return true;
}

// Removed is for ever, an epoch never falls, and where a record belongs never changes.
template <class T>
result<void> keep_life(const std::optional<T>& was, T& becomes, const std::string& key) {
    if (!was) return {};
    if (was->api != becomes.api) return not_a_record(key, "it stays in its API");
    becomes.epoch = std::max(becomes.epoch, was->epoch);
    if (was->state != account_state::removed) return {};
    becomes.state = account_state::removed;
    becomes.removed_at = was->removed_at;
    return {};
}

// What need not be, while there is hardly room for what must: revoking, disabling, rotating what leaked.
bool only_adds(std::string_view action) noexcept { return action.ends_with(".create") || action.ends_with(".import"); }

// Whether a record that comes along read would be read again from its text.
bool reads_again(const token& t) {
    const auto good = [](const std::optional<timestamp>& at) { return !at || can_be_written(*at); };
    return good(t.created_at) && good(t.expires_at) && good(t.disabled_at) && good(t.revoked_at) &&
        std::ranges::all_of(t.generations, [&](const auto& g) { return good(g.created_at) && good(g.ends_at); });
}

failure disk_nearly_full() {
    return {errc::unavailable, "the store's disk is nearly full, and nothing new is kept until it has room; revoking goes on"};
}

}  // namespace

token_applier::token_applier(const database& db, change_feed& feed, mac_keeper& macs, std::function<void(std::string_view)> at, audit_key links)
    : db_(db), feed_(feed), at_(std::move(at)), grants_(db, numbers_, macs), links_(links) {}

result<void> token_applier::vacant(const digest& key, const token_id& id, std::string_view taken) const {
    const auto of = [&](const token_id& owner) { return owner == id ? result<void>() : failure{errc::exists, std::string(taken)}; };
    if (const auto it = taken_.find(key); it != taken_.end()) return of(it->second);
    if (known_ != nullptr && !known_->maybe(key)) return {};
    const auto row = db_.get(families::index, digest_key(key));
    if (!row) return row.error();
    if (!*row) return {};
    const auto other = decode_grant(**row);
    if (!other) return other.error();
    return of(other->id);
}

result<void> token_applier::read_secrets(token_step& step, const plan& others) const {
    for (const auto& g : step.becomes.generations) {
        const auto key = parse_digest(g.digest);
        if (!key) return not_a_record(step.becomes.id, "a digest is 64 hexadecimal digits");
        for (const auto& other : others.tokens)
            for (const auto& s : other.secrets)
                if (&other != &step && s.key == *key) return failure{errc::exists, "two tokens of one change have the same digest"};
        if (auto free = vacant(*key, step.id, "the digest belongs to another token"); !free) return free;
        step.secrets.push_back({*key, &g});
    }
    if (!step.was) return {};
    for (const auto& g : step.was->generations) {
        const auto key = parse_digest(g.digest);
        if (key && std::ranges::find(step.secrets, *key, &secret_of::key) == step.secrets.end()) step.dropped.push_back(*key);
    }
    return {};
}

result<void> token_applier::read_token(record_put& put, const record_view& before, plan& into) const {
    if (!put.read) {
        auto parsed = token_from_json(put.value);
        if (!parsed) return not_a_record(put.key, parsed.error().what);
        put.read = std::make_shared<token>(std::move(*parsed));
    } else if (!reads_again(*put.read)) return not_a_record(put.key, "its times lie within the years 0 to 9999");
    auto& step = into.tokens.emplace_back(*put.read);
    if (auto good = complete_step(step, put, before, tokens); !good) return good;
    if (step.becomes.generations.empty()) return not_a_record(put.key, "a token has at least one generation");
    if (keep_revoked(step.was, step.becomes)) put.value = json_text(step.becomes);
    return read_secrets(step, into);
}

// Where an actor is registered never changes: its key in the index is made of it. Removed is for ever.
result<void> token_applier::read_actor(record_put& put, const record_view& before, plan& into) const {
    auto read = read_step(put, before, actors);
    if (!read) return read.error();
    const auto key = actor_digest(read->becomes);
    actor_step step{std::move(*read), key};
    if (step.was) {
        if (actor_digest(*step.was) != key) return not_a_record(put.key, "an actor stays in its API, tenant and environment");
        if (step.was->removed_at) step.becomes.removed_at = step.was->removed_at;
    }
    put.value = serialize(to_json(step.becomes));
    if (auto free = vacant(key, step.id, "the actor is registered already"); !free) return free;
    into.actors.push_back(std::move(step));
    return {};
}

// The number of a user is given by the first change of it that is applied, and stays.
result<void> token_applier::read_user(record_put& put, const record_view& before, plan& into) const {
    auto read = read_step(put, before, users);
    if (!read) return read.error();
    auto& step = *read;
    if (auto good = keep_life(step.was, step.becomes, put.key); !good) return good;
    if (step.was) step.becomes.number = step.was->number;
    if (step.becomes.number == 0) step.becomes.number = last_user_ + into.users.size() + 1;
    put.value = serialize(to_json(step.becomes));
    if (auto free = vacant_names(step); !free) return free;
    into.users.push_back(std::move(step));
    return {};
}

result<void> token_applier::read_client(record_put& put, const record_view& before, plan& into) const {
    auto read = read_step(put, before, clients);
    if (!read) return read.error();
    auto& step = *read;
    if (auto good = keep_life(step.was, step.becomes, put.key); !good) return good;
    put.value = serialize(to_json(step.becomes));
    if (auto free = vacant_names(step); !free) return free;
    into.clients.push_back(std::move(step));
    return {};
}

template <class T>
result<void> token_applier::vacant_names(const record_step<T>& step) const {
    auto keys = names_of(step.becomes);
    keys.push_back(state_key(step.becomes));
    for (const auto& key : keys)
        if (auto free = vacant(key, step.id, "the name is taken"); !free) return free;
    return {};
}

result<void> token_applier::read_scope(const record_put& put, plan& into) const {
    boost::system::error_code failed;
    const auto value = json::parse(put.value, failed);
    const auto* object = failed ? nullptr : value.if_object();
    const auto* of_api = object ? object->if_contains("api") : nullptr;
    const auto* scope = object ? object->if_contains("scope") : nullptr;
    if (!of_api || !scope || !of_api->is_string() || !scope->is_string()) return not_a_record(put.key, "a scope names an API and a scope");
    into.scopes.emplace_back(of_api->get_string(), scope->get_string());
    return {};
}

result<token_applier::plan> token_applier::read(change& c, const record_view& before) const {
    plan p;
    p.tokens.reserve(c.puts.size());
    for (auto& put : c.puts) {
        result<void> good;
        if (put.key.starts_with(token_prefix)) good = read_token(put, before, p);
        else if (put.key.starts_with(actor_prefix)) good = read_actor(put, before, p);
        else if (grants_applier::is_kind(put.key)) good = grants_.read(put, before, p.grants);
        else if (put.key.starts_with(user_record_prefix)) good = read_user(put, before, p);
        else if (put.key.starts_with(client_record_prefix)) good = read_client(put, before, p);
        else if (put.key.starts_with(atom_prefix)) p.names.push_back(put.key.substr(atom_prefix.size()));
        else if (put.key.starts_with(scope_prefix)) good = read_scope(put, p);
        else good = failure{errc::invalid, fmt::format("{} is of no kind that is known here", put.key)};
        if (!good) return good.error();
    }
    return p;
}

result<void> token_applier::admit(const plan& p) const {
    constexpr std::size_t names_a_token = 7, names_an_actor = 2, names_a_user = 2, names_a_client = 3;
    const auto names = p.names.size() + p.scopes.size() + p.tokens.size() * names_a_token + p.actors.size() * names_an_actor +
        p.users.size() * names_a_user + p.clients.size() * names_a_client + grants_applier::names_of(p.grants);
    const bool one_token = p.tokens.size() == 1 && p.scopes.empty() && p.grants.authorizations.empty() && p.clients.empty();
    if (one_token && numbers_.admit(names, p.tokens.front().becomes.api, p.tokens.front().becomes.scopes)) return {};  // as most changes are
    // One API after the other: a change that adds scopes in several places to one API is the sum of them.
    std::map<std::string, std::vector<std::string>, std::less<>> wanted;
    const auto want = [&](const std::string& of_api, const std::string& scope) {
        auto& list = wanted[of_api];
        if (std::find(list.begin(), list.end(), scope) == list.end()) list.push_back(scope);
    };
    for (const auto& [of_api, scope] : p.scopes) want(of_api, scope);
    for (const auto& t : p.tokens)
        for (const auto& scope : t.becomes.scopes) want(t.becomes.api, scope);
    for (const auto& a : p.grants.authorizations)
        for (const auto& scope : a.scopes) want(a.api, scope);
    for (const auto& c : p.clients)
        for (const auto& scope : c.becomes.scopes) want(c.becomes.api, scope);
    if (auto room = numbers_.admit(names, {}, {}); !room) return room;
    for (const auto& [of_api, scopes] : wanted)
        if (auto room = numbers_.admit(0, of_api, scopes); !room) return room;
    return {};
}

void token_applier::put_index(const digest& key, const indexed_grant& row, write_batch& batch) {
    if (known_ != nullptr) known_->add(key);
    batch.put(families::index, digest_key(key), encode_grant(row));
}

void token_applier::write(const token_step& step, write_batch& batch) {
    indexed_grant last;
    for (const auto& s : step.secrets) {
        last = grant_of(step.becomes, *s.generation, numbers_, batch);
        put_index(s.key, last, batch);
        taken_[s.key] = step.id;
        changed_.push_back(s.key);
    }
    changed_.push_back(holder_key({holder_kind::token, step.id}));
    last.state = token_state::revoked;
    for (const auto& key : step.dropped) {
        put_index(key, last, batch);
        changed_.push_back(key);
    }
    const auto now = listing_keys(step.becomes, numbers_, batch);
    const auto then = step.was ? listing_keys(*step.was, numbers_, batch) : std::vector<std::string>();
    write_listing(then, now, batch);
}

void token_applier::write(const actor_step& step, write_batch& batch) {
    const auto row = grant_of_actor(step.becomes);
    put_index(step.key, row, batch);
    taken_[step.key] = row.id;
    changed_.push_back(step.key);
    const auto now = actor_listing_keys(step.becomes, numbers_, batch);
    const auto then = step.was ? actor_listing_keys(*step.was, numbers_, batch) : std::vector<std::string>();
    write_listing(then, now, batch);
}

// A name that is given up leads nowhere, and may be another's with the next group.
template <class T>
void token_applier::write(const record_step<T>& step, write_batch& batch) {
    const auto key = state_key(step.becomes);
    const auto state = state_of(step.becomes, numbers_, batch);
    put_index(key, state, batch);
    taken_[key] = step.id;
    changed_.push_back(key);
    changed_.push_back(holder_key({std::is_same_v<T, user> ? holder_kind::user : holder_kind::client, step.id}));
    const auto names = names_of(step.becomes);
    indexed_grant signpost;
    signpost.id = step.id;
    signpost.state = token_state::active;
    for (const auto& name : names) {
        put_index(name, signpost, batch);
        taken_[name] = step.id;
    }
    if (step.was)
        for (const auto& name : names_of(*step.was))
            if (std::find(names.begin(), names.end(), name) == names.end()) batch.erase(families::index, digest_key(name));
    const auto now = listing_keys(step.becomes, numbers_, batch);
    const auto then = step.was ? listing_keys(*step.was, numbers_, batch) : std::vector<std::string>();
    write_listing(then, now, batch);
}

void token_applier::write_listing(const std::vector<std::string>& then, const std::vector<std::string>& now, write_batch& batch) {
    for (const auto& key : then)
        if (std::find(now.begin(), now.end(), key) == now.end()) batch.erase(families::listing, key);
    for (const auto& key : now)
        if (std::find(then.begin(), then.end(), key) == then.end()) batch.put(families::listing, key, {});
}

result<void> token_applier::derive(revision r, change& c, const record_view& before, write_batch& batch) {
    at_("commit:derive");
    if (room_ != nullptr && room_->look().low() && only_adds(c.event.action)) return disk_nearly_full();
    const auto p = read(c, before);
    if (!p) return p.error();
    if (auto room = admit(*p); !room) return room;
    numbers_.put_owed(batch);
    for (const auto& name : p->names) numbers_.number(name, batch);
    for (const auto& [of_api, scope] : p->scopes) numbers_.scope(of_api, scope, batch);
    for (const auto& step : p->tokens) write(step, batch);
    for (const auto& step : p->actors) write(step, batch);
    grants_.write(p->grants, c.event.at, batch, changed_);
    for (const auto& step : p->users) write(step, batch);
    for (const auto& step : p->clients) write(step, batch);
    for (const auto& step : p->users) last_user_ = std::max(last_user_, step.becomes.number);
    if (!c.event.action.empty()) write_audit(r, c.event, batch);
    return {};
}

void token_applier::applied(revision) noexcept {
    at_("commit:durable");
    numbers_.applied();
    grants_.applied();
    feed_.publish(changed_);
    changed_.clear();
    taken_.clear();
    last_user_end_ = last_user_;
    if (known_ != nullptr) known_->group_ended();
    {
        const std::lock_guard lock(end_mutex_);
        end_ = head_;
    }
    at_("commit:applied");
}

void token_applier::discarded() noexcept {
    at_("commit:discarded");
    changed_.clear();
    taken_.clear();
    numbers_.discarded();
    grants_.discarded();
    head_ = end_;
    last_user_ = last_user_end_;
    if (known_ != nullptr) known_->group_ended();
}

result<void> token_applier::load() {
    if (auto loaded = numbers_.load(db_); !loaded) return loaded;
    const auto bytes = db_.get(families::facts, audit_head_key);
    if (!bytes) return bytes.error();
    const auto read = *bytes ? decode_audit_head(**bytes) : audit_head{};
    if (!read) return failure{errc::corrupt, "the head of the audit log cannot be read"};
    const auto last = db_.get(families::facts, last_user_key);
    if (!last) return last.error();
    auto digits = *last ? std::string_view(**last) : std::string_view();
    last_user_ = last_user_end_ = take_number<std::uint64_t>(digits).value_or(0);
    const std::lock_guard lock(end_mutex_);
    end_ = head_ = *read;
    return {};
}

result<void> token_applier::reopened() {
    auto loaded = load();
    if (known_ != nullptr) known_->fill();
    feed_.publish_everything();
    return loaded;
}

std::optional<audit_head> token_applier::audit_end() const {
    const std::lock_guard lock(end_mutex_);
    return end_.at == 0 ? std::nullopt : std::optional(end_);
}

}  // namespace tollgate
