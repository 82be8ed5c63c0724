// denial_buffer.hpp - refusals of known tokens that one thread has met and not handed over yet. (C-7)
//
// add() is called after the answer, on the request's thread: it copies a few numbers and the path, and does no I/O and takes no
// lock. What a token does beyond its rate is not written row by row, but its number is: the hand-over adds one entry
// with the count. A caller that is refused a million times an hour costs a handful of rows.
// Threads: one buffer a thread.
// Bounds: bounds::denials_per_thread entries and as many tokens between two hand-overs, bounds::denials_per_token entries a token
// and minute; what finds no room is counted in take_lost().
#pragma once

#include "tollgate/base/bounds.hpp"
#include "tollgate/base/clock.hpp"
#include "tollgate/model/atom.hpp"
#include "tollgate/model/holder.hpp"
#include "tollgate/model/ip_address.hpp"
#include "tollgate/model/token_id.hpp"
#include "tollgate/rules/refusal.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate {

struct denial {
    timestamp at;
    token_id token;
    std::uint32_t generation = 0;
    atom api = atom::none, tenant = atom::none;
    ip_address from;             // unset: the management socket
    std::optional<holder> parent;  // of an access token
    refusal why = refusal::bad_request;
    std::uint64_t count = 1;     // more than one: that many, not written one by one
    std::array<char, 32> acting_as{};  // the actor whom the request named; nothing is said yet of whether there is one
    std::array<char, 8> method{};
    std::array<char, 32> request_id{};
    std::array<char, bounds::denial_path_bytes> path{};
    std::uint16_t path_bytes = 0;
};

class denial_buffer {
 public:
    // `acting_as`: the id of an actor, or empty.
    void add(const denial& d, std::string_view method, std::string_view request_id, std::string_view path, std::string_view acting_as = {});
    [[nodiscard]] bool empty() const noexcept { return kept_.empty(); }
    // Everything since the last time; `now`: counts of minutes that are over come along. Leaves the buffer empty.
    std::vector<denial> take(timestamp now, bool all);
    [[nodiscard]] bool has_counts() const noexcept { return !rates_.empty(); }
    // How many found no room since the last time.
    [[nodiscard]] std::uint64_t take_lost() noexcept { return std::exchange(lost_, 0); }

 private:
    struct id_hash {
        std::size_t operator()(const token_id& id) const noexcept {
            std::uint64_t random;  // the last bytes of an id are
            std::memcpy(&random, id.bytes.data() + 8, sizeof random);
            return random;
        }
    };
    struct rate {
        std::int64_t minute = 0;
        std::uint32_t written = 0;
        std::uint64_t counted = 0;  // not written
        denial last;                // of these
    };
    std::vector<denial> kept_;
    boost::unordered_flat_map<token_id, rate, id_hash> rates_;
    std::uint64_t lost_ = 0;
};

}  // namespace tollgate
