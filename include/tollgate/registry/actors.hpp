// actors.hpp - the values that the registry's commands and queries on actors take and give, and where the index has an actor. (PL-8)
//
// An actor stands in the index as a grant of no API: under the digest of a text that no token can have, with its state alone. So
// a thread learns of its removal as it learns of a revocation (change_feed.hpp, grant_reader.hpp), and no token is ever taken for one.
// Threads: values.
#pragma once

#include "tollgate/model/actor.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate {

struct create_actor {
    std::string name;
    std::string environment, tenant;  // empty: where the contract has none
};

struct actor_query {
    std::string api{}, tenant{};  // empty: any
    std::string environment{};    // empty: any
    std::string cursor{};         // of the page before
    std::size_t limit = 100;      // at most bounds::page_rows
};

struct actor_page {
    std::vector<actor> actors;  // newest last; none that was removed
    std::string next_cursor;    // empty: that was all
};

// Whose registry, and who in it.
struct actor_place {
    std::string_view api, tenant, environment, id;
};
// The text whose digest is the actor's key in the index; into `out`, whose memory is used again. It holds NULs, which are in no
// name and in no bearer text.
void write_actor_key(const actor_place& of, std::string& out);

}  // namespace tollgate
