// name_words.hpp - what `q` finds: the words of a name, as they are listed, and how a name is held against a query.
//
// A word is a run of ASCII letters and digits and of everything beyond ASCII; ASCII letters count in either case. The first
// bounds::listed_words words count, and of each its first bounds::listed_word_bytes bytes are listed.
// Pure. Threads: any.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tollgate {

// In order of their bytes, each once.
std::vector<std::string> name_words(std::string_view name);

// The first word of `q`, cut as listed ones are; empty: it has none.
std::string first_word(std::string_view q);

// Whether `name`, from its beginning or from the beginning of a word on, begins with `q`, in any case. A `q` without words is looked for
// anywhere.
bool name_begins(std::string_view name, std::string_view q);

}  // namespace tollgate
