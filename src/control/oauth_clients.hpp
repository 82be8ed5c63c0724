// oauth_clients.hpp - which client is behind a request to an OAuth endpoint: one that is registered, or an API token that stands for itself.
#pragma once

#include "control/oauth_input.hpp"
#include "tollgate/control/oauth.hpp"
#include "tollgate/model/oauth_client.hpp"
#include "tollgate/model/token.hpp"
#include "tollgate/rules/access_token.hpp"

#include <optional>
#include <string>
#include <variant>

namespace tollgate {

struct known_client {
    std::optional<oauth_client> client;  // one of these
    std::optional<token> key;
    [[nodiscard]] const std::string& id() const noexcept { return client ? client->id : key->id; }
    [[nodiscard]] bool confidential() const noexcept { return key || client->confidential; }
    [[nodiscard]] bool may(std::string_view grant) const noexcept;
};

// The client, or the answer that refuses it. Unknown, wrong, disabled and misplaced look alike.
std::variant<known_client, operation_answer> authenticate(const oauth_parts& with, const operation_call& call, const oauth_input& in);

// As it stands now, for a token's claims.
held held_client(const oauth_client& c);

}  // namespace tollgate
