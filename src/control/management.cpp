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
    named_operation{"tokens.revoke", revoke_token_operation},
    named_operation{"tokens.verify", verify_token_operation},
    named_operation{"apis.list", list_apis_operation},
    named_operation{"apis.routes", list_routes_operation},
    named_operation{"apis.scopes", list_scopes_operation},
    named_operation{"audit.list", list_audit_operation},
};

}  // namespace

operation_table make_operations(registry& tokens, rulebook_source book, const clock& time) {
    operation_table out;
    for (const auto& o : operations) {
        out.emplace(o.name, [&tokens, book, &time, run = o.run](const operation_call& call) -> operation_answer {
            const auto caller = operations_caller::of_call(tokens, call);
            if (!caller) return answer_failure(caller.error());
            const auto pinned = book();
            return run({tokens, *pinned, time, *caller}, call);
        });
    }
    return out;
}

std::span<const std::string_view> operation_names() noexcept {
    static const auto names = [] {
        constexpr std::array<std::string_view, 5> pages{"ops.health", "ops.ready", "ops.metrics", "ops.page", "openapi.document"};  // pages.hpp
        std::array<std::string_view, operations.size() + pages.size()> out;
        for (std::size_t i = 0; i < operations.size(); ++i) out[i] = operations[i].name;
        std::copy(pages.begin(), pages.end(), out.begin() + operations.size());
        return out;
    }();
    return names;
}

std::string_view management_openapi() noexcept { return embedded::management_files().front().text; }

}  // namespace tollgate
