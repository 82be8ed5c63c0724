// build_rulebook.hpp - configuration, contracts and OpenAPI documents -> the rulebook and the upstream pools.
//
// Reads files; opens no store and no socket. Numbers of texts and scopes come from functions: the ledger's for `serve`,
// counting ones for `check`, `routes` and `explain`.
// The built-in API `tollgate` (the management API) is always the first one in the book. It has no host: the management
// socket and listener find it by name.
// Threads: a function. Errors: problems with file and line; any error means no rulebook.
#pragma once

#include "tollgate/app/config.hpp"
#include "tollgate/rules/console_words.hpp"
#include "tollgate/rules/rulebook.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace tollgate {

inline constexpr std::string_view builtin_api_name = "tollgate";
// environment::pool of the built-in API, which forwards nothing.
inline constexpr std::uint32_t no_pool = 0xffff'ffff;

struct numbering {
    std::function<result<atom>(std::string_view text)> text;
    std::function<result<scope_number>(std::string_view api, std::string_view scope)> scope;
};
// 1, 2, 3 … for texts; 0, 1, 2 … for the scopes of each API.
numbering counting_numbering();

struct built_rulebook {
    std::shared_ptr<const rulebook> book;
    std::vector<pool_config> pools;  // environment::pool is an index into these
    std::map<std::string, console_words, std::less<>> words;  // of the APIs' screens, by API
};

std::optional<built_rulebook> build_rulebook(const config& from, const numbering& numbers, problem_list& problems);

}  // namespace tollgate
