// directory_rows.hpp - the rows that follow from the record of a user or a client: its state in the index, the names that lead to it
// there, its listing keys.
//
// Another kind of record that is found by its id and its names needs one more function of each sort, and a line in apply.cpp.
// Pure, but for the numbers that are allotted. Threads: the committer.
#pragma once

#include "numbers.hpp"

#include "tollgate/model/digest.hpp"
#include "tollgate/model/grant.hpp"
#include "tollgate/model/oauth_client.hpp"
#include "tollgate/model/user.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tollgate {

// Where the index has the record's state.
digest state_key(const user& u);
digest state_key(const oauth_client& c);

// The state, as a grant that is no token's: with an API only where data planes ask for the record's scopes.
indexed_grant state_of(const user& u, number_table& numbers, write_batch& batch);
indexed_grant state_of(const oauth_client& c, number_table& numbers, write_batch& batch);

// What leads to the record, and to no other: none of one that was removed.
std::vector<digest> names_of(const user& u);
std::vector<digest> names_of(const oauth_client& c);

// None of one that was removed.
std::vector<std::string> listing_keys(const user& u, number_table& numbers, write_batch& batch);
std::vector<std::string> listing_keys(const oauth_client& c, number_table& numbers, write_batch& batch);

// A user name as it is compared: ASCII letters in lower case.
std::string folded(std::string_view name);
digest user_name_key(std::string_view of_api, std::string_view user_name);
digest subject_key(std::string_view of_api, std::string_view subject);
digest user_number_key(std::string_view of_api, std::uint64_t number);

}  // namespace tollgate
