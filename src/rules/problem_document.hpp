// problem_document.hpp - an RFC 9457 problem document, compiled into a wording's body.
//
// A contract's `problems:` is the style of all its problem documents, a refusal's `problem:` the words of one; the generic
// wording is the default style without words. conf/contracts/README.md, "Problem documents".
#pragma once

#include "rules/placeholders.hpp"
#include "tollgate/base/error.hpp"
#include "tollgate/codec/document.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate {

// Members that `fields:` may name.
inline constexpr std::array<std::string_view, 9> problem_fields{
    "type", "title", "status", "detail", "instance", "problem", "reason", "trace_id", "request_id"};

struct problem_style {
    bool given = false;                // the contract has `problems:`
    std::string type = "about:blank";
    std::string problem = "{reason}";  // name where a refusal gives none
    std::vector<std::string> fields;   // empty: the generic ones
};

struct problem_words {
    std::optional<std::string> type, title, detail, instance, problem;
    std::vector<std::string> fields;  // empty: the style's
    std::vector<std::pair<std::string, node>> extras;
};

// The body. `title`: the reason's own, for where `words` have none; the title that was used comes back in it.
result<wording_pieces> compile_problem(
    const problem_style& style, const problem_words& words, std::string_view reason, unsigned status, std::string& title);

// Any JSON value whose strings may hold placeholders; exactly "{status}" and "{retry_after}" become numbers.
result<void> append_json(wording_pieces& out, const node& value, const settled_names& names);

}  // namespace tollgate
