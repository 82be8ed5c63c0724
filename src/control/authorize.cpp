#include "tollgate/control/authorize.hpp"

#include "control/authorize_pages.hpp"
#include "control/authorize_request.hpp"
#include "control/call_headers.hpp"
#include "control/form_fields.hpp"
#include "control/session_cookie.hpp"

#include "tollgate/codec/json.hpp"
#include "tollgate/codec/records.hpp"
#include "tollgate/codec/text.hpp"
#include "tollgate/control/code_book.hpp"
#include "tollgate/control/session_book.hpp"
#include "tollgate/control/sign_in.hpp"
#include "tollgate/crypto/sha256.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tollgate {
namespace {

using kind = sign_in::outcome::kind;

// Only the page that was made for this session and this request has it.
std::string proof_of(std::string_view cookie, const operation_call& call) {
    return hex(sha256_of_parts("tollgate consent 1", {cookie, call.of->name, call.query}).bytes);
}

class conversation {
 public:
    conversation(const authorize_parts& with, const operation_call& call, const authorize_request& wish)
        : with_(with), call_(call), wish_(wish), pages_{call, wish, with.random} {}

    operation_answer run() {
        for (const auto& [name, value] : call_.headers)
            if (name == "cookie" && cookie_.empty()) cookie_ = cookie_value(value, portal_cookie);
        if (!cookie_.empty()) {
            auto found = with_.sessions.find(session_use::portal, cookie_);
            if (!found && found.error().kind != errc::not_found) return ill();
            if (found && found->who.api == call_.of->name) session_ = std::move(*found);
        }
        return call_.method == "POST" ? take_form() : show();
    }

 private:
    operation_answer ill() const {
        auto answer = problem_page(with_.random, 503, "This does not work right now. Please try again.", "");
        answer.headers.emplace_back("Retry-After", "1");
        return answer;
    }
    // A page whose form was sent is not sent again by going back to it.
    static operation_answer go(std::string to) { return {303, "", {{"Location", std::move(to)}, {"Cache-Control", "no-store"}}, ""}; }
    [[nodiscard]] std::string here() const { return call_.path + "?" + call_.query; }
    // Back to this request as it now stands, without what would ask for a sign-in again.
    [[nodiscard]] std::string here_signed_in() const {
        auto out = here();
        if (const auto at = out.find("prompt=login"); at != std::string::npos) out.replace(at, 12, "prompt=consent");
        return out;
    }
    operation_answer tell_client(const char* error, std::string_view what) const {
        return go(return_to(wish_.redirect_uri, {{"error", error}, {"error_description", what}, {"state", wish_.state}, {"iss", call_.origin}}));
    }

    [[nodiscard]] bool is_too_old() const {
        if (!wish_.max_age_s) return false;
        constexpr std::int64_t least_s = 30;  // so that who has just signed in is not asked once more
        const auto age_us = with_.time.now().us - session_->record.asserted_at.us;
        return age_us > std::max(*wish_.max_age_s, least_s) * 1'000'000;
    }
    [[nodiscard]] bool needs_code() const { return wish_.second_factor && (session_->record.assurance < 2 || is_too_old()); }

    // What the user is asked next.
    operation_answer show() {
        const bool again = wish_.sign_in_again || (session_ && !wish_.second_factor && is_too_old());
        if (wish_.without_asking) return tell_client(session_ && !again ? "consent_required" : "login_required", "the user would have to be asked");
        if (!session_ || again) return sign_in_page(pages_, wish_.login_hint, "");
        if (needs_code()) return ask_for_code();
        return consent_page(pages_, session_->who, proof_of(cookie_, call_));
    }
    operation_answer ask_for_code() {
        if (session_->who.has_second_factor()) return code_page(pages_, "", "");
        return tell_client("unmet_authentication_requirements", "the user has no second factor");
    }

    operation_answer take_form() {
        if (!is_from_own_page(call_)) return problem_page(with_.random, 403, "This form was sent by another site", "Origin is not this service");
        const auto form = read_form(call_.body);
        if (!form) return problem_page(with_.random, 400, "The form cannot be read", "a field stands twice, or an escape is broken");
        const auto step = field(*form, "step");
        if (step == "password") return take_password(*form);
        if (step == "code") return take_code(*form);
        if (step == "consent") return take_consent(*form);
        return problem_page(with_.random, 400, "The form cannot be read", "step is unknown");
    }

    operation_answer take_password(const form_fields& form) {
        const auto name = field(form, "user_name");
        const auto out = with_.sign_ins.by_password(*call_.of, name, secret(std::string(field(form, "password"))), call_.from);
        if (out.what == kind::ok) return begin_session(out);
        if (out.what == kind::second_factor_wanted) return code_page(pages_, out.ticket, "");
        if (out.what == kind::refused) return sign_in_page(pages_, name, "The user name or the password is wrong.", 403);
        return wait_page(out, [&](std::string_view words, unsigned status) { return sign_in_page(pages_, name, words, status); });
    }

