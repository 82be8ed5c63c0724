#include "tollgate/control/sign_in.hpp"

#include "control/second_factor.hpp"

#include "tollgate/base/bounds.hpp"
#include "tollgate/codec/base64.hpp"
#include "tollgate/crypto/password.hpp"
#include "tollgate/crypto/sha256.hpp"
#include "tollgate/model/ip_address.hpp"
#include "tollgate/net/blocking_pool.hpp"
#include "tollgate/registry/users.hpp"
#include "tollgate/rules/attempts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <deque>
#include <future>
#include <mutex>
#include <optional>
#include <unordered_map>

namespace tollgate {
namespace {

using outcome = sign_in::outcome;
using kind = outcome::kind;

// An address guesses at many accounts, so it may try more at once; many people may share it.
constexpr attempt_rules kOfAccount{5, std::chrono::seconds(60), std::chrono::minutes(15)};
constexpr attempt_rules kOfAddress{30, std::chrono::minutes(5), std::chrono::minutes(30)};

std::uint32_t seconds_of(std::chrono::microseconds wait) { return static_cast<std::uint32_t>((wait.count() + 999'999) / 1'000'000); }

// Of IPv6 the network that one customer has: its other 64 bits cost nothing.
digest address_key(std::string_view from) {
    auto text = std::string(from);
    if (const auto address = ip_address::parse(from); address && from.find(':') != std::string_view::npos) {
        const auto block = ip_block::parse(text + "/64");
        if (block) text = block->text();
    }
    return index_key({"address", text});
}

digest account_key(std::string_view of_api, std::string_view user_name) {
    std::string folded(user_name.substr(0, bounds::name_bytes));
    std::ranges::transform(folded, folded.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return index_key({"account", of_api, folded});
}

// By outcome::kind.
constexpr std::array<std::string_view, 5> attempt_outcomes{"signed_in", "refused", "slowed", "second_factor_wanted", "unavailable"};

// A password that was right, and waits for the code.
struct ticket {
    std::string user_id;
    std::uint32_t epoch = 0;
    digest account;
    timestamp ends_at;
    unsigned tries = 0;
};

}  // namespace

struct sign_in::impl {
    impl(dependencies d, const secret& master)
        : deps(d),
          users(d.tokens),
          key(factor_key(master)),
          dummy(unfitting_password()),
          hashing(bounds::password_threads, bounds::password_waiting, true) {}

    outcome by_password(const api& of, std::string_view user_name, const secret& password, std::string_view from, std::string_view code);
    outcome by_code(std::string_view ticket_text, std::string_view code, std::string_view from);
    outcome by_code(const user& who, std::string_view code, std::string_view from);
    outcome counted(outcome out);
    outcome slowed(const digest& account, const digest& address, timestamp now);
    void settle(const digest& account, const digest& address);
    result<bool> compare(std::string stored, std::string_view password);
    outcome with_code(const user& who, std::string_view code, std::string_view from, const digest& account);
    outcome ask_for_code(user who, const digest& account, timestamp now);

    dependencies deps;
    user_directory users;
    seal_key key;
    std::string dummy;
    std::array<std::atomic<std::uint64_t>, attempt_outcomes.size()> ended{};
    std::mutex mutex;  // of what stands below
    attempts by_account{kOfAccount, bounds::attempt_cells}, by_address{kOfAddress, bounds::attempt_cells};
    std::unordered_map<digest, ticket> tickets;
    std::deque<digest> ticket_order;  // oldest first
    blocking_pool hashing;            // ends first
};

// slow_down, or the try counts and may be looked at (ok).
outcome sign_in::impl::slowed(const digest& account, const digest& address, timestamp now) {
    const std::lock_guard lock(mutex);
    const auto wait = std::max(by_account.wait(account, now), by_address.wait(address, now));
    outcome out;
    if (wait.count() > 0) {
        out.what = kind::slow_down;
        out.retry_after_s = seconds_of(wait);
        return out;
    }
    by_account.began(account, now);
    by_address.began(address, now);
    out.what = kind::ok;
    return out;
}

void sign_in::impl::settle(const digest& account, const digest& address) {
    const std::lock_guard lock(mutex);
    by_account.forget(account);
    by_address.take_back(address);
}

// On the pool, whose queue is short: what finds no room is told so at once.
result<bool> sign_in::impl::compare(std::string stored, std::string_view password) {
    std::promise<result<bool>> done;
    auto answer = done.get_future();
    if (!hashing.run([&] { done.set_value(password_fits(stored, password)); }))
        return failure{errc::unavailable, "too many passwords are being compared"};
    return answer.get();
}

sign_in::sign_in(dependencies with, const secret& master) : impl_(std::make_unique<impl>(with, master)) {}
sign_in::~sign_in() = default;

outcome sign_in::impl::by_password(const api& of, std::string_view user_name, const secret& password, std::string_view from, std::string_view code) {
    const auto now = deps.time.now();
    const auto account = account_key(of.name, user_name), address = address_key(from);
    auto out = slowed(account, address, now);
    if (out.what != kind::ok) return out;
    out.what = kind::unavailable;
    auto found = users.find(of.name, user_name);
    if (!found && found.error().kind != errc::not_found) return out;
    const bool opens = found && found->state == account_state::active && !found->password.empty();
    const auto tried = password.reveal().substr(0, bounds::password_bytes_max);
    const auto fits = compare(opens ? found->password : dummy, tried);
    if (!fits) return out;
    out.what = kind::refused;
    if (!opens || !*fits || password.reveal().size() > bounds::password_bytes_max) return out;
    if (found->has_second_factor() && code.empty()) return ask_for_code(std::move(*found), account, now);
    if (found->has_second_factor()) {
        out = with_code(*found, code, from, account);
        if (out.what != kind::ok) return out;
    } else {
        out.what = kind::ok;
        out.asserted_at = now;
        out.who = std::move(*found);
    }
    settle(account, address);
    return out;
}

outcome sign_in::impl::ask_for_code(user who, const digest& account, timestamp now) {
    std::array<std::uint8_t, 32> bytes{};
    deps.random.fill(bytes);
    outcome out;
    out.what = kind::second_factor_wanted;
    out.ticket = base64url(bytes);
    const auto name = sha256(out.ticket);
    const std::lock_guard lock(mutex);
    while (!ticket_order.empty() &&
        (ticket_order.size() >= bounds::sign_in_tickets || !tickets.contains(ticket_order.front()) ||
            now >= tickets.at(ticket_order.front()).ends_at)) {
        tickets.erase(ticket_order.front());
        ticket_order.pop_front();
    }
    tickets.emplace(name, ticket{who.id, who.epoch, account, now + bounds::sign_in_ticket_time});
    ticket_order.push_back(name);
    out.who = std::move(who);
    return out;
}

// A code is spent durably before it is believed: of two who present it at once, one wins.
outcome sign_in::impl::with_code(const user& who, std::string_view code, std::string_view from, const digest& account) {
    outcome out;
    const auto now = deps.time.now();
    const auto spend = [&](totp_factor& factor) -> result<bool> {
        if (factor.confirmed_at && spend_code(key, factor, who.id, code, now)) return true;
        return failure{errc::refused, "the code does not fit"};
    };
    auto spent = users.spend_factor(who.id, "user.second_factor", {"user:" + who.id, std::string(from)}, spend);
    const auto why = spent ? errc::refused : spent.error().kind;
    if (!spent && why != errc::refused && why != errc::wrong_state && why != errc::not_found) return out;
    out.what = kind::refused;
    if (!spent || spent->state != account_state::active || spent->epoch != who.epoch) return out;
    out.what = kind::ok;
    out.assurance = 2;
    out.asserted_at = now;
    out.who = std::move(*spent);
    const std::lock_guard lock(mutex);
    by_account.forget(account);
    return out;
}

outcome sign_in::impl::by_code(std::string_view ticket_text, std::string_view code, std::string_view from) {
    outcome out;
    out.what = kind::refused;
    const auto now = deps.time.now();
    const auto name = sha256(ticket_text), address = address_key(from);
    ticket held;
    {
        const std::lock_guard lock(mutex);
        const auto found = tickets.find(name);
        if (found == tickets.end() || now >= found->second.ends_at) return out;
        held = found->second;
    }
    out = slowed(held.account, address, now);
    if (out.what != kind::ok) return out;
    {
        const std::lock_guard lock(mutex);
        const auto found = tickets.find(name);
        out.what = kind::refused;
        if (found == tickets.end()) return out;
        if (++found->second.tries >= bounds::sign_in_ticket_tries) tickets.erase(found);
    }
    const auto who = users.show(held.user_id);
    if (!who || who->epoch != held.epoch) return out;
    out = with_code(*who, code, from, held.account);
    if (out.what != kind::ok) return out;
    settle(held.account, address);
    const std::lock_guard lock(mutex);
    tickets.erase(name);
    return out;
}

outcome sign_in::impl::by_code(const user& who, std::string_view code, std::string_view from) {
    const auto now = deps.time.now();
    const auto account = account_key(who.api, who.user_name), address = address_key(from);
    auto out = slowed(account, address, now);
    if (out.what != kind::ok) return out;
    out = with_code(who, code, from, account);
    if (out.what == kind::ok) settle(account, address);
    return out;
}

outcome sign_in::impl::counted(outcome out) {
    ended.at(static_cast<std::size_t>(out.what)).fetch_add(1, std::memory_order_relaxed);
    return out;
}

outcome sign_in::by_password(const api& of, std::string_view user_name, const secret& password, std::string_view from, std::string_view code) {
    return impl_->counted(impl_->by_password(of, user_name, password, from, code));
}
outcome sign_in::by_code(std::string_view ticket, std::string_view code, std::string_view from) {
    return impl_->counted(impl_->by_code(ticket, code, from));
}
outcome sign_in::by_code(const user& who, std::string_view code, std::string_view from) { return impl_->counted(impl_->by_code(who, code, from)); }

std::string sign_in::metrics() const {
    std::string out =
        "# HELP tollgate_sign_in_attempts_total Passwords and second factors that were tried, by what came of them.\n"
        "# TYPE tollgate_sign_in_attempts_total counter\n";
    for (std::size_t i = 0; i < attempt_outcomes.size(); ++i)
        out += fmt::format(
            "tollgate_sign_in_attempts_total{{outcome=\"{}\"}} {}\n", attempt_outcomes[i], impl_->ended[i].load(std::memory_order_relaxed));
    return out;
}

result<std::string> sign_in::hash(const secret& password) {
    const auto text = password.reveal();
    if (text.size() < bounds::password_bytes_min || text.size() > bounds::password_bytes_max)
        return failure{errc::invalid, fmt::format("a password has {} to {} bytes", bounds::password_bytes_min, bounds::password_bytes_max)};
    std::promise<result<std::string>> done;
    auto answer = done.get_future();
    if (!impl_->hashing.run([&] { done.set_value(hash_password(text)); }))
        return failure{errc::unavailable, "too many passwords are being compared; try again"};
    return answer.get();
}

result<sign_in::enrolment> sign_in::enrol(std::string_view user_id, std::string_view issuer, const caller& who) {
    auto made = make_factor(impl_->key, impl_->deps.random, user_id);
    update_user wish;
    wish.totp = std::optional(made.kept);
    const auto allowed = [](const user& u) -> result<void> {
        if (u.has_second_factor()) return failure{errc::wrong_state, "the user has a second factor; take it away first"};
        return {};
    };
    std::vector<field_problem> problems;
    auto record = impl_->users.update(user_id, wish, "user.enrol_factor", who, problems, std::nullopt, allowed);
    if (!record) return record.error();
    auto uri = factor_uri(issuer, record->user_name, made.text);
    return enrolment{std::move(made.text), std::move(uri), std::move(made.recovery_codes), std::move(*record)};
}

result<user> sign_in::confirm_factor(std::string_view user_id, std::string_view code, const caller& who) {
    const auto now = impl_->deps.time.now();
    return impl_->users.spend_factor(user_id, "user.confirm_factor", who, [&](totp_factor& factor) -> result<bool> {
        if (factor.confirmed_at) return failure{errc::wrong_state, "the second factor was confirmed before"};
        if (!spend_code(impl_->key, factor, user_id, code, now)) return failure{errc::refused, "the code does not fit; is the clock right?"};
        factor.confirmed_at = now;
        return true;
    });
}

}  // namespace tollgate
