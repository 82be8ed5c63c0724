#include "tollgate/audit/audit_lines.hpp"

#include "tollgate/audit/audit_log.hpp"
#include "tollgate/codec/records.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tollgate {
namespace {

failure not_a_line(std::string_view why) { return {errc::corrupt, fmt::format("not a line of an audit log: {}", why)}; }

// An object instead of a text that is exactly the text of one.
void open_details(json::object& event) {
    auto* details = event.if_contains("details");
    if (details == nullptr || !details->is_string()) return;
    boost::system::error_code failed;
    auto value = json::parse(std::string_view(details->get_string()), failed);
    if (!failed && value.is_object() && json::serialize(value) == std::string_view(details->get_string())) *details = std::move(value);
}

bool take_link(json::object& o, std::string_view name, audit_link& out) {
    const auto* text = o.if_contains(name);
    const auto read = text != nullptr && text->is_string() ? audit_link::parse(std::string_view(text->get_string())) : std::nullopt;
    if (!read || read->text() != std::string_view(text->get_string())) return false;  // upper-case digits are not ours
    out = *read;
    return true;
}

template <class T>
bool take_number(json::object& o, std::string_view name, T& out) {
    const auto* number = o.if_contains(name);
    boost::system::error_code failed;
    if (number == nullptr || !number->is_number()) return false;
    out = number->to_number<T>(failed);
    return !failed;
}

std::vector<audit_key> keys_of(const std::vector<audit_log_key>& keys, const std::string& log) {
    std::vector<audit_key> out;
    for (const auto& k : keys)
        if (k.log == log) out.push_back(k.key);
    return out;
}

audit_check& check_of(
    std::vector<checked_log>& logs, const std::string& name, const std::vector<audit_log_key>& keys, const std::vector<named_head>& heads) {
    const auto same = [&](const checked_log& l) { return l.name == name; };
    const auto found = std::find_if(logs.begin(), logs.end(), same);
    if (found != logs.end()) return found->check;
    logs.push_back({name, audit_check(keys_of(keys, name), heads_of(heads, name))});
    return logs.back().check;
}

json::object finding_view(const audit_check::finding& f) {
    json::object out{{"fault", to_string(f.what)}, {"revision", nullptr}, {"text", f.text}};
    if (f.at != 0) out["revision"] = f.at;
    return out;
}

}  // namespace

json::object audit_line(std::string_view log, const audit_row& row) {
    json::object out{{"log", log}, {"revision", row.at}};
    boost::system::error_code failed;
    auto event = json::parse(row.text, failed);
    if (!failed && event.is_object()) {
        open_details(event.get_object());
        for (auto& member : event.get_object()) out.emplace(member.key(), std::move(member.value()));
    }
    out["key"] = row.key;
    out["before"] = row.before.text();
    out["link"] = row.own.text();
    return out;
}

result<audit_line_row> read_audit_line(std::string_view line) {
    boost::system::error_code failed;
    auto value = json::parse(line, failed);
    if (failed || !value.is_object()) return not_a_line("no JSON object");
    if (json::serialize(value) != line) return not_a_line("it was written otherwise");
    auto& o = value.get_object();
    audit_line_row out;
    const auto* log = o.if_contains("log");
    if (log == nullptr || !log->is_string() || !take_number(o, "revision", out.row.at) || !take_number(o, "key", out.row.key) ||
        !take_link(o, "before", out.row.before) || !take_link(o, "link", out.row.own))
        return not_a_line("log, revision, key, before or link is not there");
    out.log = std::string_view(log->get_string());
    json::object event;
    for (auto& member : o) {
        const std::string_view name = member.key();
        if (name == "log" || name == "revision" || name == "key" || name == "before" || name == "link") continue;
        if (name == "details" && member.value().is_object()) event.emplace(name, json::serialize(member.value()));
        else event.emplace(name, member.value());
    }
    out.row.text = serialize(event);
    return out;
}

std::optional<named_head> named_head::parse(std::string_view text) {
    named_head out{std::string(changes_log_name), {}};
    if (const auto colon = text.find(':'); colon != std::string_view::npos && text.find(':', colon + 1) != std::string_view::npos) {
        out.log = text.substr(0, colon);
        text.remove_prefix(colon + 1);
    }
    const auto head = audit_head::parse(text);
    if (!head) return std::nullopt;
    out.head = *head;
    return out;
}

std::string named_head::text() const { return log == changes_log_name ? head.text() : log + ":" + head.text(); }

std::vector<audit_head> heads_of(const std::vector<named_head>& heads, std::string_view log) {
    std::vector<audit_head> out;
    for (const auto& h : heads)
        if (h.log == log) out.push_back(h.head);
    return out;
}

std::vector<checked_log> verify_audit_lines(std::istream& in, const std::vector<audit_log_key>& keys, const std::vector<named_head>& heads) {
    std::vector<checked_log> logs;
    std::string log(changes_log_name);  // of the line before: whose a line is that cannot be read
    check_of(logs, log, keys, heads);
    for (const auto& h : heads) check_of(logs, h.log, keys, heads);
    std::string line;
    for (std::size_t number = 1; std::getline(in, line); ++number) {
        auto read = read_audit_line(line);
        if (read) log = read->log;
        auto& check = check_of(logs, log, keys, heads);
        if (read) check.next(read->row);
        else check.unreadable(fmt::format("line {}", number), read.error().what);
    }
    for (auto& l : logs) l.check.finish();
    return logs;
}

json::object verification_view(const std::vector<checked_log>& logs) {
    json::array out;
    bool good = true;
    for (const auto& [name, check] : logs) {
        good = good && check.good();
        json::array findings;
        for (const auto& f : check.findings()) findings.push_back(finding_view(f));
        json::value head = nullptr;
        if (check.rows() != 0) head = named_head{name, check.last()}.text();
        out.push_back(json::object{{"log", name}, {"rows", check.rows()}, {"keyless_rows", check.keyless_rows()}, {"forks", check.forks()},
            {"head", std::move(head)}, {"findings_total", check.count()}, {"findings", std::move(findings)}});
    }
    return {{"good", good}, {"logs", std::move(out)}};
}

}  // namespace tollgate
