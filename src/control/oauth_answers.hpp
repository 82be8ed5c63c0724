// oauth_answers.hpp - answers of OAuth endpoints: never cached, and errors as RFC 6749 §5.2 says them.
#pragma once

#include "tollgate/base/error.hpp"
#include "tollgate/codec/json.hpp"
#include "tollgate/rules/operation.hpp"

#include <string_view>

namespace tollgate {

operation_answer oauth_json(unsigned status, const json::object& body);
// {"error": …, "error_description": …}
operation_answer oauth_error(std::string_view error, std::string_view description, unsigned status = 400);
// The client is not known: as the contract words oauth_client_refused, else 401 invalid_client with a Basic challenge.
operation_answer oauth_client_refusal(const operation_call& call);
// Ours is ill: 503 with Retry-After.
operation_answer oauth_unavailable(std::uint32_t retry_after_s = 1);

}  // namespace tollgate
