#include "control/authorize_pages.hpp"

#include "control/html_page.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tollgate {
namespace {

std::string form_begin(const page_context& of, std::string_view step) {
    return fmt::format("<form method=\"post\" action=\"{}?{}\">\n<input type=\"hidden\" name=\"step\" value=\"{}\">\n", html_text(of.call.path),
        html_text(of.call.query), step);
}

std::string problem_line(std::string_view problem) {
    return problem.empty() ? std::string() : fmt::format("<p class=\"bad\" role=\"alert\">{}</p>\n", html_text(problem));
}

std::string service_of(const page_context& of) {
    const auto& name = of.call.of->rules.name;
    return html_text(name.empty() ? of.call.of->name : name);
}

std::string scope_lines(const page_context& of) {
    std::string out;
    for (const auto& scope : of.wish.scopes) {
        const auto entry = std::ranges::find(of.call.of->catalogue, scope, &scope_entry::name);
        const auto words = entry == of.call.of->catalogue.end() ? std::string_view() : std::string_view(entry->description);
        if (words.empty()) out += fmt::format("<li><code>{}</code></li>\n", html_text(scope));
        else out += fmt::format("<li>{} <code>{}</code></li>\n", html_text(words), html_text(scope));
    }
    return out.empty() ? "<p>It asks for no particular scope: it may do what you may.</p>\n" : "<ul>\n" + out + "</ul>\n";
}

operation_answer page(const page_context& of, std::string title, std::string body, unsigned status) {
    return answer_page({std::move(title), std::move(body), status, form_target(of.wish.redirect_uri)}, of.random);
}

}  // namespace

std::string form_target(std::string_view redirect_uri) {
    const auto colon = redirect_uri.find(':');
    if (!redirect_uri.substr(std::min(redirect_uri.size(), colon)).starts_with("://")) return std::string(redirect_uri.substr(0, colon + 1));
    const auto end = redirect_uri.find_first_of("/?", colon + 3);
    return std::string(redirect_uri.substr(0, end));
}

operation_answer sign_in_page(const page_context& of, std::string_view user_name, std::string_view problem, unsigned status) {
    auto body = fmt::format(
        "<h1>Sign in to {}</h1>\n<p class=\"soft\">to continue to <strong>{}</strong></p>\n", service_of(of), html_text(of.wish.client.name));
    body += problem_line(problem) + form_begin(of, "password");
    body += fmt::format(
        "<label for=\"user_name\">User name or email</label>\n<input id=\"user_name\" name=\"user_name\" autocomplete=\"username\" "
        "autocapitalize=\"none\" spellcheck=\"false\" required value=\"{}\"{}>\n",
        html_text(user_name), user_name.empty() ? " autofocus" : "");
    body += fmt::format(
        "<label for=\"password\">Password</label>\n<input id=\"password\" name=\"password\" type=\"password\" "
        "autocomplete=\"current-password\" required{}>\n",
        user_name.empty() ? "" : " autofocus");
    body += "<button>Sign in</button>\n</form>\n";
    return page(of, "Sign in", std::move(body), status);
}

operation_answer code_page(const page_context& of, std::string_view ticket, std::string_view problem, unsigned status) {
    std::string body = "<h1>Second factor</h1>\n<p class=\"soft\">Enter the code that your authenticator shows, or one of your recovery codes.</p>\n";
    body += problem_line(problem) + form_begin(of, "code");
    if (!ticket.empty()) body += fmt::format("<input type=\"hidden\" name=\"ticket\" value=\"{}\">\n", html_text(ticket));
    body +=
        "<label for=\"code\">Code</label>\n<input id=\"code\" name=\"code\" autocomplete=\"one-time-code\" autocapitalize=\"none\" "
        "spellcheck=\"false\" "
        "required autofocus>\n<button>Continue</button>\n</form>\n";
    return page(of, "Second factor", std::move(body), status);
}

operation_answer consent_page(const page_context& of, const user& who, std::string_view proof) {
    auto body = fmt::format("<h1>{} wants access to your {} account</h1>\n", html_text(of.wish.client.name), service_of(of));
    if (of.wish.client.registered) body += "<p class=\"bad\">This application registered itself. Nobody has checked that its name is true.</p>\n";
    body += "<p>It would be allowed to:</p>\n" + scope_lines(of);
    body += fmt::format("<p class=\"soft\">You will return to <strong>{}</strong>. Signed in as <strong>{}</strong>.</p>\n",
        html_text(form_target(of.wish.redirect_uri)), html_text(who.user_name));
    body += form_begin(of, "consent") + fmt::format("<input type=\"hidden\" name=\"proof\" value=\"{}\">\n", html_text(proof));
    body +=
        "<button name=\"answer\" value=\"allow\">Allow</button>\n<button class=\"quiet\" name=\"answer\" value=\"deny\">Deny</button>\n"
        "<button class=\"quiet\" name=\"answer\" value=\"other\">Use another account</button>\n</form>\n";
    return page(of, "Allow access", std::move(body), 200);
}

operation_answer problem_page(random_source& random, unsigned status, std::string_view title, std::string_view what) {
    auto body = fmt::format("<h1>{}</h1>\n", html_text(title));
    if (!what.empty()) body += fmt::format("<p class=\"soft\">For whoever made the application: {}.</p>\n", html_text(what));
    return answer_page({std::string(title), std::move(body), status}, random);
}

}  // namespace tollgate
