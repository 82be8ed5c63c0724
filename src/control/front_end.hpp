// front_end.hpp - the pages and files that the build made of src/control/console: the console's and the portal's.
//
// A page has an ETag, and a policy with a nonce of its own; what it loads is named by its hash, compressed, and immutable.
// Threads: any blocking one.
#pragma once

#include "tollgate/base/random.hpp"
#include "tollgate/codec/json.hpp"
#include "tollgate/rules/console_words.hpp"
#include "tollgate/rules/operation.hpp"

#include <string_view>

namespace tollgate {

// One of console_files.hpp, and what is filled in: `%NONCE%`, the policy's; `%ROOT%`, `%TITLE%`; `%DOOR%`, `open` where nobody can be signed in,
// so that the form is shown at once, `asking` where the caller sends the cookie of a session, or another site's link kept it from doing so.
struct front_end_page {
    std::string_view text;
    std::string_view root;   // where it is mounted, without a final slash
    std::string_view title;  // as it is; may hold anything
    std::string_view cookie;  // of own_cookies.hpp
};
operation_answer answer_front_end(const operation_call& call, random_source& random, const front_end_page& page);
// The file that path parameter 0 names.
operation_answer answer_front_end_file(const operation_call& call);
json::object words_view(const console_words& words);

}  // namespace tollgate
