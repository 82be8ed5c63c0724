// The audit log's part of apply: each event becomes a row that is linked to the one before, and an `audit.cut` takes rows away.
#include "apply.hpp"
#include "keys.hpp"

#include "tollgate/codec/records.hpp"

namespace tollgate {

void token_applier::write_audit(revision r, const audit_event& event, write_batch& batch) {
    const auto row = links_.seal(head_.link, r, json_text(event));
    batch.put(families::audit, audit_row_key(r), encode_audit_row(row));
    head_ = {r, row.own};
    const auto cut = read_audit_cut(event);
    if (cut && cut->at < r) batch.erase_range(families::audit, audit_row_key(0), audit_row_key(cut->at + 1));
}

// The head goes into the batch of its rows: what the log ends in is known without reading it, and a row cannot be there without it.
void token_applier::close_group(write_batch& batch) {
    if (head_ != end_) batch.put(families::facts, audit_head_key, encode_audit_head(head_));
    if (last_user_ == last_user_end_) return;
    std::string value;
    append_number(value, last_user_);
    batch.put(families::facts, last_user_key, value);
}

}  // namespace tollgate
