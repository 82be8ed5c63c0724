#include "tollgate/rules/lifecycle.hpp"

#include "tollgate/base/bounds.hpp"
#include "tollgate/base/check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

namespace tollgate {
namespace {

constexpr std::size_t kStates = 5;

// What the table says where it names no state.
enum class no : std::uint8_t { token, room, over };

struct cell {
    constexpr cell(life s) noexcept : to(s), allowed(true) {}  // NOLINT(google-explicit-constructor): the table reads better
    constexpr cell(no w) noexcept : why(w) {}                  // NOLINT(google-explicit-constructor)
    life to = life::none;
    no why = no::token;
    bool allowed = false;
};

using row = std::array<cell, kStates>;

constexpr life active = life::active, disabled = life::disabled, expired = life::expired, revoked = life::revoked;

// clang-format off
constexpr std::array<row, life_command_count> kTable{{
    // from:            none       active     disabled   expired    revoked
    /* create */     row{active,    no::room,  no::room,  no::room,  no::room},
    /* rename */     row{no::token, active,    disabled,  expired,   no::over},
    /* scopes */     row{no::token, active,    disabled,  no::over,  no::over},
    /* addresses */  row{no::token, active,    disabled,  no::over,  no::over},
    /* expiry */     row{no::token, active,    disabled,  no::over,  no::over},
    /* rotate */     row{no::token, active,    disabled,  no::over,  no::over},
    /* finish */     row{no::token, active,    disabled,  no::over,  no::over},
    /* disable */    row{no::token, disabled,  disabled,  no::over,  no::over},
    /* enable */     row{no::token, active,    active,    no::over,  no::over},
    /* expire */     row{no::token, expired,   expired,   expired,   revoked},
    /* revoke */     row{no::token, revoked,   revoked,   revoked,   revoked},
}};
// clang-format on

bool has_ended(const token_generation& g, timestamp now) noexcept { return g.ends_at && *g.ends_at <= now; }

}  // namespace

std::string_view to_string(life state) noexcept {
    constexpr std::array<std::string_view, kStates> names{"none", "active", "disabled", "expired", "revoked"};
    return names[static_cast<std::size_t>(state)];
}

std::string_view to_string(life_command command) noexcept {
    constexpr std::array<std::string_view, life_command_count> names{
        "create", "rename", "change_scopes", "change_addresses", "change_expiry", "rotate", "finish_grace", "disable", "enable", "expire", "revoke"};
    return names[static_cast<std::size_t>(command)];
}

result<life> live_on(life state, life_command command) {
    const auto& found = kTable[static_cast<std::size_t>(command)][static_cast<std::size_t>(state)];
    if (found.allowed) return found.to;
    switch (found.why) {
        case no::token: return failure{errc::not_found, "there is no such token"};
        case no::room: return failure{errc::exists, "there is a token of that id already"};
        case no::over: break;
    }
    return failure{
        errc::wrong_state, state == life::revoked ? "the token is revoked, for ever: make another" : "the token has expired: make another"};
}

life life_of(const token& t, timestamp now) noexcept {
    if (t.state == token_state::revoked) return life::revoked;
    if (t.expires_at && *t.expires_at <= now) return life::expired;
    return t.state == token_state::disabled ? life::disabled : life::active;
}

void disable(token& t, timestamp now) {
    t.state = token_state::disabled;
    t.disabled_at = now;
}

void enable(token& t) {
    t.state = token_state::active;
    t.disabled_at.reset();
}

void revoke(token& t, timestamp now) {
    t.state = token_state::revoked;
    t.revoked_at = now;
    ++t.epoch;
}

result<void> rotate(token& t, token_generation next, timestamp now, timestamp old_ends) {
    TOLLGATE_CHECK(!t.generations.empty());
    auto& all = t.generations;
    auto& before = all.back();
    if (before.number == std::numeric_limits<std::uint32_t>::max()) return failure{errc::full, "the token has been rotated too often: make another"};
    next.number = before.number + 1;
    before.ends_at = std::min(old_ends, before.ends_at.value_or(old_ends));
    const auto ended = std::find_if(all.begin(), all.end(), [now](const token_generation& g) { return has_ended(g, now); });
    if (all.size() >= bounds::generations_per_token && ended != all.end()) all.erase(ended);
    if (all.size() >= bounds::generations_per_token)
        return failure{
            errc::full, fmt::format("{} secrets of this token are in their grace: finish that before rotating again", bounds::generations_per_token)};
    all.push_back(std::move(next));
    return {};
}

bool finish_grace(token& t, timestamp now) {
    bool any = false;
    for (auto& g : t.generations) {
        if (!g.ends_at || *g.ends_at <= now) continue;
        g.ends_at = now;
        any = true;
    }
    return any;
}

}  // namespace tollgate
