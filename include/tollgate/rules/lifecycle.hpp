// lifecycle.hpp - the life of a token as one table: state x command -> state, or why not.
//
// Revoked is the end: nothing leads out of it. Expired is one too, for everything but a name for people and a revocation:
// who needs the token longer makes another. Disabling is reversible; what may be changed of a disabled token is what may be
// changed of an active one, so that a secret that leaked can be replaced before the token is enabled again.
// Generations: rotation adds one and gives the newest before it an end of its own. Rotated twice, each old secret keeps its
// own end (PL-9); finishing a grace ends all old ones now.
// Pure: no clock, no I/O. Threads: any. Bounds: bounds::generations_per_token.
#pragma once

#include "tollgate/base/clock.hpp"
#include "tollgate/base/error.hpp"
#include "tollgate/model/token.hpp"

#include <cstdint>
#include <string_view>

namespace tollgate {

enum class life : std::uint8_t { none, active, disabled, expired, revoked };

enum class life_command : std::uint8_t {
    create,
    rename,
    change_scopes,
    change_addresses,
    change_expiry,
    rotate,
    finish_grace,
    disable,
    enable,
    expire,  // what the passing of time does
    revoke,
};
inline constexpr std::size_t life_command_count = 11;

std::string_view to_string(life state) noexcept;
std::string_view to_string(life_command command) noexcept;

// What a command does to a token in `state`. Errors: not_found (there is no token), exists (there is one), wrong_state.
// A state that comes back unchanged from disable, enable or revoke means that nothing is to be done.
result<life> live_on(life state, life_command command);

// The state of a record at `now`: its end comes by itself.
life life_of(const token& t, timestamp now) noexcept;

// A token after a command of that name that the table allows. `now` is when.
void disable(token& t, timestamp now);
void enable(token& t);
void revoke(token& t, timestamp now);  // raises the epoch

// Adds a generation, whose number is the next, and ends the newest before it at `old_ends` (an earlier end that it has
// already stays). To keep the record within bounds, the oldest that has ended is forgotten; its digest stays
// refused, as that of a revoked secret. Errors: full, where too many old secrets are in their grace.
result<void> rotate(token& t, token_generation next, timestamp now, timestamp old_ends);

// Ends what is in its grace at `now`. False: nothing was.
bool finish_grace(token& t, timestamp now);

}  // namespace tollgate
