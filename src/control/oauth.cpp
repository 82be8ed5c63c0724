#include "tollgate/control/oauth.hpp"

#include "control/oauth_operations.hpp"

#include <fmt/format.h>

#include <array>

namespace tollgate {
namespace {

struct named_endpoint {
    std::string_view name;
    operation_answer (*run)(const oauth_parts&, const operation_call&);
};

constexpr std::array endpoints{
    named_endpoint{"oauth.token", oauth_token_operation},
    named_endpoint{"oauth.revoke", oauth_revoke_operation},
    named_endpoint{"oauth.introspect", oauth_introspect_operation},
    named_endpoint{"oauth.register", oauth_register_operation},
    named_endpoint{"oauth.server_metadata", oauth_server_metadata_operation},
    named_endpoint{"oauth.resource_metadata", oauth_resource_metadata_operation},
};

}  // namespace

std::string issue_counts::metrics() const {
    std::string out =
        "# HELP tollgate_access_tokens_issued_total Access tokens that were issued, by grant type.\n"
        "# TYPE tollgate_access_tokens_issued_total counter\n";
    const std::pair<std::string_view, const std::atomic<std::uint64_t>*> rows[] = {{"client_credentials", &client_credentials},
        {"password", &password}, {"authorization_code", &authorization_code}, {"refresh_token", &refresh_token}};
    for (const auto& [name, value] : rows)
        out += fmt::format("tollgate_access_tokens_issued_total{{grant=\"{}\"}} {}\n", name, value->load(std::memory_order_relaxed));
    return out;
}

void add_oauth(operation_table& table, oauth_parts with) {
    for (const auto& e : endpoints) table.emplace(e.name, [with, run = e.run](const operation_call& call) { return run(with, call); });
}

std::span<const std::string_view> oauth_operation_names() noexcept {
    static constexpr std::array<std::string_view, endpoints.size() + 1> names{
        endpoints[0].name, endpoints[1].name, endpoints[2].name, endpoints[3].name, endpoints[4].name, endpoints[5].name, "oauth.authorize"};
    return names;
}

}  // namespace tollgate
