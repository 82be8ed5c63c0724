// What clients send to OAuth endpoints: forms or JSON, Basic credentials, scopes; and the forms and cookies of sign-in pages.
#include "control/oauth_input.hpp"
#include "control/form_fields.hpp"
#include "control/session_cookie.hpp"
#include "fuzz/fuzz.hpp"

#include <algorithm>

using namespace tollgate;

FUZZ_TARGET(oauth_input) {
    fuzz::input in(bytes);
    operation_call call;
    call.headers = {{"content-type", in.flag() ? "application/json" : "application/x-www-form-urlencoded"}};
    call.authorization = in.line();
    const auto cookies = in.line();
    call.body = in.rest();
    const auto read = oauth_input::read(call);
    if (const auto* values = std::get_if<oauth_input>(&read)) {
        const auto who = read_credentials(call, *values);
        if (const auto* c = std::get_if<client_credentials>(&who)) {
            DEMAND(c->tries.size() <= 2);
            if (c->by_header) DEMAND(!values->has("client_secret"));
        }
    }
    if (const auto scopes = read_scope(call.body))
        for (const auto& s : *scopes) DEMAND(!s.empty() && s.find(' ') == std::string::npos && std::count(scopes->begin(), scopes->end(), s) == 1);
    const auto value = cookie_value(cookies, console_cookie);
    DEMAND(value.find(';') == std::string_view::npos);
    if (!value.empty()) {
        const auto twice = std::string(cookies) + "; " + std::string(console_cookie) + "=x";
        DEMAND(cookie_value(twice, console_cookie).empty());
    }
    // A form is read back from what is written of it.
    const auto form = read_form(call.body);
    if (!form) return;
    std::string written;
    for (const auto& [name, content] : *form) written += (written.empty() ? "" : "&") + form_escaped(name) + "=" + form_escaped(content);
    DEMAND(read_form(written) == form);
}
