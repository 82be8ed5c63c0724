#include "tollgate/registry/restore.hpp"

#include "keys.hpp"
#include "registry_impl.hpp"
#include "restore_ended.hpp"
#include "restore_files.hpp"

#include "tollgate/base/bounds.hpp"
#include "tollgate/codec/records.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <filesystem>

namespace tollgate {
namespace {

namespace fs = std::filesystem;

const token_generation* find_generation(const token& t, std::string_view digest_text) {
    const auto found = std::ranges::find(t.generations, digest_text, &token_generation::digest);
    return found == t.generations.end() ? nullptr : &*found;
}

// Whether `newer` has ended or added a secret that `older` does not know of.
bool knows_more(const token& newer, const token& older) {
    const auto is_news = [&](const token_generation& g) {
        const auto* same = find_generation(older, g.digest);
        return same == nullptr || (g.ends_at && (!same->ends_at || *g.ends_at < *same->ends_at));
    };
    const auto is_gone = [&](const token_generation& g) { return find_generation(newer, g.digest) == nullptr; };
    return std::ranges::any_of(newer.generations, is_news) || std::ranges::any_of(older.generations, is_gone);
}

}  // namespace

// One restoration, from the copy to the exchange.
class registry::restorer {
 public:
    restorer(const restore_options& how, const dependencies& with) : how_(how), with_(with), next_(how.store + ".restoring") {}

    result<restore_report> run() {
        if (!holds_store(how_.copy)) return failure{errc::not_found, fmt::format("there is no copy of a store at {}", how_.copy)};
        if (auto opened = open_present(); !opened) return opened.error();
        std::error_code failed;
        fs::remove_all(next_, failed);  // of a restoration that was cut off: nothing but a copy of a copy
        if (auto done = prepare(); !done) {
            restored_.reset();
            fs::remove_all(next_, failed);
            return done.error();
        }
        restored_.reset();
        present_.reset();
        auto aside = exchange_store(next_, how_.store, fmt::format(".before-restore-{}", report_.before));
        if (!aside) return aside.error();
        report_.set_aside = std::move(*aside);
        return report_;
    }

 private:
    // The store that is there, if it can say what was revoked.
    result<void> open_present() {
        std::string why = fmt::format("there is no store at {}", how_.store);
        if (holds_store(how_.store)) {
            auto opened = registry::open({how_.store, how_.cache_bytes, how_.links}, with_);
            if (opened) {
                present_ = std::move(*opened);
                report_.before = present_->impl_->ledger->last();
                return {};
            }
            if (opened.error().kind == errc::unavailable) return opened.error();
            why = opened.error().what;
        }
        if (how_.accept_lost_revocations) return {};
        return failure{errc::refused,
            fmt::format("{}: what was revoked since the copy was made is not known, and tokens revoked since would work again. To accept "
                        "that, say --accept-lost-revocations",
                why)};
    }

    result<void> prepare() {
        if (auto copied = copy_store(how_.copy, next_); !copied) return copied;
        auto opened = registry::open({next_, how_.cache_bytes, how_.links}, with_);
        if (!opened) return opened.error();
        restored_ = std::move(*opened);
        report_.restored = restored_->impl_->ledger->last();
        if (present_)
            if (auto again = reapply(); !again) return again;
        const json::object details{{"before", json::object{{"revision", report_.before}}}, {"after", json::object{{"revision", report_.restored}}}};
        const auto told = restored_->note({with_.time.now(), who(), {}, "restore", "store.restore", {}, {}, serialize(details)});
        if (!told) return told.error();
        return restored_->impl_->db->verify();
    }

