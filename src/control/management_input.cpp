#include "control/management_input.hpp"

#include "control/management_answers.hpp"
#include "tollgate/base/bounds.hpp"
#include "tollgate/codec/document.hpp"
#include "tollgate/codec/path.hpp"
#include "tollgate/codec/records.hpp"
#include "tollgate/codec/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace tollgate {
namespace {

const std::string* find_header(const operation_call& call, std::string_view name) {
    const auto found = std::ranges::find(call.headers, name, [](const auto& h) { return std::string_view(h.first); });
    return found == call.headers.end() ? nullptr : &found->second;
}

bool is_json(const operation_call& call) {
    const auto* type = find_header(call, "content-type");
    if (type == nullptr) return false;
    auto media = std::string_view(*type).substr(0, type->find(';'));
    while (media.ends_with(' ') || media.ends_with('\t')) media.remove_suffix(1);
    return equal_ignoring_case(media, "application/json");
}

std::string unknown_field(std::string_view name, const std::vector<std::string_view>& known) {
    const auto near = nearest(name, known);
    return near.empty() ? fmt::format("not known here; known are {}", fmt::join(known, ", ")) : fmt::format("not known here: did you mean {}?", near);
}

template <class T>
bool read_number(std::string_view text, T& out) noexcept {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    return error == std::errc{} && end == text.data() + text.size();
}

}  // namespace

std::variant<body_fields, operation_answer> body_fields::read(const operation_call& call) {
    if (!is_json(call)) return answer_problem(415, "The body is not JSON", "send Content-Type: application/json");
    boost::system::error_code error;
    auto value = json::parse(call.body, error);
    if (error || !value.is_object()) return answer_problem(400, "The body is not a JSON object");
    return body_fields(std::move(value.get_object()));
}

std::variant<body_fields, operation_answer> body_fields::read_if_any(const operation_call& call) {
    return call.body.empty() ? std::variant<body_fields, operation_answer>(body_fields(json::object())) : read(call);
}

std::optional<std::string> body_fields::given_text(std::string_view name, field_problems& problems) {
    const bool given = has(name);
    auto value = text(name, problems);
    return given ? std::optional(std::move(value)) : std::nullopt;
}

std::optional<std::vector<std::string>> body_fields::given_texts(std::string_view name, field_problems& problems) {
    const bool given = has(name);
    auto values = texts(name, problems);
    return given ? std::optional(std::move(values)) : std::nullopt;
}

bool body_fields::flag(std::string_view name, field_problems& problems) {
    known_.push_back(name);
    const auto* value = fields_.if_contains(name);
    if (value == nullptr) return false;
    if (!value->is_bool()) problems.push_back({std::string(name), "must be true or false"});
    return value->is_bool() && value->get_bool();
}

std::optional<std::size_t> body_fields::count(std::string_view name, field_problems& problems) {
    known_.push_back(name);
    const auto* value = fields_.if_contains(name);
    if (value == nullptr || value->is_null()) return std::nullopt;
    boost::system::error_code error;
    const auto number = value->to_number<std::size_t>(error);
    if (!error) return number;
    problems.push_back({std::string(name), "must be a whole number"});
    return std::nullopt;
}

std::string body_fields::text(std::string_view name, field_problems& problems) {
    known_.push_back(name);
    const auto* value = fields_.if_contains(name);
    if (value == nullptr || value->is_null()) return {};
    if (value->is_string()) return std::string(value->get_string());
    problems.push_back({std::string(name), "must be a text"});
    return {};
}

std::vector<std::string> body_fields::texts(std::string_view name, field_problems& problems) {
    known_.push_back(name);
    std::vector<std::string> out;
    const auto* value = fields_.if_contains(name);
    if (value == nullptr || value->is_null()) return out;
    if (!value->is_array()) {
        problems.push_back({std::string(name), "must be a list of texts"});
        return out;
    }
    for (std::size_t i = 0; i < value->get_array().size(); ++i) {
        const auto& item = value->get_array()[i];
        if (item.is_string()) out.emplace_back(item.get_string());
        else problems.push_back({fmt::format("{}[{}]", name, i), "must be a text"});
    }
    return out;
}

void body_fields::refuse_others(field_problems& problems) const {
    for (const auto& field : fields_) {
        const std::string_view name = field.key();
        if (std::ranges::find(known_, name) == known_.end()) problems.push_back({std::string(name), unknown_field(name, known_)});
    }
}

std::map<std::string, std::string> read_query(std::string_view query, const std::vector<std::string_view>& known, field_problems& problems) {
    std::map<std::string, std::string> out;
    while (!query.empty()) {
        const auto pair = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(query.size(), pair.size() + 1));
        if (pair.empty()) continue;
        const auto equals = pair.find('=');
        std::string name, value;
        const auto raw = equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1);
        if (!percent_decode(pair.substr(0, equals), true, name) || !percent_decode(raw, true, value)) {
            problems.push_back({std::string(pair.substr(0, equals)), "has a broken percent escape"});
        } else if (std::ranges::find(known, name) == known.end()) {
            problems.push_back({name, unknown_field(name, known)});
        } else if (!out.emplace(name, std::move(value)).second) {
            problems.push_back({name, "stands twice"});
        }
    }
    return out;
}

std::optional<timestamp> read_time(std::string_view field, std::string_view text, timestamp now, field_problems& problems) {
    if (const auto at = parse_rfc3339(text)) return *at;
    if (const auto in = parse_duration(text); in && !in->never) {
        const lifetime life{in->months, in->exact};
        return life.end_of(now).value_or(now);
    }
    problems.push_back({std::string(field), "must be a time like 2027-01-31T00:00:00Z, or how long from now, like 14d"});
    return std::nullopt;
}

std::size_t read_limit(const std::map<std::string, std::string>& query, field_problems& problems) {
    const auto found = query.find("limit");
    if (found == query.end()) return bounds::page_rows;
    std::size_t limit = 0;
    if (read_number(found->second, limit) && limit >= 1 && limit <= bounds::page_rows) return limit;
    problems.push_back({"limit", fmt::format("must be 1 to {}", bounds::page_rows)});
    return bounds::page_rows;
}

bool read_if_match(const operation_call& call, std::optional<std::uint64_t>& out) {
    const auto* header = find_header(call, "if-match");
    if (header == nullptr || *header == "*") return true;
    const std::string_view text = *header;
    if (text.size() < 3 || text.front() != '"' || text.back() != '"') return false;
    std::uint64_t number = 0;
    if (!read_number(text.substr(1, text.size() - 2), number)) return false;
    out = number;
    return true;
}

}  // namespace tollgate
