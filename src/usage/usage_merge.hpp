// usage_merge.hpp - one batch of uses on its way into the store: each row is read once, merged, and written with the others.
//
// Threads: the one writer.
#pragma once

#include "tollgate/usage/usage_log.hpp"

#include <array>
#include <map>
#include <set>
#include <string>
#include <string_view>

namespace tollgate {

class usage_merge {
 public:
    usage_merge(database& db, family rows) : db_(db), rows_(rows) {}
    result<void> add(const use& u);
    // Everything in one batch.
    result<void> write();

 private:
    // The row as it stands in this merge: from the store the first time; `T{}` where nothing is there that can be read.
    template <class T, class Decode>
    result<T*> row(std::map<std::string, T>& rows, std::string key, Decode decode);
    result<void> add_last_use(const use& u);
    result<void> add_address(const use& u);
    result<void> add_route(const use& u);
    result<void> add_series(const use& u, usage_step step);
    // Drops the oldest of the token whose rows begin with `prefix`, so that `most` stay.
    template <class T, class Decode>
    result<void> make_room(std::map<std::string, T>& rows, std::string_view prefix, std::size_t most, Decode decode);

    database& db_;
    family rows_;
    std::map<std::string, last_use> last_;
    std::map<std::string, scope_use> scopes_;
    std::map<std::string, address_use> addresses_;
    std::map<std::string, route_use> routes_;
    std::array<std::map<std::string, usage_row>, 3> series_;  // by step
    std::set<std::string> crowded_, crowded_routes_;          // prefixes of tokens that have new addresses, new routes
    write_batch batch_;
};

}  // namespace tollgate
