#include "tollgate/rules/dialect.hpp"

#include "rules/placeholders.hpp"
#include "rules/problem_document.hpp"
#include "tollgate/base/check.hpp"

#include <fmt/format.h>

#include <iterator>

namespace tollgate {

namespace {

wording generic_wording(refusal why) {
    wording out;
    out.status = default_status(why);
    out.title = default_title(why);
    out.content_type = "application/problem+json";
    auto body = compile_problem({}, {}, to_string(why), out.status, out.title);
    TOLLGATE_CHECK(body.has_value());
    out.body = std::move(*body);
    return out;
}

// RFC 6750 §3: scope is a list of scope-tokens, which hold no quote, backslash or control byte.
void append_scope(std::string& out, std::string_view scope) {
    if (scope.empty()) return;
    out += ", scope=\"";
    for (const char c : scope)
        if (c >= 0x20 && c < 0x7f && c != '"' && c != '\\') out += c;
    out += '"';
}

void append_challenge(std::string& out, refusal why, const refusal_facts& facts) {
    out += "WWW-Authenticate: Bearer";
    switch (why) {
        case refusal::missing_token: break;  // RFC 6750 §3.1: no error where no token was sent
        case refusal::malformed_token: out += " error=\"invalid_request\""; break;
        case refusal::assurance_required:  // RFC 9470
            out += " error=\"insufficient_user_authentication\", acr_values=\"aal2\"";
            if (facts.max_age_s != 0) fmt::format_to(std::back_inserter(out), ", max_age=\"{}\"", facts.max_age_s);
            break;
        case refusal::scope_required:
            out += " error=\"insufficient_scope\"";
            append_scope(out, facts.scope);
            break;
        case refusal::include_forbidden: out += " error=\"insufficient_scope\""; break;  // facts.scope is the route's, which was not lacking
        default: out += " error=\"invalid_token\""; break;
    }
    if (!facts.resource_metadata.empty()) {
        out += why == refusal::missing_token ? " resource_metadata=\"" : ", resource_metadata=\"";
        out.append(facts.resource_metadata).append("\"");
    }
    out += "\r\n";
}

}  // namespace

dialect::dialect() {
    for (std::size_t i = 0; i < refusal_count; ++i) wordings_[i] = generic_wording(static_cast<refusal>(i));
    set(refusal::disabled_token, of(refusal::invalid_token));  // T-3: they look alike unless a contract says otherwise
}

void dialect::write_body(refusal why, const refusal_facts& facts, std::string& out) const {
    const auto& w = of(why);
    fill(w.body, w.title, facts, w.json ? fill_use::json : fill_use::plain, out);
}

void dialect::write_headers(refusal why, const refusal_facts& facts, std::string& out) const {
    const auto& w = of(why);
    if (w.status == 401 || why == refusal::scope_required || why == refusal::include_forbidden || why == refusal::assurance_required)
        append_challenge(out, why, facts);
    if (w.status == 429 || w.status == 503 || why == refusal::rate_limited || why == refusal::overloaded || why == refusal::store_unavailable)
        fmt::format_to(std::back_inserter(out), "Retry-After: {}\r\n", facts.retry_after_s);
    for (const auto& [name, value] : w.headers) {
        out += name;
        out += ": ";
        fill(value, w.title, facts, fill_use::header, out);
        out += "\r\n";
    }
}

}  // namespace tollgate
