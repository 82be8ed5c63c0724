#include "tollgate/control/management.hpp"

#include "control/management_answers.hpp"
#include "control/operations.hpp"
#include "embedded/management_files.hpp"

#include <algorithm>
#include <array>

namespace tollgate {
namespace {

struct named_operation {
    std::string_view name;
    operation_answer (*run)(const operation_context&, const operation_call&);
};

constexpr std::array operations{
    named_operation{"tokens.create", create_token_operation},
    named_operation{"tokens.list", list_tokens_operation},
    named_operation{"tokens.show", show_token_operation},
    named_operation{"tokens.update", update_token_operation},
    named_operation{"tokens.rotate", rotate_token_operation},
    named_operation{"tokens.finish_grace", finish_grace_operation},
    named_operation{"tokens.disable", disable_token_operation},
    named_operation{"tokens.enable", enable_token_operation},
    named_operation{"tokens.revoke", revoke_token_operation},
    named_operation{"tokens.revoke_all", revoke_tokens_operation},
    named_operation{"tokens.verify", verify_token_operation},
    named_operation{"actors.create", create_actor_operation},
    named_operation{"actors.list", list_actors_operation},
    named_operation{"actors.show", show_actor_operation},
    named_operation{"actors.remove", remove_actor_operation},
    named_operation{"tokens.import", import_tokens_operation},
    named_operation{"tokens.export", export_tokens_operation},
    named_operation{"store.backup", backup_store_operation},
    named_operation{"apis.list", list_apis_operation},
    named_operation{"apis.routes", list_routes_operation},
    named_operation{"apis.scopes", list_scopes_operation},
    named_operation{"audit.list", list_audit_operation},
    named_operation{"audit.verify", verify_audit_operation},
    named_operation{"keys.list", list_keys_operation},
    named_operation{"keys.rotate", rotate_key_operation},
    named_operation{"usage.show", show_usage_operation},
    named_operation{"usage.calls", list_calls_operation},
    named_operation{"clock.show", show_clock_operation},
    named_operation{"clock.accept", accept_clock_operation},
    named_operation{"users.create", create_user_operation},
    named_operation{"users.list", list_users_operation},
    named_operation{"users.show", show_user_operation},
    named_operation{"users.update", update_user_operation},
    named_operation{"users.remove", remove_user_operation},
    named_operation{"users.disable", disable_user_operation},
    named_operation{"users.enable", enable_user_operation},
    named_operation{"users.sign_out", sign_out_user_operation},
    named_operation{"users.enrol_factor", enrol_factor_operation},
    named_operation{"users.confirm_factor", confirm_factor_operation},
    named_operation{"users.remove_factor", remove_factor_operation},
    named_operation{"clients.create", create_client_operation},
    named_operation{"clients.list", list_clients_operation},
    named_operation{"clients.show", show_client_operation},
    named_operation{"clients.update", update_client_operation},
    named_operation{"clients.remove", remove_client_operation},
    named_operation{"clients.disable", disable_client_operation},
    named_operation{"clients.enable", enable_client_operation},
    named_operation{"clients.renew_secret", renew_client_secret_operation},
    named_operation{"sessions.list", list_sessions_operation},
    named_operation{"sessions.end", end_session_operation},
};

struct open_operation {
    std::string_view name;
    operation_answer (*run)(const account_context&, const operation_call&);
};

// These look themselves at who calls.
constexpr std::array open_operations{
    open_operation{"sessions.open", open_session_operation},
    open_operation{"sessions.end_own", end_own_session_operation},
    open_operation{"sessions.show_own", show_own_session_operation},
    open_operation{"me", me_operation},
};

}  // namespace

operation_table make_operations(registry& tokens, rulebook_source book, const clock& time, activity done, clock_desk desk, accounts who_signs_in) {
    if (done.logs.empty()) done.logs.push_back(changes_log(tokens, {}));
    const auto kept = std::make_shared<const activity>(std::move(done));
    const auto clocks = std::make_shared<const clock_desk>(std::move(desk));
    operation_table out;
    for (const auto& o : operations) {
        out.emplace(o.name, [&tokens, book, &time, kept, clocks, who_signs_in, run = o.run](const operation_call& call) -> operation_answer {
            const auto caller = operations_caller::of_call(tokens, call);
            if (!caller) return answer_failure(caller.error());
            const auto pinned = book();
            return run({tokens, *pinned, time, *caller, *kept, *clocks, who_signs_in}, call);
        });
    }
    for (const auto& o : open_operations) {
        out.emplace(o.name, [&tokens, book, &time, who_signs_in, run = o.run](const operation_call& call) -> operation_answer {
            const auto pinned = book();
            return run({tokens, *pinned, time, who_signs_in}, call);
        });
    }
    return out;
}

std::span<const std::string_view> operation_names() noexcept {
    static const auto names = [] {
        // pages.hpp, reload_desk.hpp, upgrade_desk.hpp, authorize.hpp
        constexpr std::array<std::string_view, 10> pages{"ops.health", "ops.ready", "ops.metrics", "console.page", "console.file", "console.words",
            "openapi.document", "config.reload", "process.upgrade", "oauth.authorize"};
        std::array<std::string_view, operations.size() + open_operations.size() + pages.size()> out;
        for (std::size_t i = 0; i < operations.size(); ++i) out[i] = operations[i].name;
        auto next = out.begin() + operations.size();
        for (const auto& o : open_operations) *next++ = o.name;
        std::copy(pages.begin(), pages.end(), next);
        return out;
    }();
    return names;
}

std::string_view management_openapi() noexcept { return embedded::management_files().front().text; }

}  // namespace tollgate
