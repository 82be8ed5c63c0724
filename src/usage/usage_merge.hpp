// usage_merge.hpp - a batch of uses on its way into the store: each token's rows once, merged where they stand (database.hpp).
//
// Of what stands there only is asked whether rows whose number is bounded are new. Written some thousand rows at a time: others write there, too.
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
    // `uses` outlives it.
    usage_merge(database& db, family rows, const use_batch& uses) : db_(db), rows_(rows), uses_(uses) {}
    // Everything. Then what is beyond bounds::addresses_per_token and routes_per_token goes. After an error some may have been written.
    result<void> write();

 private:
    using use = decltype(use_batch::entries)::value_type;
    result<void> add_token(std::span<const use* const> uses);
    result<void> write_rows();
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
    const use_batch& uses_;
    // Of the token under way: by generation, by scope, by key, by step and first minute.
    std::map<std::uint32_t, last_use> last_uses_;
    std::map<scope_number, scope_use> scopes_;
    std::map<std::string, address_use> addresses_;
    std::map<std::string, route_use> routes_;
    std::array<std::map<std::uint32_t, usage_row>, 3> series_;
    std::vector<std::string> crowded_addresses_, crowded_routes_;  // prefixes of tokens that have new ones
    write_batch batch_;
};

}  // namespace tollgate
