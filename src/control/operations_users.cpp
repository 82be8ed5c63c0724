#include "control/management_answers.hpp"
#include "control/management_input.hpp"
#include "control/operations.hpp"

#include "tollgate/codec/records.hpp"
#include "tollgate/control/sign_in.hpp"
#include "tollgate/registry/users.hpp"

#include <fmt/format.h>

namespace tollgate {
namespace {

// The built-in API of a user who is an operator; of others it does not matter.
const api& builtin_of(const operation_context& with, const std::string& of_api, const operation_call& call) {
    const auto* found = with.book.by_name(of_api);
    return found != nullptr ? *found : *call.of;
}

const api* wanted_api(const operation_context& with, const std::string& name, field_problems& problems) {
    const auto* only = with.caller.only_api();
    if (only != nullptr && (name.empty() || name == only->name)) return only;
    const auto* found = only == nullptr && !name.empty() ? with.book.by_name(name) : nullptr;
    if (found == nullptr) problems.push_back({"api", name.empty() ? "is missing: name the API whose user it is" : fmt::format("no API `{}`", name)});
    return found;
}

result<user> reached_user(const operation_context& with, const operation_call& call) {
    if (call.parameters.empty()) return failure{errc::not_found, "no id"};
    auto record = user_directory(with.tokens).show(call.parameters.front());
    if (record && !with.caller.reaches(*record)) return failure{errc::not_found, "no such user"};
    return record;
}

operation_answer no_accounts() { return answer_failure({errc::unavailable, "this gateway signs nobody in"}); }

operation_answer answer_user(unsigned status, const result<user>& record, const std::optional<std::uint64_t>& if_revision = std::nullopt) {
    if (!record) return answer_unchanged(record.error(), if_revision);
    return answer_record(status, user_view(*record), record->revision);
}

// The hash of a password that the body has; empty: it has none.
std::optional<operation_answer> take_password(
    const operation_context& with, const std::optional<std::string>& given, std::optional<std::string>& into) {
    if (!given) return std::nullopt;
    if (given->empty()) {
        into = std::string();
        return std::nullopt;
    }
    if (with.who_signs_in.sign_ins == nullptr) return no_accounts();
    auto hashed = with.who_signs_in.sign_ins->hash(secret(*given));
    if (!hashed && hashed.error().kind == errc::invalid) return answer_fields({{"password", hashed.error().what}});
    if (!hashed) return answer_failure(hashed.error());
    into = std::move(*hashed);
    return std::nullopt;
}

// One change of the user of path parameter 0.
operation_answer change_user(const operation_context& with, const operation_call& call, const update_user& wish, const char* action) {
    std::optional<std::uint64_t> revision;
    if (!read_if_match(call, revision)) return answer_problem(400, "If-Match is not one ETag", "write it as the record's ETag came, quotes included");
    const auto record = reached_user(with, call);
    if (!record) return answer_failure(record.error());
    const auto allowed = [&](const user& u) { return with.caller.may_manage(builtin_of(with, u.api, call), u.role); };
    field_problems problems;
    const auto done = user_directory(with.tokens).update(record->id, wish, action, with.caller.who(), problems, revision, allowed);
    if (!done && !problems.empty()) return answer_fields(problems);
    return answer_user(200, done, revision);
}

}  // namespace

operation_answer create_user_operation(const operation_context& with, const operation_call& call) {
    auto read = body_fields::read(call);
    if (auto* refused = std::get_if<operation_answer>(&read)) return std::move(*refused);
    auto& body = std::get<body_fields>(read);
    field_problems problems;
    const auto* of = wanted_api(with, body.text("api", problems), problems);
    create_user wish;
    wish.user_name = body.text("user_name", problems);
    wish.email = body.text("email", problems);
    wish.first_name = body.text("first_name", problems);
    wish.last_name = body.text("last_name", problems);
    wish.tenant = body.text("tenant", problems);
    wish.subject = body.text("subject", problems);
    wish.role = body.text("role", problems);
    wish.email_verified = body.flag("email_verified", problems);
    if (const auto number = body.count("number", problems)) wish.number = *number;
    const auto password = body.given_text("password", problems);
    body.refuse_others(problems);
    with.caller.confine_tenant(wish.tenant, problems);
    if (!problems.empty()) return answer_fields(problems);
    if (const auto may = with.caller.may_manage(*of, wish.role); !may) return answer_failure(may.error());
    std::optional<std::string> hashed;
    if (auto refused = take_password(with, password, hashed)) return std::move(*refused);
    wish.password = hashed.value_or(std::string());
    const auto made = user_directory(with.tokens).add(*of, wish, with.caller.who(), problems);
    if (!made && !problems.empty()) return answer_fields(problems);
    if (!made) return answer_failure(made.error());
    auto answer = answer_record(201, user_view(*made), made->revision);
    answer.headers.emplace_back("Location", call.path + "/" + made->id);
    return answer;
}

operation_answer list_users_operation(const operation_context& with, const operation_call& call) {
    field_problems problems;
    auto asked = read_query(call.query, {"api", "tenant", "q", "cursor", "limit"}, problems);
    user_query query{asked["api"], asked["tenant"], asked["q"], asked["cursor"], read_limit(asked, problems)};
    if (!problems.empty()) return answer_fields(problems);
    if (with.caller.only_api() != nullptr && query.api.empty()) query.api = with.caller.only_api()->name;
    if (with.caller.only_tenant() && query.tenant.empty()) query.tenant = *with.caller.only_tenant();
    const auto page = user_directory(with.tokens).list(query);
    if (!page) return answer_failure(page.error());
    json::array rows;
    for (const auto& record : page->users)
        if (with.caller.reaches(record)) rows.push_back(user_view(record));
    return answer_rows(std::move(rows), page->next_cursor);
}

operation_answer show_user_operation(const operation_context& with, const operation_call& call) { return answer_user(200, reached_user(with, call)); }

operation_answer update_user_operation(const operation_context& with, const operation_call& call) {
    auto read = body_fields::read(call);
    if (auto* refused = std::get_if<operation_answer>(&read)) return std::move(*refused);
    auto& body = std::get<body_fields>(read);
    field_problems problems;
    update_user wish;
    wish.user_name = body.given_text("user_name", problems);
    wish.email = body.given_text("email", problems);
    wish.first_name = body.given_text("first_name", problems);
    wish.last_name = body.given_text("last_name", problems);
    wish.tenant = body.given_text("tenant", problems);
    wish.subject = body.given_text("subject", problems);
    wish.role = body.given_text("role", problems);
    if (body.has("email_verified")) wish.email_verified = body.flag("email_verified", problems);
    const auto password = body.given_text("password", problems);
    body.refuse_others(problems);
    if (wish.tenant) with.caller.confine_tenant(*wish.tenant, problems);
    if (!problems.empty()) return answer_fields(problems);
    if (wish.role)
        if (const auto may = with.caller.may_manage(*call.of, *wish.role); !may) return answer_failure(may.error());
    if (auto refused = take_password(with, password, wish.password)) return std::move(*refused);
    return change_user(with, call, wish, "user.update");
}

operation_answer remove_user_operation(const operation_context& with, const operation_call& call) {
    update_user wish;
    wish.state = account_state::removed;
    auto done = change_user(with, call, wish, "user.remove");
    if (done.status != 200) return done;
    return {204, "", std::move(done.headers), ""};
}

operation_answer disable_user_operation(const operation_context& with, const operation_call& call) {
    update_user wish;
    wish.state = account_state::disabled;
    return change_user(with, call, wish, "user.disable");
}

operation_answer enable_user_operation(const operation_context& with, const operation_call& call) {
    update_user wish;
    wish.state = account_state::active;
    return change_user(with, call, wish, "user.enable");
}

operation_answer sign_out_user_operation(const operation_context& with, const operation_call& call) {
    update_user wish;
    wish.sign_out = true;
    return change_user(with, call, wish, "user.sign_out");
}

operation_answer enrol_factor_operation(const operation_context& with, const operation_call& call) {
    if (with.who_signs_in.sign_ins == nullptr) return no_accounts();
    if (!with.who_signs_in.sealed)
        return answer_problem(409, "A second factor cannot be kept", "the configuration has no keys.master to seal it with");
    const auto record = reached_user(with, call);
    if (!record) return answer_failure(record.error());
    if (const auto may = with.caller.may_manage(builtin_of(with, record->api, call), record->role); !may) return answer_failure(may.error());
    const auto* of = with.book.by_name(record->api);
    const auto made = with.who_signs_in.sign_ins->enrol(record->id, of != nullptr ? of->rules.name : record->api, with.caller.who());
    if (!made) return answer_failure(made.error());
    auto body = user_view(made->record);
    json::array codes;
    for (const auto& code : made->recovery_codes) codes.emplace_back(code);
    auto kept = serialize(body);
    body["totp"] = json::object{{"secret", made->text}, {"uri", made->uri}, {"recovery_codes", std::move(codes)}};
    auto answer = answer_record(201, body, made->record.revision);
    answer.kept_body = std::move(kept);
    return answer;
}

operation_answer confirm_factor_operation(const operation_context& with, const operation_call& call) {
    if (with.who_signs_in.sign_ins == nullptr) return no_accounts();
    auto read = body_fields::read(call);
    if (auto* refused = std::get_if<operation_answer>(&read)) return std::move(*refused);
    auto& body = std::get<body_fields>(read);
    field_problems problems;
    const auto code = body.text("code", problems);
    body.refuse_others(problems);
    if (!problems.empty()) return answer_fields(problems);
    const auto record = reached_user(with, call);
    if (!record) return answer_failure(record.error());
    if (const auto may = with.caller.may_manage(builtin_of(with, record->api, call), record->role); !may) return answer_failure(may.error());
    return answer_user(200, with.who_signs_in.sign_ins->confirm_factor(record->id, code, with.caller.who()));
}

operation_answer remove_factor_operation(const operation_context& with, const operation_call& call) {
    update_user wish;
    wish.totp = std::optional<totp_factor>();
    return change_user(with, call, wish, "user.remove_factor");
}

}  // namespace tollgate
