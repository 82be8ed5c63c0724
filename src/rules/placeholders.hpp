// placeholders.hpp - `{name}` in a wording's strings: compiled into pieces once, filled in per refusal.
//
// Names that are settled when a contract is loaded (reason, status, title, problem, problem_path) become literal text.
// Pure. Threads: functions.
#pragma once

#include "tollgate/base/error.hpp"
#include "tollgate/rules/dialect.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tollgate {

using wording_pieces = std::vector<wording::piece>;

// What the settled names stand for in one wording.
struct settled_names {
    std::string_view reason;
    unsigned status = 400;
    std::string_view title;
    std::string_view problem;  // empty: not within a problem document, and {problem} is unknown
};

enum class text_use : std::uint8_t { plain, json };

void append_literal(wording_pieces& out, std::string_view literal);
void append_placeholder(wording_pieces& out, placeholder what);

// Compiles the inside of a string (without quotes); json: literal text is escaped. Errors: invalid, an unknown name
// or a lone brace.
result<void> append_text(wording_pieces& out, std::string_view text, const settled_names& names, text_use use);

// "auth.invalid_token" -> "auth/invalid-token".
std::string problem_path(std::string_view problem);

void append_json_escaped(std::string& out, std::string_view text);
std::string json_string(std::string_view text);

enum class fill_use : std::uint8_t { plain, json, header };  // header: nothing that could end a line

void fill(const wording_pieces& pieces, std::string_view title, const refusal_facts& facts, fill_use use, std::string& out);

}  // namespace tollgate
