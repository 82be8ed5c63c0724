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
    // Everything in one batch; sorts `batch`. Then what is beyond bounds::addresses_per_token goes.
    result<void> write(std::vector<use>& batch);

 private:
    result<void> add_token(std::span<const use> uses);
    void add_last_use(const use& u);
    result<void> add_address(const use& u);
    void add_series(const use& u, usage_step step);
    // Drops what is beyond the bound of the token whose addresses begin with `prefix`.
    result<void> make_room(std::string_view prefix, write_batch& into) const;

    database& db_;
    family rows_;
    std::array<std::map<std::uint32_t, usage_row>, 3> series_;  // of the token under way: by step and first minute
    std::vector<std::string> crowded_;                           // prefixes of tokens that have new addresses
    write_batch batch_;
};

}  // namespace tollgate
