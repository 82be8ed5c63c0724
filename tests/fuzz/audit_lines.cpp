// Files of audit lines, as an auditor gets them from somebody who may have changed them: a good log stays good, a changed one never is. (C-7)
#include "tollgate/audit/audit_lines.hpp"
#include "fuzz/fuzz.hpp"
#include "tollgate/codec/records.hpp"

#include <sstream>

using namespace tollgate;

namespace {

const std::string& good_log() {
    static const auto text = [] {
        const audit_key key;
        std::string out;
        audit_link before;
        for (revision r = 1; r <= 4; ++r) {
            const audit_event event{{1'780'000'000'000'000}, "operator:0", "", "unix", "token.create", "acme", "t" + std::to_string(r), "{}"};
            const auto row = key.seal(before, r, serialize(to_json(event)));
            out += serialize(audit_line("changes", row)) + '\n';
            before = row.own;
        }
        return out;
    }();
    return text;
}

bool is_good(const std::string& lines) {
    std::istringstream in(lines);
    const auto logs = verify_audit_lines(in, {}, {});
    (void)serialize(verification_view(logs));
    for (const auto& l : logs)
        if (!l.check.good()) return false;
    return !logs.empty();
}

}  // namespace

FUZZ_TARGET(audit_lines) {
    DEMAND(is_good(good_log()));
    (void)is_good(std::string(bytes));
    if (const auto head = named_head::parse(bytes)) DEMAND(named_head::parse(head->text())->head == head->head);
    if (const auto line = read_audit_line(bytes)) {
        const auto again = read_audit_line(serialize(audit_line(line->log, line->row)));
        DEMAND(again && again->row.text == line->row.text && again->row.own == line->row.own && again->row.at == line->row.at);
    }
    // One letter of a good log, changed: found, unless it is white space between the members.
    fuzz::input in(bytes);
    auto forged = good_log();
    const auto at = in.number<std::uint16_t>() % forged.size();
    const auto to = static_cast<char>('0' + in.number() % 75);
    if (forged[at] == '\n' || forged[at] == to) return;
    forged[at] = to;
    DEMAND(!is_good(forged));
}
