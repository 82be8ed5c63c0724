// Commands and queries on OAuth clients.

#include "directory.hpp"
#include "redirect_uri.hpp"

#include "tollgate/base/check.hpp"
#include "tollgate/codec/text.hpp"
#include "tollgate/crypto/sha256.hpp"
#include "tollgate/registry/clients.hpp"

namespace tollgate {
namespace {

constexpr directory::kind<oauth_client> clients{token_id::client_prefix, client_record_prefix, "client", oauth_client_from_json};
constexpr std::initializer_list<std::string_view> kept_back{"secret_digest"};

const token_format& secret_format() {
    static const auto format = token_format::compile("ocs_{random}", {}, false);
    TOLLGATE_CHECK(format.has_value());
    return *format;
}

bool uses(const oauth_client& c, std::string_view grant) { return std::ranges::find(c.grants, grant) != c.grants.end(); }

void check_redirect_uris(const oauth_client& c, std::vector<field_problem>& problems) {
    if (c.redirect_uris.size() > bounds::redirect_uris) problems.push_back({"redirect_uris", fmt::format("at most {}", bounds::redirect_uris)});
    for (std::size_t i = 0; i < c.redirect_uris.size(); ++i)
        if (const auto why = objection_to_redirect_uri(c.redirect_uris[i]); !why.empty())
            problems.push_back({fmt::format("redirect_uris[{}]", i), std::string(why)});
    if (uses(c, "authorization_code") && c.redirect_uris.empty())
        problems.push_back({"redirect_uris", "authorization_code needs one to send the browser back to"});
}

void check_grants(const oauth_client& c, std::vector<field_problem>& problems) {
    for (std::size_t i = 0; i < c.grants.size(); ++i)
        if (std::ranges::find(grant_types, c.grants[i]) == std::end(grant_types))
            problems.push_back({fmt::format("grants[{}]", i), fmt::format("choose from {}", fmt::join(grant_types, ", "))});
    if (!c.confidential && uses(c, "client_credentials"))
        problems.push_back({"grants", "client_credentials is for clients that can keep a secret, and a public one has none"});
}

bool has_scope(const api& of, const std::string& name) {
    return name == of.rules.scopes.wildcard || of.scope(name) || std::ranges::find(of.catalogue, name, &scope_entry::name) != of.catalogue.end();
}

void check_scopes(const api& of, const oauth_client& c, std::vector<field_problem>& problems) {
    if (c.scopes.size() > bounds::client_scopes) problems.push_back({"scopes", fmt::format("at most {}", bounds::client_scopes)});
    for (std::size_t i = 0; i < c.scopes.size(); ++i)
        if (!has_scope(of, c.scopes[i])) problems.push_back({fmt::format("scopes[{}]", i), fmt::format("`{}` has no such scope", of.name)});
}

// The environment of the wish, or the only one there is.
void settle_environment(const api& of, oauth_client& c, std::vector<field_problem>& problems) {
    const auto& known = of.rules.environments;
    if (std::ranges::find(known, c.environment) != known.end()) return;
    if (c.environment.empty() && known.size() == 1) c.environment = known.front();
    else if (c.environment.empty() && !known.empty() && uses(c, "client_credentials"))
        problems.push_back({"environment", fmt::format("a client that gets tokens for itself needs one of {}", fmt::join(known, ", "))});
    else if (!c.environment.empty() && known.empty()) problems.push_back({"environment", "this API has no environments; leave it out"});
    else if (!c.environment.empty()) problems.push_back({"environment", fmt::format("choose one of {}", fmt::join(known, ", "))});
}

void check(const api& of, oauth_client& c, std::vector<field_problem>& problems) {
    directory::check_name("name", c.name, 1, problems);
    check_grants(c, problems);
    check_redirect_uris(c, problems);
    check_scopes(of, c, problems);
    settle_environment(of, c, problems);
    directory::check_header("tenant", c.tenant, problems);
}

secret give_secret(oauth_client& c, random_source& random) {
    auto text = secret_format().make(0, random);
    c.secret_digest = hex(sha256(text.reveal()).bytes);
    c.secret_hint = secret_format().hint(text.reveal());
    return text;
}

json::object facts_of(const oauth_client& c) {
    auto facts = to_json(c);
    for (const auto* name : {"id", "api", "secret_digest", "revision", "updated_at"}) facts.erase(name);
    return facts;
}

template <class T>
void take(const std::optional<T>& wish, T& into) {
    if (wish) into = *wish;
}

// In a time that does not depend on where they differ.
bool same_text(std::string_view a, std::string_view b) noexcept {
    unsigned differs = a.size() != b.size();
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) differs |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]);
    return differs == 0;
}

}  // namespace

