#include "tollgate/control/activity.hpp"

namespace tollgate {

audit_log changes_log(registry& tokens, audit_key links) {
    return {std::string(changes_log_name),
        [&tokens](revision from, bool back, const std::function<bool(audit_row)>& row) { return tokens.audit_scan(from, back, row); },
        [&tokens] { return tokens.audit_end(); }, [&tokens](audit_event e) { return tokens.note(std::move(e)); }, links};
}

}  // namespace tollgate
