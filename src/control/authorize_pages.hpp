// authorize_pages.hpp - what the pages of the authorization endpoint say. Pure, but for the nonce.
#pragma once

#include "control/authorize_request.hpp"

#include "tollgate/base/random.hpp"
#include "tollgate/model/user.hpp"
#include "tollgate/rules/operation.hpp"

#include <string>
#include <string_view>

namespace tollgate {

struct page_context {
    const operation_call& call;
    const authorize_request& wish;
    random_source& random;
};

operation_answer sign_in_page(const page_context& of, std::string_view user_name, std::string_view problem, unsigned status = 200);
// `ticket`: of a sign-in that is half done; empty: of somebody who is signed in.
operation_answer code_page(const page_context& of, std::string_view ticket, std::string_view problem, unsigned status = 200);
operation_answer consent_page(const page_context& of, const user& who, std::string_view proof);
operation_answer problem_page(random_source& random, unsigned status, std::string_view title, std::string_view what);

// Where a form of a page may lead, for the page's policy: the origin of an http or https URI, else the scheme.
std::string form_target(std::string_view redirect_uri);

}  // namespace tollgate