result<created_client> client_directory::add(const api& of, const create_client& wish, const caller& who, std::vector<field_problem>& problems) {
    problems.clear();
    auto& deps = in_.impl_->deps;
    const auto now = deps.time.now();
    oauth_client made;
    made.id = token_id::make(now, deps.random).text(token_id::client_prefix);
    made.api = of.name;
    made.name = wish.name;
    made.confidential = wish.confidential;
    made.redirect_uris = wish.redirect_uris;
    made.grants = wish.grants;
    if (made.grants.empty() && !made.redirect_uris.empty()) made.grants = {"authorization_code", "refresh_token"};
    if (made.grants.empty()) made.grants = {"client_credentials"};
    made.scopes = wish.scopes;
    made.environment = wish.environment;
    made.tenant = wish.tenant;
    made.registered = wish.registered;
    made.created_at = made.updated_at = now;
    check(of, made, problems);
    if (!problems.empty()) return directory::wrong(problems);
    secret text;
    if (made.confidential) text = give_secret(made, deps.random);
    const directory::terms terms{who, now, "client.create"};
    const auto done = directory::put_new(*in_.impl_->ledger, clients, made, directory::event_of(terms, made.api, made.id, nullptr, facts_of(made)));
    if (!done) return done.error();
    made.revision = *done;
    return created_client{std::move(made), std::move(text)};
}

result<oauth_client> client_directory::update(const api& of, std::string_view id, const update_client& wish, const char* action, const caller& who,
    std::vector<field_problem>& problems, std::optional<revision> if_revision, const std::function<result<void>(const oauth_client&)>& allowed) {
    const auto now = in_.impl_->deps.time.now();
    const auto act = [&](oauth_client& becomes) -> result<bool> {
        problems.clear();
        if (allowed)
            if (const auto yes = allowed(becomes); !yes) return yes.error();
        const bool removes = wish.state == account_state::removed;
        if (becomes.state == account_state::removed) return removes ? result<bool>(false) : failure{errc::wrong_state, "the client was removed"};
        take(wish.name, becomes.name);
        take(wish.redirect_uris, becomes.redirect_uris);
        take(wish.grants, becomes.grants);
        take(wish.scopes, becomes.scopes);
        const bool fields = wish.name || wish.redirect_uris || wish.grants || wish.scopes;
        if (fields) check(of, becomes, problems);
        if (!problems.empty()) return directory::wrong(problems);
        take(wish.state, becomes.state);
        if (removes) becomes.removed_at = now;
        if (removes || wish.end_tokens) ++becomes.epoch;
        return true;
    };
    return directory::step<oauth_client>(*in_.impl_->ledger, clients, id, {who, now, action, if_revision}, kept_back, act);
}

result<created_client> client_directory::renew_secret(std::string_view id, const caller& who, std::optional<revision> if_revision) {
    secret text;
    const auto act = [&](oauth_client& becomes) -> result<bool> {
        if (becomes.state == account_state::removed) return failure{errc::wrong_state, "the client was removed"};
        if (!becomes.confidential) return failure{errc::wrong_state, "the client is public: it has no secret"};
        text = give_secret(becomes, in_.impl_->deps.random);
        return true;
    };
    auto record = directory::step<oauth_client>(
        *in_.impl_->ledger, clients, id, {who, in_.impl_->deps.time.now(), "client.renew_secret", if_revision}, kept_back, act);
    if (!record) return record.error();
    return created_client{std::move(*record), std::move(text)};
}

result<oauth_client> client_directory::show(std::string_view id) const { return directory::find(*in_.impl_->ledger, clients, id); }

result<client_page> client_directory::list(const client_query& query) const {
    client_page page;
    std::string listed;
    if (!query.api.empty()) {
        const auto of_api = in_.atoms().find(query.api);
        if (!of_api) return page;
        listed = clients_by_api(*of_api);
    }
    const auto ids = directory::ids_from(*in_.impl_->db, clients, listed, query.cursor);
    if (!ids) return ids.error();
    auto next =
        directory::fill_page<oauth_client>(*in_.impl_->ledger, clients, *ids, query.limit, [](const oauth_client&) { return true; }, page.clients);
    if (!next) return next.error();
    page.next_cursor = std::move(*next);
    return page;
}

result<oauth_client> client_directory::authenticate(std::string_view of_api, std::string_view id, std::string_view secret_text) const {
    const auto presented = secret_text.empty() ? std::string() : hex(sha256(secret_text).bytes);
    auto record = show(id);
    if (!record && record.error().kind != errc::not_found) return record.error();
    const bool known = record && record->api == of_api && record->state == account_state::active;
    const bool right = same_text(presented, known ? record->secret_digest : std::string(64, '-'));
    if (!known || !right) return failure{errc::refused, "the client is unknown, or its secret is wrong"};
    return record;
}

}  // namespace tollgate
