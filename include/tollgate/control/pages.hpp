// pages.hpp - what the management listener shows to everyone who reaches it: health, readiness, metrics, the console.
//
// Operations like all others (the built-in API's document makes their routes public); what they say comes from functions.
#pragma once

#include "tollgate/base/random.hpp"
#include "tollgate/rules/console_words.hpp"
#include "tollgate/rules/operation.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace tollgate {

struct readiness {
    bool ready = false;
    std::string why;  // one line a thing that is missing
};

struct page_sources {
    std::function<std::string()> metrics;  // Prometheus text
    std::function<readiness()> ready;
};

// ops.health, ops.ready, ops.metrics, and openapi.document (the calling API's published document).
void add_pages(operation_table& table, page_sources from);

// console.page and console.file: the web console, from the program itself. The page has an ETag and a policy with a nonce of its own; what it
// loads is named by its hash, compressed, and immutable. `random` outlives the table and may be used from several threads.
// console.words: what an API's screens are called, as `words` says then; called from several threads.
using words_source = std::function<console_words(std::string_view api)>;
void add_console(operation_table& table, random_source& random, words_source words);
// Whether it was built in; without it the page says so, with 501.
bool has_console() noexcept;

}  // namespace tollgate
