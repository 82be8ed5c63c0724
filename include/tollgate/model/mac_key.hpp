// mac_key.hpp - the record of a key that signs access and refresh tokens. Never the key: it is derived from the master.
//
// The newest one signs. One that was replaced goes on verifying until the last token that it signed has ended.
// Threads: a value.
#pragma once

#include "tollgate/base/clock.hpp"

#include <boost/describe.hpp>

#include <cstdint>
#include <optional>

namespace tollgate {

struct mac_key {
    std::uint32_t id = 0;  // 1, 2, 3 …
    timestamp created_at;
    std::optional<timestamp> retired_at;      // when the next one took its place
    std::optional<timestamp> verifies_until;  // set with it
    std::uint64_t revision = 0;
    friend bool operator==(const mac_key&, const mac_key&) = default;
};
BOOST_DESCRIBE_STRUCT(mac_key, (), (id, created_at, retired_at, verifies_until, revision))

}  // namespace tollgate
