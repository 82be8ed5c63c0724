// The key `oauth:` of a contract.

#include "rules/contract_reader.hpp"
#include "tollgate/base/bounds.hpp"
#include "tollgate/codec/path.hpp"
#include "tollgate/codec/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace tollgate {

namespace {

constexpr std::size_t kPrefixBytes = 32;
constexpr std::chrono::hours kLifeMax{24 * 3660};
constexpr std::chrono::minutes kRepeatMax{10};

std::optional<std::chrono::seconds> read_seconds(
    contract_reader& reader, const place& at, std::chrono::seconds least, std::chrono::seconds most, std::string_view example) {
    const auto text = reader.text(at);
    if (!text) return std::nullopt;
    const auto parsed = parse_duration(*text);
    const bool plain = parsed && !parsed->never && parsed->months == 0;
    const auto whole = plain ? std::chrono::duration_cast<std::chrono::seconds>(parsed->exact) : std::chrono::seconds{-1};
    if (plain && whole == parsed->exact && whole >= least && whole <= most) return whole;
    reader.error(at, fmt::format("`{}` cannot be: write whole seconds, minutes, hours or days, as in {}", *text, example));
    return std::nullopt;
}

void read_path(contract_reader& reader, const place& at, std::string& out) {
    const auto text = reader.text(at);
    if (!text) return;
    std::string scratch;
    const auto canonical = text->starts_with('/') ? canonical_path(*text, scratch) : path_result{};
    if (canonical.ok && canonical.path == *text && text->find_first_of("{}?#%") == std::string::npos && *text != "/") out = *text;
    else reader.error(at, fmt::format("`{}` is no path: write it as in /oauth/token", *text));
}

void read_prefix(contract_reader& reader, const place& at, std::string& out) {
    const auto text = reader.text(at);
    if (!text) return;
    const auto fits = [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
    };
    if (text->size() <= kPrefixBytes && std::all_of(text->begin(), text->end(), fits)) out = *text;
    else reader.error(at, fmt::format("`{}` cannot begin a token: write letters, digits, _ - . and at most {} of them", *text, kPrefixBytes));
}

void read_grants(contract_reader& reader, const place& at, oauth_rules& out) {
    if (!at) return;
    if (!reader.sequence(at)) return;
    for (const auto& item : reader.items(at)) {
        switch (reader.choice(item, {"client_credentials", "password", "authorization_code", "refresh_token"}).value_or(4)) {
            case 0: out.client_credentials = true; break;
            case 1: out.password = true; break;
            case 2: out.authorization_code = true; break;
            case 3: out.refresh_token = true; break;
            default: break;
        }
    }
}

void read_clients(contract_reader& reader, const place& at, oauth_rules& out) {
    if (!at || !reader.sequence(at)) return;
    out.clients_are_registered = false;
    for (const auto& item : reader.items(at)) {
        const auto who = reader.choice(item, {"registered", "keys"});
        if (who == 0u) out.clients_are_registered = true;
        else if (who == 1u) out.keys_are_clients = true;
    }
}

void read_registration(contract_reader& reader, const place& at, oauth_rules& out) {
    if (!at || !reader.mapping(at, {"path", "clients"})) return;
    const auto path = reader.member(at, "path"), clients = reader.member(at, "clients");
    if (!path) return reader.error(at, "registration needs a path: write `path: /oauth/register`");
    read_path(reader, path, out.registration);
    out.registered_clients = bounds::registered_clients;
    if (!clients) return;
    const auto count = clients.at->as_integer().value_or(0);
    if (count >= 1 && static_cast<std::size_t>(count) <= bounds::registered_clients_max) out.registered_clients = static_cast<std::size_t>(count);
    else reader.error(clients, fmt::format("must be how many clients may register themselves, 1 to {}", bounds::registered_clients_max));
}

void read_lives(contract_reader& reader, const place& at, oauth_rules& out) {
    using namespace std::chrono_literals;
    if (const auto access = reader.member(at, "access_token"); access && reader.mapping(access, {"prefix", "lifetime"})) {
        read_prefix(reader, reader.member(access, "prefix"), out.access_prefix);
        out.access_life = read_seconds(reader, reader.member(access, "lifetime"), 1s, kLifeMax, "1h or 15d").value_or(out.access_life);
    }
    if (const auto refresh = reader.member(at, "refresh_token"); refresh && reader.mapping(refresh, {"prefix", "lifetime", "repeat"})) {
        read_prefix(reader, reader.member(refresh, "prefix"), out.refresh_prefix);
        out.refresh_life = read_seconds(reader, reader.member(refresh, "lifetime"), 1s, kLifeMax, "30d").value_or(out.refresh_life);
        const auto repeat = reader.member(refresh, "repeat");
        if (repeat && !(repeat.at->is_scalar() && repeat.at->text() == "0"))
            out.refresh_repeat = read_seconds(reader, repeat, 1s, kRepeatMax, "30s (at most 10m), or 0").value_or(0s);
    }
    if (out.access_prefix.starts_with(out.refresh_prefix) || out.refresh_prefix.starts_with(out.access_prefix))
        reader.error(at, "access and refresh tokens must differ in how they begin: write another `prefix`");
}

void read_scopes_of_users(contract_reader& reader, const place& at, oauth_rules& out) {
    for (const auto& item : reader.items(reader.member(at, "scopes")))
        if (const auto scope = reader.scope(item)) out.scopes.push_back(*scope);
    for (const auto& item : reader.items(reader.member(at, "default_scopes")))
        if (const auto scope = reader.scope(item)) out.defaults.push_back(*scope);
    for (const auto& scope : out.defaults)
        if (!out.scopes.empty() && std::find(out.scopes.begin(), out.scopes.end(), scope) == out.scopes.end())
            reader.error(reader.member(at, "default_scopes"), fmt::format("`{}` is not one of `scopes`: nobody could be given it", scope));
}

// What belongs together, and what is missing.
void check_whole(contract_reader& reader, const place& at, const oauth_rules& o) {
    if (o.token.empty()) reader.error(at, "needs a token endpoint: write `token: /oauth/token`");
    if (!o.client_credentials && !o.password && !o.authorization_code)
        reader.error(at, "names no grant by which a token is obtained: write `grants: [client_credentials]`, or password, or authorization_code");
    if (o.authorization_code && o.authorize.empty())
        reader.error(at, "authorization_code needs the page where users sign in: write `authorize: /oauth/authorize`");
    if (o.refresh_token && !o.password && !o.authorization_code)
        reader.error(at, "refresh_token follows on password or authorization_code, and neither is there");
    if (o.keys_are_clients && !o.client_credentials) reader.error(at, "`clients: [keys]` is for client_credentials: write that among `grants`");
    const std::array paths{&o.token, &o.authorize, &o.revoke, &o.introspect, &o.registration};
    for (std::size_t i = 0; i < paths.size(); ++i)
        for (std::size_t j = i + 1; j < paths.size(); ++j)
            if (!paths[i]->empty() && *paths[i] == *paths[j]) reader.error(at, fmt::format("`{}` stands for two endpoints", *paths[i]));
}

}  // namespace

