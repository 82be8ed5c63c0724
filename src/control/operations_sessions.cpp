#include "control/browser_session.hpp"
#include "control/management_answers.hpp"
#include "control/management_input.hpp"
#include "control/operations.hpp"
#include "control/session_cookie.hpp"

#include "tollgate/codec/records.hpp"
#include "tollgate/control/session_book.hpp"
#include "tollgate/control/sign_in.hpp"

#include <fmt/format.h>

namespace tollgate {
namespace {

operation_answer no_sessions() { return answer_failure({errc::unavailable, "this gateway signs nobody in"}); }

std::string_view cookie_of(session_use use) noexcept { return use == session_use::console ? console_cookie : portal_cookie; }

operation_answer refuse_sign_in(const sign_in::outcome& out) {
    using kind = sign_in::outcome::kind;
    if (out.what == kind::second_factor_wanted)
        return answer_problem(401, "A code of the second factor is needed", "send it as `code`, beside the password");
    if (out.what == kind::refused) return answer_problem(401, "The user name, the password or the code is wrong");
    const bool slow = out.what == kind::slow_down;
    auto answer = answer_problem(slow ? 429 : 503, slow ? "Too many tries" : "Temporarily unavailable", slow ? "wait before the next one" : "");
    answer.headers.emplace_back("Retry-After", std::to_string(out.retry_after_s));
    return answer;
}

bool reaches(const operation_context& with, const session& s) {
    const auto who = find_user(with.tokens, s.user);
    return who && with.caller.reaches(*who);
}

}  // namespace

// Who is not signed in signs in: the route is public.
operation_answer sign_in_browser(const account_context& with, const operation_call& call, session_use use) {
    if (with.who_signs_in.sign_ins == nullptr || with.who_signs_in.sessions == nullptr) return no_sessions();
    auto read = body_fields::read(call);
    if (auto* refused = std::get_if<operation_answer>(&read)) return std::move(*refused);
    auto& body = std::get<body_fields>(read);
    field_problems problems;
    const auto name = body.text("user_name", problems);
    const secret password(body.text("password", problems));
    const auto code = body.text("code", problems);
    body.refuse_others(problems);
    if (!problems.empty()) return answer_fields(problems);
    const auto out = with.who_signs_in.sign_ins->by_password(*call.of, name, password, call.from, code);
    if (out.what != sign_in::outcome::kind::ok) return refuse_sign_in(out);
    auto opened = with.who_signs_in.sessions->open(use, out.who, out.assurance, out.asserted_at, call.from);
    if (!opened) return answer_failure(opened.error());
    const json::object details{{"before", nullptr}, {"after", json::object{{"session", opened->record.id}, {"assurance", out.assurance}}}};
    const auto told = with.tokens.note(
        {opened->record.created_at, "user:" + out.who.id, {}, call.from, "session.open", out.who.api, out.who.id, serialize(details)});
    if (!told) return answer_failure(told.error());
    auto answer = answer_json(201, browser_session_view({opened->record, out.who}));
    // A portal's users also come by links of applications that ask for their consent (authorize.hpp); operators never do.
    answer.headers.emplace_back("Set-Cookie", set_cookie(cookie_of(use), opened->text.reveal(), use == session_use::console));
    return answer;
}

json::object browser_session_view(const session_book::live& in) {
    auto view = session_view(in.record);
    view["user"] = user_view(in.who);
    return view;
}

result<browser_session> find_browser_session(const account_context& with, const operation_call& call, session_use use) {
    if (with.who_signs_in.sessions == nullptr) return failure{errc::unavailable, "this gateway signs nobody in"};
    for (const auto& [name, value] : call.headers) {
        if (name != "cookie") continue;
        const auto text = cookie_value(value, cookie_of(use));
        if (text.empty()) continue;
        auto found = with.who_signs_in.sessions->find(use, text);
        if (!found && found.error().kind != errc::not_found) return found.error();
        if (found && found->who.api == call.of->name) return browser_session{std::move(*found), text};
    }
    return failure{errc::not_found, "nobody is signed in"};
}

operation_answer sign_out_browser(const account_context& with, const operation_call& call, session_use use) {
    const auto found = find_browser_session(with, call, use);
    if (!found && found.error().kind != errc::not_found) return answer_failure(found.error());
    if (found)
        if (const auto ended = with.who_signs_in.sessions->end(found->in.record.id); !ended) return answer_failure(ended.error());
    return {204, "", {{"Cache-Control", "no-store"}, {"Set-Cookie", clear_cookie(cookie_of(use))}}, ""};
}

operation_answer open_session_operation(const account_context& with, const operation_call& call) {
    return sign_in_browser(with, call, session_use::console);
}

operation_answer list_sessions_operation(const operation_context& with, const operation_call& call) {
    if (with.who_signs_in.sessions == nullptr) return no_sessions();
    field_problems problems;
    auto asked = read_query(call.query, {"user", "api", "cursor", "limit"}, problems);
    const auto limit = read_limit(asked, problems);
    if (!problems.empty()) return answer_fields(problems);
    const auto wanted = [&](const session& s) {
        return (asked["user"].empty() || s.user == asked["user"]) && (asked["api"].empty() || s.api == asked["api"]) && reaches(with, s);
    };
    const auto page = with.who_signs_in.sessions->list(asked["cursor"], limit, wanted);
    if (!page) return answer_failure(page.error());
    json::array rows;
    for (const auto& s : page->first) rows.push_back(session_view(s));
    return answer_rows(std::move(rows), page->second);
}

operation_answer end_session_operation(const operation_context& with, const operation_call& call) {
    if (with.who_signs_in.sessions == nullptr) return no_sessions();
    const auto found = with.who_signs_in.sessions->show(call.parameters.empty() ? std::string() : call.parameters.front());
    if (!found) return answer_failure(found.error());
    if (!reaches(with, *found)) return answer_failure({errc::not_found, "no such session"});
    if (const auto ended = with.who_signs_in.sessions->end(found->id); !ended) return answer_failure(ended.error());
    const json::object details{{"before", json::object{{"session", found->id}}}, {"after", nullptr}};
    const auto& who = with.caller.who();
    const auto told =
        with.tokens.note({with.time.now(), who.actor, who.acting_as, who.from, "session.end", found->api, found->user, serialize(details)});
    if (!told) return answer_failure(told.error());
    return {204, "", {{"Cache-Control", "no-store"}}, ""};
}

// Signs out, whatever the role.
operation_answer end_own_session_operation(const account_context& with, const operation_call& call) {
    return sign_out_browser(with, call, session_use::console);
}

operation_answer show_own_session_operation(const account_context& with, const operation_call& call) {
    const auto found = find_browser_session(with, call, session_use::console);
    if (found) return answer_json(200, browser_session_view(found->in));
    return found.error().kind == errc::not_found ? answer_problem(401, "Nobody is signed in") : answer_failure(found.error());
}

}  // namespace tollgate
