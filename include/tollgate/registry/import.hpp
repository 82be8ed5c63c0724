// import.hpp - tokens that were issued elsewhere, or come from an export, as lines of JSON: digests only, never a text.
//
// A line is one object with the members of a token's record (model/token.hpp); which are missing takes its default. A key of
// another system has `digest` (SHA-256 of its text as 64 hexadecimal digits) and perhaps `hint` in place of `generations`, and
// `import_options::format` names the pattern of the contract's `formats:` that its texts have: without one nobody could
// present it. A line without `scopes` reaches everything that its API has a scope for (PA-2). (PM-13)
// The same line again makes nothing new, so that an import that broke off may simply begin again.
// Bounds: bounds::change_puts tokens a change; one audit event a change names their ids.
#pragma once

#include "tollgate/rules/rulebook.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace tollgate {

struct import_options {
    const rulebook* book = nullptr;
    std::string api;         // of lines that name none
    std::string format;      // pattern of foreign texts; empty: lines have `generations`
    std::string barred_api;  // whose tokens the caller may not make; empty: none
    bool dry_run = false;    // says what would happen
};

struct import_problem {
    std::size_t line = 0;  // 1: the first of the lines given
    std::string field, what;
};

struct import_report {
    std::size_t imported = 0;   // a dry run: would be
    std::size_t unchanged = 0;  // there already
    std::vector<import_problem> problems;  // of lines that were left out, by line
};

struct export_page {
    std::vector<std::string> records;  // JSON, in the order of their ids
    std::string next_cursor;           // empty: that was all
};

}  // namespace tollgate
