// audit_lines.hpp - rows of an audit log as JSON lines, for people, log collectors and an offline check. (C-7)
//
// One object a line: `log` and `revision`, the event's members with `details` (what was, what became) as an object, then
// `key`, `before` and `link`, which tie the line to the one before it. A line leads back to exactly the row that it was made
// of, so that a file of lines can be verified like the log itself.
// Threads: functions. Errors: corrupt (a line that no row gives).
#pragma once

#include "tollgate/base/error.hpp"
#include "tollgate/codec/json.hpp"
#include "tollgate/rules/audit_chain.hpp"

#include <istream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate {

json::object audit_line(std::string_view log, const audit_row& row);

struct audit_line_row {
    std::string log;
    audit_row row;
};
result<audit_line_row> read_audit_line(std::string_view line);

// A head of one of the logs: "REV:HEX" is of `changes`, "denials:REV:HEX" of the other.
struct named_head {
    std::string log;
    audit_head head;
    static std::optional<named_head> parse(std::string_view text);
    [[nodiscard]] std::string text() const;
};
std::vector<audit_head> heads_of(const std::vector<named_head>& heads, std::string_view log);

// A file of lines, of several logs at once, each in its order. One check a log, by name; `keys` likewise.
struct checked_log {
    std::string name;
    audit_check check;
};
struct audit_log_key {
    std::string log;
    audit_key key;
};
std::vector<checked_log> verify_audit_lines(std::istream& in, const std::vector<audit_log_key>& keys, const std::vector<named_head>& heads);

// {good, logs: [{log, rows, keyless_rows, forks, head, findings_total, findings: [{fault, revision, text}]}]}
json::object verification_view(const std::vector<checked_log>& logs);

}  // namespace tollgate
