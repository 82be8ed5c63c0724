// What a walk along an audit log finds wrong with it.
#include "tollgate/codec/records.hpp"
#include "tollgate/rules/audit_chain.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tollgate {
namespace {

using fault = audit_check::fault;

// The link that an `audit.cut` says the rows behind it begin with; nothing: the row is none.
std::optional<audit_link> cut_of(const audit_row& row) {
    if (row.text.find(audit_cut_action) == std::string::npos) return std::nullopt;
    const auto event = audit_event_from_json(row.text);
    const auto cut = event ? read_audit_cut(*event) : std::nullopt;
    return cut ? std::optional(cut->link) : std::nullopt;
}

}  // namespace

std::string_view to_string(fault what) noexcept {
    switch (what) {
        case fault::edited: return "edited";
        case fault::missing: return "missing";
        case fault::reordered: return "reordered";
        case fault::cut_tail: return "cut_tail";
        case fault::rewritten: return "rewritten";
        case fault::unknown_key: return "unknown_key";
        case fault::unreadable: return "unreadable";
    }
    return "unreadable";
}

audit_check::audit_check(std::vector<audit_key> keys, std::vector<audit_head> heads)
    : keys_(std::move(keys)), heads_(std::move(heads)), seen_heads_(heads_.size()) {
    std::erase_if(keys_, [](const audit_key& k) { return k.id() == 0; });
}

void audit_check::add(fault what, revision at, std::string text) {
    ++count_;
    if (findings_.size() < bounds::audit_findings) findings_.push_back({what, at, std::move(text)});
}

void audit_check::unreadable(std::string_view where, std::string_view why) {
    add(fault::unreadable, 0, fmt::format("{}: {}", where, why));
    last_was_edited_ = true;
}

// Whether the row's own link is what its key makes of it.
bool audit_check::genuine(const audit_row& row) {
    const auto same_id = [&](const audit_key& k) { return k.id() == row.key; };
    const auto key = std::find_if(keys_.begin(), keys_.end(), same_id);
    if (key == keys_.end() && row.key != 0) {
        add(fault::unknown_key, row.at, fmt::format("revision {} is linked under a key that is not at hand", row.at));
        return false;
    }
    const auto want = key == keys_.end() ? audit_key().link(row.before, row.at, row.text) : key->link(row.before, row.at, row.text);
    if (want == row.own) return true;
    ++edited_;
    add(fault::edited, row.at, fmt::format("revision {} was edited: its link does not fit what it says", row.at));
    return false;
}

void audit_check::begin(const audit_row& row) {
    first_at_ = row.at;
    anchor_ = row.before;
}

// Where a genuine row stands among those before it.
void audit_check::place(const audit_row& row) {
    if (row.before == last_) return;
    if (std::find(recent_.begin(), recent_.end(), row.before) != recent_.end()) {
        if (row.at > highest_) ++forks_;
        return;
    }
    if (last_was_edited_) return;  // said already
    if (findings_.size() < bounds::audit_findings) gaps_.emplace(row.before, findings_.size());
    add(fault::missing, row.at, fmt::format("between revisions {} and {} something is missing", last_at_, row.at));
}

void audit_check::remember(const audit_row& row) {
    if (recent_.size() < bounds::audit_recent_links) recent_.push_back(row.own);
    else recent_[recent_next_++ % bounds::audit_recent_links] = row.own;
    for (std::size_t i = 0; i < heads_.size(); ++i) {
        if (heads_[i].at != row.at) continue;
        (heads_[i].link == row.own ? seen_heads_[i].same : seen_heads_[i].other) = true;
    }
}

void audit_check::look_for_cut(const audit_row& row) {
    if (!anchor_.is_set() || anchor_allowed_ || (row.key == 0 && !keys_.empty())) return;
    const auto cut = cut_of(row);
    if (cut && *cut == anchor_) anchor_allowed_ = true;
}

void audit_check::next(const audit_row& row) {
    ++rows_;
    if (row.key == 0) ++keyless_;
    const bool good = genuine(row);
    if (rows_ == 1) begin(row);
    else if (good && row.at > highest_) place(row);
    if (rows_ > 1 && row.at <= highest_) {
        const auto gap = gaps_.find(row.own);
        auto text = fmt::format("revision {} stands behind revision {}", row.at, highest_);
        if (gap == gaps_.end()) add(fault::reordered, row.at, std::move(text));
        else findings_[gap->second] = {fault::reordered, row.at, std::move(text)};
        if (gap != gaps_.end()) gaps_.erase(gap);
        remember(row);
        return;
    }
    if (good) look_for_cut(row);
    remember(row);
    last_ = row.own;
    last_at_ = highest_ = row.at;
    last_was_edited_ = !good;
    last_has_key_ = row.key != 0;
}

void audit_check::finish_head(const audit_head& wanted, bool must_be_last) {
    if (must_be_last && wanted == last()) return;
    if (rows_ == 0 || highest_ < wanted.at) {
        add(fault::cut_tail, wanted.at,
            fmt::format("the log ends with revision {}, and its head was at {}: its tail is cut off", highest_, wanted.at));
        return;
    }
    if (must_be_last) add(fault::rewritten, wanted.at, fmt::format("the log does not end in its head at revision {}", wanted.at));
}

void audit_check::finish_keys() {
    if (rows_ > 1 && edited_ == rows_) {
        findings_.clear();
        count_ = 0;
        add(fault::rewritten, 0, "no row bears the mark of its key: the whole log was rewritten, or the key is another one");
    } else if (rows_ != 0 && !keys_.empty() && !last_has_key_) {
        add(fault::rewritten, last_at_, "the newest rows are not linked under the secret key: they may be anybody's");
    }
}

void audit_check::finish(const std::optional<audit_head>& end) {
    finish_keys();
    if (anchor_.is_set() && !anchor_allowed_)
        add(fault::missing, first_at_, fmt::format("rows before revision {} are missing, and no cut of the log says so", first_at_));
    if (end) finish_head(*end, true);
    for (std::size_t i = 0; i < heads_.size(); ++i) {
        const auto& wanted = heads_[i];
        if (seen_heads_[i].same) continue;
        if (highest_ < wanted.at || rows_ == 0) finish_head(wanted, false);
        else if (wanted.at < first_at_) add(fault::missing, wanted.at, fmt::format("the head's revision {} is from before the first row", wanted.at));
        else if (seen_heads_[i].other)
            add(fault::rewritten, wanted.at, fmt::format("revision {} has another link than the head: the log was rewritten", wanted.at));
        else add(fault::missing, wanted.at, fmt::format("the head's revision {} is not in the log", wanted.at));
    }
}

}  // namespace tollgate
