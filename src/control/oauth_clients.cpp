#include "control/oauth_clients.hpp"

#include "control/oauth_answers.hpp"
#include "tollgate/codec/text.hpp"
#include "tollgate/crypto/sha256.hpp"
#include "tollgate/model/ip_address.hpp"
#include "tollgate/registry/clients.hpp"
#include "tollgate/rules/rulebook.hpp"

#include <algorithm>

namespace tollgate {
namespace {

bool is_ill(const failure& why) noexcept { return why.kind != errc::not_found && why.kind != errc::refused && why.kind != errc::invalid; }

bool is_allowed(const token& key, std::string_view from) {
    if (key.allowed_ips.empty()) return true;
    const auto address = ip_address::parse(from);
    return address && std::ranges::any_of(key.allowed_ips, [&](const std::string& text) {
        const auto block = ip_block::parse(text);
        return block && block->contains(*address);
    });
}

// Whether the token behind `secret` is the one of that id, and lets its bearer in here and now.
bool opens(const token& key, const client_credentials::pair& said, const operation_call& call, timestamp now) {
    if (key.id != said.id || key.api != call.of->name || key.environment != call.environment) return false;
    if (key.state != token_state::active || (key.expires_at && now >= *key.expires_at)) return false;
    const auto own = hex(sha256(said.secret).bytes);
    const auto generation = std::ranges::find(key.generations, own, &token_generation::digest);
    if (generation == key.generations.end() || (generation->ends_at && now >= *generation->ends_at)) return false;
    return is_allowed(key, call.from);
}

}  // namespace

bool known_client::may(std::string_view grant) const noexcept {
    if (key) return grant == "client_credentials";
    return std::ranges::find(client->grants, grant) != client->grants.end();
}

std::variant<known_client, operation_answer> authenticate(const oauth_parts& with, const operation_call& call, const oauth_input& in) {
    auto read = read_credentials(call, in);
    if (const auto* wrong = std::get_if<std::string>(&read)) return oauth_error("invalid_request", *wrong);
    const auto& credentials = std::get<client_credentials>(read);
    const auto& rules = call.of->rules.oauth;
    for (const auto& said : credentials.tries) {
        if (rules.keys_are_clients) {
            auto key = with.tokens.find_by_secret(said.secret);
            if (!key && is_ill(key.error())) return oauth_unavailable();
            if (key && opens(*key, said, call, with.time.now())) return known_client{std::nullopt, std::move(*key)};
        }
        if (!rules.clients_are_registered) continue;
        auto client = client_directory(with.tokens).authenticate(call.of->name, said.id, said.secret);
        if (!client && is_ill(client.error())) return oauth_unavailable();
        if (client && (client->environment.empty() || client->environment == call.environment)) return known_client{std::move(*client), std::nullopt};
    }
    if (!credentials.tries.empty())
        with.log.info("an OAuth client was refused",
            {{"api", call.of->name}, {"client", std::string_view(credentials.tries.front().id).substr(0, 64)}, {"from", call.from}});
    return oauth_client_refusal(call);
}

held held_client(const oauth_client& c) {
    return {{holder_kind::client, token_id::parse(c.id, prefix_of(holder_kind::client)).value_or(token_id{})}, c.epoch};
}

}  // namespace tollgate
