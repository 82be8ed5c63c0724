// Commands and queries on users.

#include "directory.hpp"
#include "directory_rows.hpp"
#include "grant_codec.hpp"

#include "tollgate/registry/users.hpp"

namespace tollgate {
namespace {

constexpr directory::kind<user> users{token_id::user_prefix, user_record_prefix, "user", user_from_json};
constexpr std::initializer_list<std::string_view> kept_back{"password", "totp"};

void check_email(const std::string& email, std::vector<field_problem>& problems) {
    if (email.empty()) return;
    const auto at = email.find('@');
    const bool shaped = at != std::string::npos && at != 0 && at + 1 < email.size() && email.find('@', at + 1) == std::string::npos;
    if (email.size() > bounds::email_bytes || !shaped || !is_plain_text(email) || email.find(' ') != std::string::npos)
        problems.push_back({"email", fmt::format("must be an address like name@example.org, {} bytes at most", bounds::email_bytes)});
}

void check_user_name(const std::string& name, std::vector<field_problem>& problems) {
    if (name.empty()) problems.push_back({"user_name", "a user needs a name to sign in with, or an email"});
    else directory::check_name("user_name", name, 1, problems);
    if (!name.empty() && (name.front() == ' ' || name.back() == ' ')) problems.push_back({"user_name", "begins or ends with a space"});
}

void check_role(bool is_operator, const std::string& role, std::vector<field_problem>& problems) {
    const bool known = std::ranges::find(operator_roles, role) != std::end(operator_roles);
    if (!is_operator && !role.empty()) problems.push_back({"role", "only users of the API tollgate, the operators, have one"});
    else if (is_operator && !known) problems.push_back({"role", fmt::format("choose one of {}", fmt::join(operator_roles, ", "))});
}

void check(const user& u, bool is_operator, std::vector<field_problem>& problems) {
    check_user_name(u.user_name, problems);
    check_email(u.email, problems);
    directory::check_name("first_name", u.first_name, 0, problems);
    directory::check_name("last_name", u.last_name, 0, problems);
    directory::check_header("tenant", u.tenant, problems);
    directory::check_header("subject", u.subject, problems);
    check_role(is_operator, u.role, problems);
}

// Likewise in `apply`, which has the last word.
struct taken_name {
    const char* field;
    digest key;
};

result<void> check_vacant(const database& in, const user& u, std::vector<field_problem>& problems) {
    std::vector<taken_name> names{{"user_name", user_name_key(u.api, u.user_name)}, {"subject", subject_key(u.api, u.subject)}};
    if (u.number != 0) names.push_back({"number", user_number_key(u.api, u.number)});
    for (const auto& name : names) {
        const auto row = in.get(families::index, digest_key(name.key));
        if (!row) return row.error();
        if (!*row) continue;
        const auto other = decode_grant(**row);
        if (!other) return other.error();
        if (other->id.text(token_id::user_prefix) != u.id) problems.push_back({name.field, "another user has it"});
    }
    return {};
}

void take(const std::optional<std::string>& wish, std::string& into) {
    if (wish) into = *wish;
}

// Without what `update_user` says of the life of the account.
void take_fields(const update_user& wish, timestamp now, user& u) {
    take(wish.user_name, u.user_name);
    if (wish.email && *wish.email != u.email) u.email_verified_at.reset();
    take(wish.email, u.email);
    take(wish.first_name, u.first_name);
    take(wish.last_name, u.last_name);
    take(wish.tenant, u.tenant);
    take(wish.subject, u.subject);
    if (u.subject.empty()) u.subject = u.id;
    take(wish.role, u.role);
    if (wish.email_verified && *wish.email_verified != u.email_verified_at.has_value())
        u.email_verified_at = *wish.email_verified ? std::optional(now) : std::nullopt;
}

void take_life(const update_user& wish, timestamp now, user& u) {
    bool ends = wish.sign_out || wish.password || (wish.totp && u.has_second_factor());
    if (wish.password) u.password = *wish.password;
    if (wish.totp) u.totp = *wish.totp;
    if (wish.state && *wish.state != u.state) {
        u.state = *wish.state;
        if (u.state == account_state::removed) {
            u.removed_at = now;
            ends = true;
        }
    }
    if (ends) ++u.epoch;
}

json::object facts_of(const user& u) {
    auto facts = to_json(u);
    for (const auto* name : {"id", "api", "password", "totp", "revision", "number", "updated_at"}) facts.erase(name);
    return facts;
}

bool begins(const std::string& text, const std::string& with) { return folded(text).starts_with(with); }

}  // namespace

result<user> user_directory::add(const api& of, const create_user& wish, const caller& who, std::vector<field_problem>& problems) {
    problems.clear();
    auto& deps = in_.impl_->deps;
    const auto now = deps.time.now();
    user made;
    made.id = token_id::make(now, deps.random).text(token_id::user_prefix);
    made.number = wish.number.value_or(0);
    made.api = of.name;
    made.user_name = wish.user_name.empty() ? wish.email : wish.user_name;
    made.email = wish.email;
    made.first_name = wish.first_name;
    made.last_name = wish.last_name;
    made.tenant = wish.tenant;
    made.subject = wish.subject.empty() ? made.id : wish.subject;
    made.role = wish.role;
    made.password = wish.password;
    made.created_at = made.updated_at = now;
    if (wish.email_verified) made.email_verified_at = now;
    check(made, of.trusts_caller_identity, problems);
    if (wish.number && *wish.number == 0) problems.push_back({"number", "counts from 1"});
    if (auto looked = check_vacant(*in_.impl_->db, made, problems); !looked) return looked.error();
    if (!problems.empty()) return directory::wrong(problems);
    const directory::terms terms{who, now, "user.create"};
    const auto done = directory::put_new(*in_.impl_->ledger, users, made, directory::event_of(terms, made.api, made.id, nullptr, facts_of(made)));
    if (!done) return done.error();
    return show(made.id);  // with its number
}

result<user> user_directory::update(std::string_view id, const update_user& wish, const char* action, const caller& who,
    std::vector<field_problem>& problems, std::optional<revision> if_revision, const std::function<result<void>(const user&)>& allowed) {
    const auto now = in_.impl_->deps.time.now();
    const auto act = [&](user& becomes) -> result<bool> {
        problems.clear();
        if (allowed)
            if (const auto yes = allowed(becomes); !yes) return yes.error();
        const bool removes = wish.state == account_state::removed;
        if (becomes.state == account_state::removed) return removes ? result<bool>(false) : failure{errc::wrong_state, "the user was removed"};
        const bool is_operator = !becomes.role.empty();
        take_fields(wish, now, becomes);
        check(becomes, is_operator, problems);
        if (auto looked = check_vacant(*in_.impl_->db, becomes, problems); !looked) return looked.error();
        if (!problems.empty()) return directory::wrong(problems);
        take_life(wish, now, becomes);
        return true;
    };
    return directory::step<user>(*in_.impl_->ledger, users, id, {who, now, action, if_revision}, kept_back, act);
}

result<user> user_directory::spend_factor(
    std::string_view id, const char* action, const caller& who, const std::function<result<bool>(totp_factor&)>& spend) {
    const auto act = [&](user& becomes) -> result<bool> {
        if (becomes.state == account_state::removed || !becomes.totp) return failure{errc::wrong_state, "the user has no second factor"};
        return spend(*becomes.totp);
    };
    directory::terms terms{who, in_.impl_->deps.time.now(), action};
    terms.touches = false;
    return directory::step<user>(*in_.impl_->ledger, users, id, terms, kept_back, act);
}

result<user> find_user(const registry& in, std::string_view id) { return directory::find(*in.impl_->ledger, users, id); }

result<user> user_directory::show(std::string_view id) const { return find_user(in_, id); }

result<user> user_directory::find_by_key(const digest& key) const {
    const auto row = in_.impl_->db->get(families::index, digest_key(key));
    if (!row) return row.error();
    if (!*row) return directory::no_such(users);
    const auto found = decode_grant(**row);
    if (!found) return found.error();
    return show(found->id.text(token_id::user_prefix));
}

result<user> user_directory::find(std::string_view of_api, std::string_view user_name) const { return find_by_key(user_name_key(of_api, user_name)); }

result<user> user_directory::find_by_subject(std::string_view of_api, std::string_view subject) const {
    return find_by_key(subject_key(of_api, subject));
}

result<user_page> user_directory::list(const user_query& query) const {
    user_page page;
    std::string listed;
    if (!query.api.empty()) {
        const auto of_api = in_.atoms().find(query.api);
        if (!of_api) return page;
        listed = users_by_api(*of_api);
    }
    const auto ids = directory::ids_from(*in_.impl_->db, users, listed, query.cursor);
    if (!ids) return ids.error();
    const auto q = folded(query.q);
    const auto wanted = [&](const user& u) {
        return (query.tenant.empty() || u.tenant == query.tenant) &&
            (q.empty() || begins(u.user_name, q) || begins(u.email, q) || begins(u.subject, q));
    };
    auto next = directory::fill_page<user>(*in_.impl_->ledger, users, *ids, query.limit, wanted, page.users);
    if (!next) return next.error();
    page.next_cursor = std::move(*next);
    return page;
}

}  // namespace tollgate
