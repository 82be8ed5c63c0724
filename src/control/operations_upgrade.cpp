#include "control/management_answers.hpp"
#include "tollgate/control/upgrade_desk.hpp"

#include <utility>

namespace tollgate {

void add_upgrade(operation_table& table, registry& tokens, const clock& time, std::function<result<upgrade_outcome>()> hand_over) {
    table["process.upgrade"] = [&tokens, &time, hand_over = std::move(hand_over)](const operation_call& call) {
        if (!call.actor.starts_with("operator:"))
            return answer_problem(403, "Not allowed", "the gateway is upgraded by the operator alone, over the socket");
        const auto told = tokens.note({time.now(), call.actor, {}, call.from, "process.upgrade", {}, {}, serialize(json::object{})});
        if (!told) return answer_failure(told.error());
        const auto done = hand_over();
        if (!done) return answer_failure(done.error());
        return answer_json(200, {{"process", done->process}, {"in_force", done->in_force}});
    };
}

}  // namespace tollgate
