// management_answers.hpp - values and failures -> answers of the management API.
//
// Errors are problem documents (RFC 9457): {type, title, status, detail?, errors?}. Nothing here is cached by anyone.
// Threads: functions.
#pragma once

#include "tollgate/base/error.hpp"
#include "tollgate/codec/json.hpp"
#include "tollgate/model/token.hpp"
#include "tollgate/registry/registry.hpp"
#include "tollgate/rules/operation.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tollgate {

operation_answer answer_json(unsigned status, const json::object& body);
// {data, next_cursor}; an empty cursor is null.
operation_answer answer_rows(json::array rows, std::string_view next_cursor = {});
// A record with its ETag.
operation_answer answer_record(unsigned status, const json::object& body, std::uint64_t revision);

operation_answer answer_problem(unsigned status, std::string_view title, std::string_view detail = {});
// 422 with one entry a field.
operation_answer answer_fields(const std::vector<field_problem>& problems);
// not_found 404, refused 403, wrong_state, exists and conflict 409, invalid 422; ours being ill is 503 with Retry-After, never less.
operation_answer answer_failure(const failure& why);

std::string etag_of(std::uint64_t revision);

}  // namespace tollgate