    result<void> reapply() {
        std::vector<change> waiting;
        result<void> good;
        const auto scanned = present_->impl_->ledger->scan(token_prefix, {}, [&](std::string_view key, revision, std::string_view text) {
            auto step = step_of(key, text);
            if (!step) good = step.error();
            else if (*step) waiting.push_back(std::move(**step));
            if (good && waiting.size() == bounds::commit_group) good = commit(waiting);
            return good.has_value();
        });
        if (!scanned) return scanned;
        if (good) good = commit(waiting);
        for (const auto prefix : {mac_key_prefix, revoked_prefix, authorization_prefix, user_record_prefix, client_record_prefix})
            if (good) good = reapply_others(prefix);
        return good;
    }
    // What a token has beside it: one change a record, in the words of the store that is there.
    result<void> reapply_others(std::string_view prefix) {
        std::vector<change> waiting;
        result<void> good;
        const auto scanned = present_->impl_->ledger->scan(prefix, {}, [&](std::string_view key, revision, std::string_view text) {
            const auto then = restored_->impl_->ledger->read(key);
            if (!then) good = then.error();
            else if (auto c = ended_since(key, text, *then, with_.time.now())) {
                c->event.actor = who();
                waiting.push_back(std::move(*c));
                ++report_.renewed;
            }
            if (good && waiting.size() == bounds::commit_group) good = commit(waiting);
            return good.has_value();
        });
        if (!scanned) return scanned;
        return good ? commit(waiting) : good;
    }
    result<void> commit(std::vector<change>& waiting) {
        for (const auto& answer : restored_->impl_->ledger->commit_each(std::exchange(waiting, {})))
            if (!answer) return answer.error();
        return {};
    }

    // What `text`, a record of the store that is there, changes in the restored one.
    result<std::optional<change>> step_of(std::string_view key, std::string_view text) {
        const auto then = restored_->impl_->ledger->read(key);
        if (!then) return then.error();
        if (*then && (*then)->json == text) return std::optional<change>();
        auto newer = token_from_json(text);
        if (!newer) return failure{errc::corrupt, fmt::format("{} cannot be read: {}", key, newer.error().what)};
        const bool revoked = newer->state == token_state::revoked;
        if (!*then) return revoked ? put(key, std::nullopt, std::nullopt, std::move(*newer)) : std::optional<change>();
        auto older = token_from_json((*then)->json);
        if (!older) return failure{errc::corrupt, fmt::format("{} cannot be read: {}", key, older.error().what)};
        auto becomes = *older;
        if (knows_more(*newer, *older)) becomes.generations = newer->generations;
        if (revoked) {
            becomes.state = token_state::revoked;
            becomes.revoked_at = newer->revoked_at;
        }
        becomes.epoch = std::max(older->epoch, newer->epoch);
        if (becomes == *older) return std::optional<change>();
        return put(key, (*then)->at, std::move(*older), std::move(becomes));
    }
    static std::string who() { return fmt::format("operator:{}", ::getuid()); }
    std::optional<change> put(std::string_view key, std::optional<revision> at, const std::optional<token>& was, token becomes) {
        const bool revoked = becomes.state == token_state::revoked && (!was || was->state != token_state::revoked);
        ++(revoked ? report_.revoked : report_.replaced);
        const auto state = [](token_state s) { return boost::describe::enum_to_string(s, ""); };
        json::object details{
            {"before", nullptr}, {"after", json::object{{"state", state(becomes.state)}, {"generations", becomes.generations.size()}}}};
        if (was) details["before"] = json::object{{"state", state(was->state)}, {"generations", was->generations.size()}};
        change c;
        c.event = {with_.time.now(), who(), {}, "restore", revoked ? "token.revoke" : "token.rotate", becomes.api, becomes.id, serialize(details)};
        c.puts.push_back({std::string(key), serialize(to_json(becomes))});
        c.conditions.push_back({std::string(key), at});
        return c;
    }

    const restore_options& how_;
    const dependencies& with_;
    const std::string next_;
    std::unique_ptr<registry> present_, restored_;
    restore_report report_;
};

result<restore_report> restore_store(const restore_options& how, const registry::dependencies& with) {
    auto absolute = how;
    absolute.store = fs::weakly_canonical(how.store).string();
    absolute.copy = fs::weakly_canonical(how.copy).string();
    return registry::restorer(absolute, with).run();
}

}  // namespace tollgate
