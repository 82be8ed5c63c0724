#include "app/demo_accounts.hpp"

#include "tollgate/app/build_rulebook.hpp"
#include "tollgate/codec/base64.hpp"
#include "tollgate/codec/text.hpp"
#include "tollgate/crypto/os_random.hpp"
#include "tollgate/crypto/password.hpp"
#include "tollgate/registry/clients.hpp"
#include "tollgate/registry/users.hpp"

#include <algorithm>
#include <array>

namespace tollgate {
namespace {

const caller kDemo{"tollgate", "demo"};

std::string text_of(const node& n, std::string_view key) {
    const node* v = n.find(key);
    return v != nullptr ? v->text() : std::string();
}

std::vector<std::string> texts_of(const node& n, std::string_view key) {
    std::vector<std::string> out;
    if (const node* list = n.find(key))
        for (const auto& item : list->items()) out.push_back(item.text());
    return out;
}

// 80 bits, as letters that can be typed.
std::string make_password() {
    std::array<std::uint8_t, 10> bytes{};
    os_random().fill(bytes);
    auto letters = base32(bytes);
    std::ranges::transform(letters, letters.begin(), lower);
    return letters;
}

failure in_words(const char* what, const std::string& name, const failure& why) {
    return {why.kind, std::string("the demo's ") + what + " " + name + ": " + why.what};
}

result<demo_sign_in> make_user(server& gateway, const node& of) {
    demo_sign_in made{text_of(of, "api"), text_of(of, "user_name"), make_password(), {}, {}, {}};
    const api* target = gateway.rules().by_name(made.api);
    if (target == nullptr) return failure{errc::not_found, "the demo's user is of an unknown API: " + made.api};
    auto hashed = hash_password(made.password);
    if (!hashed) return hashed.error();
    create_user wish;
    wish.user_name = made.user_name;
    wish.email = text_of(of, "email");
    wish.email_verified = !wish.email.empty();
    wish.first_name = text_of(of, "first_name");
    wish.last_name = text_of(of, "last_name");
    wish.tenant = text_of(of, "tenant");
    wish.subject = text_of(of, "subject");
    wish.role = text_of(of, "role");
    wish.password = std::move(*hashed);
    std::vector<field_problem> problems;
    const auto added = user_directory(gateway.tokens()).add(*target, wish, kDemo, problems);
    if (!added) return in_words("user", made.user_name, added.error());
    return made;
}

result<void> make_client(server& gateway, const node& of, demo_accounts& into) {
    const auto of_api = text_of(of, "api");
    const auto user = std::ranges::find(into.of_apis, of_api, &demo_sign_in::api);
    const api* target = gateway.rules().by_name(of_api);
    if (target == nullptr || user == into.of_apis.end()) return failure{errc::not_found, "the demo's client is of an API without users: " + of_api};
    create_client wish;
    wish.name = text_of(of, "name");
    wish.confidential = text_of(of, "public") != "true";
    wish.redirect_uris = texts_of(of, "redirect_uris");
    wish.grants = texts_of(of, "grants");
    wish.scopes = texts_of(of, "scopes");
    std::vector<field_problem> problems;
    const auto added = client_directory(gateway.tokens()).add(*target, wish, kDemo, problems);
    if (!added) return in_words("client", wish.name, added.error());
    user->client_id = added->record.id;
    user->client_secret = added->text.reveal();
    if (!wish.redirect_uris.empty()) user->redirect_uri = wish.redirect_uris.front();
    return {};
}

}  // namespace

const demo_sign_in* demo_accounts::user_of(std::string_view api) const noexcept {
    const auto found = std::ranges::find(of_apis, api, &demo_sign_in::api);
    return found == of_apis.end() ? nullptr : &*found;
}

json::object demo_accounts::oauth(std::string_view api) const {
    json::object out;
    const auto* found = user_of(api);
    if (found == nullptr || found->client_id.empty()) return out;
    out["client_id"] = found->client_id;
    if (!found->client_secret.empty()) out["client_secret"] = found->client_secret;
    if (!found->redirect_uri.empty()) out["redirect_uri"] = found->redirect_uri;
    out["username"] = found->user_name;
    out["password"] = found->password;
    return out;
}

result<demo_accounts> make_demo_accounts(server& gateway, const node& root) {
    demo_accounts out;
    if (const node* users = root.find("users"))
        for (const auto& of : users->items()) {
            auto made = make_user(gateway, of);
            if (!made) return made.error();
            if (made->api == builtin_api_name) out.owner = std::move(*made);
            else out.of_apis.push_back(std::move(*made));
        }
    if (const node* clients = root.find("clients"))
        for (const auto& of : clients->items())
            if (auto made = make_client(gateway, of, out); !made) return made.error();
    return out;
}

}  // namespace tollgate
