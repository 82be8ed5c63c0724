// The clock: what it says, and that it is right after all. (T-8)
#include "control/management_answers.hpp"
#include "control/operations.hpp"

#include "tollgate/codec/records.hpp"

namespace tollgate {
namespace {

json::object clock_object(const clock_view& c) { return {{"system", rfc3339(c.system)}, {"now", rfc3339(c.now)}, {"settled", rfc3339(c.settled)}}; }

clock_view look(const operation_context& with) {
    if (with.desk.look) return with.desk.look();
    const auto now = with.time.now();
    return {now, now, now};
}

}  // namespace

operation_answer show_clock_operation(const operation_context& with, const operation_call&) { return answer_json(200, clock_object(look(with))); }

// The event comes first, and bears the time before: that what has ended works again must not go unnoticed.
operation_answer accept_clock_operation(const operation_context& with, const operation_call&) {
    if (!with.caller.who().actor.starts_with("operator:"))
        return answer_problem(403, "Not allowed", "the clock is set right by the operator alone, over the socket");
    const auto before = look(with);
    const auto& who = with.caller.who();
    const json::object details{{"before", rfc3339(before.now)}, {"after", rfc3339(before.system)}};
    const auto told = with.tokens.note({before.now, who.actor, {}, who.from, "clock.accept", {}, {}, serialize(details)});
    if (!told) return answer_failure(told.error());
    if (with.desk.accept) with.desk.accept();
    return answer_json(200, clock_object(look(with)));
}

}  // namespace tollgate
