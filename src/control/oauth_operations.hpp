// oauth_operations.hpp - the OAuth endpoints, one function each; oauth.cpp gives them their names.
#pragma once

#include "tollgate/control/oauth.hpp"

namespace tollgate {

operation_answer oauth_token_operation(const oauth_parts& with, const operation_call& call);
operation_answer oauth_revoke_operation(const oauth_parts& with, const operation_call& call);
operation_answer oauth_introspect_operation(const oauth_parts& with, const operation_call& call);
operation_answer oauth_register_operation(const oauth_parts& with, const operation_call& call);
operation_answer oauth_server_metadata_operation(const oauth_parts& with, const operation_call& call);
operation_answer oauth_resource_metadata_operation(const oauth_parts& with, const operation_call& call);

}  // namespace tollgate
