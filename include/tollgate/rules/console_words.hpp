// console_words.hpp - what an API's screens in the console and in its portal are called: its contract's key `console:`. (UI-1 to UI-5)
//
// Every word may be left out; then the console says its own. Shown as text, never as markup.
#pragma once

#include "tollgate/base/error.hpp"
#include "tollgate/codec/document.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate {

struct console_words {
    std::vector<std::string> path;                             // the way to the list of tokens, as in Settings, API Keys
    std::vector<std::pair<std::string, std::string>> phrases;  // a key of `console:` and its text
};

// Every problem goes to `problems`, with its place. The rest of the contract is read_contract()'s.
console_words read_console_words(const document& contract, problem_list& problems);

}  // namespace tollgate