void read_oauth(contract_reader& reader, const place& root, contract& out) {
    const auto at = reader.member(root, "oauth");
    if (!at || (at.at->is_mapping() && at.at->members().empty())) return;
    auto& o = out.oauth;
    if (!reader.mapping(at,
            {"grants", "clients", "token", "authorize", "revoke", "introspect", "register", "access_token", "refresh_token", "kind", "scopes",
                "default_scopes"}))
        return;
    const auto before = reader.errors();
    read_grants(reader, reader.member(at, "grants"), o);
    read_clients(reader, reader.member(at, "clients"), o);
    read_path(reader, reader.member(at, "token"), o.token);
    read_path(reader, reader.member(at, "authorize"), o.authorize);
    read_path(reader, reader.member(at, "revoke"), o.revoke);
    read_path(reader, reader.member(at, "introspect"), o.introspect);
    read_registration(reader, reader.member(at, "register"), o);
    read_lives(reader, at, o);
    read_scopes_of_users(reader, at, o);
    const auto kind = reader.member(at, "kind");
    o.kind = reader.name(kind).value_or(out.kinds.front().kind);
    if (out.find_kind(o.kind) == nullptr) reader.error(kind, fmt::format("the contract has no kind `{}`: write one of its `tokens`", o.kind));
    if (reader.errors() == before) check_whole(reader, at, o);
    o.words_client_refusal = static_cast<bool>(reader.member(reader.member(root, "refusals"), to_string(refusal::oauth_client_refused)));
}

}  // namespace tollgate
