// html_page.hpp - a page of the gateway's own: HTML without script, with one style sheet that its policy allows by nonce.
//
// Nothing of a caller's, a client's or a user's gets into a page but through html_text(). Pages are for the front door: they cannot be
// framed, load nothing, and send forms where the policy says, and nowhere else.
// Pure, but for the nonce.
#pragma once

#include "tollgate/base/random.hpp"
#include "tollgate/rules/operation.hpp"

#include <string>
#include <string_view>

namespace tollgate {

// With & < > " ' as entities: for text, and for attributes in quotes.
std::string html_text(std::string_view text);

struct html_page {
    std::string title;
    std::string body;           // HTML, inside of <main>
    unsigned status = 200;
    std::string form_target{};  // beside the page's own origin, where a form's answer may lead: an origin or a scheme; empty: nowhere
};
operation_answer answer_page(const html_page& page, random_source& random);

}  // namespace tollgate