    operation_answer take_code(const form_fields& form) {
        const auto ticket = field(form, "ticket"), code = field(form, "code");
        if (ticket.empty() && !session_) return go(here());
        const auto out = ticket.empty() ? with_.sign_ins.by_code(session_->who, code, call_.from) : with_.sign_ins.by_code(ticket, code, call_.from);
        if (out.what == kind::ok && !ticket.empty()) return begin_session(out);
        if (out.what == kind::ok) {
            if (const auto raised = with_.sessions.raise(cookie_, out.assurance, out.asserted_at); !raised) return ill();
            return go(here_signed_in());
        }
        if (out.what == kind::refused)
            return code_page(pages_, ticket, "The code does not fit, or the sign-in took too long. Try the next code.", 403);
        return wait_page(out, [&](std::string_view words, unsigned status) { return code_page(pages_, ticket, words, status); });
    }

    template <class F>
    operation_answer wait_page(const sign_in::outcome& out, F page) {
        const bool slow = out.what == kind::slow_down;
        auto answer = page(slow ? fmt::format("Too many tries. Wait {} seconds before the next one.", out.retry_after_s)
                                : std::string("Too many people sign in right now. Please try again."),
            slow ? 429u : 503u);
        answer.headers.emplace_back("Retry-After", std::to_string(out.retry_after_s));
        return answer;
    }

    operation_answer begin_session(const sign_in::outcome& out) {
        if (session_) (void)with_.sessions.end(session_->record.id);
        const auto opened = with_.sessions.open(session_use::portal, out.who, out.assurance, out.asserted_at, call_.from);
        if (!opened) return ill();
        const json::object details{{"before", nullptr}, {"after", json::object{{"session", opened->record.id}, {"assurance", out.assurance}}}};
        const auto told = with_.tokens.note(
            {opened->record.created_at, "user:" + out.who.id, {}, call_.from, "session.open", out.who.api, out.who.id, serialize(details)});
        if (!told) return ill();
        auto answer = go(here_signed_in());
        answer.headers.emplace_back("Set-Cookie", set_cookie(portal_cookie, opened->text.reveal(), false));
        return answer;
    }

    operation_answer take_consent(const form_fields& form) {
        if (!session_) return go(here());
        if (field(form, "proof") != proof_of(cookie_, call_))
            return problem_page(with_.random, 403, "The page is not of this session", "proof does not fit");
        const auto answer = field(form, "answer");
        if (answer == "deny") return tell_client("access_denied", "the user said no");
        if (answer == "other") {
            (void)with_.sessions.end(session_->record.id);
            auto out = go(here());
            out.headers.emplace_back("Set-Cookie", clear_cookie(portal_cookie));
            return out;
        }
        if (answer != "allow") return go(here());
        if ((!wish_.second_factor && is_too_old()) || needs_code()) return go(here());
        const auto& s = session_->record;
        const auto code = with_.codes.issue({call_.of->name, wish_.client.id, session_->who.id, wish_.client.epoch, session_->who.epoch,
            wish_.redirect_uri, wish_.scopes, wish_.code_challenge, wish_.resource, call_.environment, s.assurance, s.asserted_at});
        return go(return_to(wish_.redirect_uri, {{"code", code.reveal()}, {"state", wish_.state}, {"iss", call_.origin}}));
    }

    const authorize_parts& with_;
    const operation_call& call_;
    const authorize_request& wish_;
    page_context pages_;
    std::string_view cookie_;
    std::optional<session_book::live> session_;
};

operation_answer authorize_operation(const authorize_parts& with, const operation_call& call) {
    const auto read = read_authorize_request(with.tokens, call);
    if (const auto* wrong = std::get_if<authorize_problem>(&read)) {
        if (wrong->ours) return problem_page(with.random, 503, "This does not work right now. Please try again.", "");
        if (!wrong->may_return) return problem_page(with.random, 400, wrong->error, wrong->what);
        return {303, "",
            {{"Location",
                 return_to(
                     wrong->where, {{"error", wrong->error}, {"error_description", wrong->what}, {"state", wrong->state}, {"iss", call.origin}})},
                {"Cache-Control", "no-store"}},
            ""};
    }
    return conversation(with, call, std::get<authorize_request>(read)).run();
}

}  // namespace

void add_authorize(operation_table& table, authorize_parts with) {
    table["oauth.authorize"] = [with](const operation_call& call) { return authorize_operation(with, call); };
}

}  // namespace tollgate
