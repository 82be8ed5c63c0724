// usage_merge.hpp - one batch of uses on its way into the store. Rows are merged where they stand (database.hpp), so that next to nothing is read.
//
// Threads: the one writer.
#pragma once

#include "usage_rows.hpp"

#include "tollgate/usage/usage_log.hpp"

#include <array>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate {

class usage_merge {
 public:
    usage_merge(database& db, family rows) : db_(db), rows_(rows) {}
    // Everything in one batch; sorts `batch`. Then what is beyond bounds::addresses_per_token and routes_per_token goes.
    result<void> write(std::vector<use>& batch);

 private:
    result<void> add_token(std::span<const use> uses);
    void add_last_use(const use& u);
    void add_address(const use& u);
    void add_route(const use& u);
    void add_series(const use& u, usage_step step);
    // Everything in `rows`, and empties them; where one is new, `prefix` goes to `crowded`.
    template <class T>
    result<void> merge_bounded(std::map<std::string, T>& rows, std::string prefix, std::vector<std::string>& crowded);
    // Drops the oldest rows of the token whose keys begin with `prefix`, so that `most` stay.
    template <class Decode>
    result<void> make_room(std::string_view prefix, std::size_t most, Decode decode, write_batch& into) const;

    database& db_;
    family rows_;
    // Of the token under way: by key, by step and first minute.
    std::map<std::string, address_use> addresses_;
    std::map<std::string, route_use> routes_;
    std::array<std::map<std::uint32_t, usage_row>, 3> series_;
    std::vector<std::string> crowded_addresses_, crowded_routes_;  // prefixes of tokens that have new ones
    write_batch batch_;
};

}  // namespace tollgate
