// management_input.hpp - what a caller of the management API sent -> typed values, or one problem a field.
//
// Unknown names are refused, with the nearest known one: a filter or a limit that was misspelt must not be ignored.
// Threads: values of one call.
#pragma once

#include "tollgate/codec/json.hpp"
#include "tollgate/registry/registry.hpp"
#include "tollgate/rules/operation.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tollgate {

using field_problems = std::vector<field_problem>;

// A JSON object as a request's body.
class body_fields {
 public:
    // The body, or the answer that refuses it (400, 415).
    static std::variant<body_fields, operation_answer> read(const operation_call& call);
    // The same, for operations that have a body or none.
    static std::variant<body_fields, operation_answer> read_if_any(const operation_call& call);

    // Empty where it is absent; a problem where it is no text.
    std::string text(std::string_view name, field_problems& problems);
    std::vector<std::string> texts(std::string_view name, field_problems& problems);
    // Nothing where it is absent; as text() or texts() where it is there, null being empty.
    std::optional<std::string> given_text(std::string_view name, field_problems& problems);
    std::optional<std::vector<std::string>> given_texts(std::string_view name, field_problems& problems);
    // False where it is absent.
    bool flag(std::string_view name, field_problems& problems);
    std::optional<std::size_t> count(std::string_view name, field_problems& problems);
    // After the last field was asked for: what is left is unknown.
    void refuse_others(field_problems& problems) const;
    [[nodiscard]] bool has(std::string_view name) const { return fields_.contains(name); }

 private:
    explicit body_fields(json::object fields) : fields_(std::move(fields)) {}
    json::object fields_;
    std::vector<std::string_view> known_;
};

// The query's parameters. A name that stands twice, a broken escape and a name that is not `known` are problems.
std::map<std::string, std::string> read_query(std::string_view query, const std::vector<std::string_view>& known, field_problems& problems);

// A time as RFC 3339 writes it, or a duration from `now` on ("14d"). Nothing, and a problem, where it is neither.
std::optional<timestamp> read_time(std::string_view field, std::string_view text, timestamp now, field_problems& problems);

// `limit` of a listing, 1 to bounds::page_rows.
std::size_t read_limit(const std::map<std::string, std::string>& query, field_problems& problems);

// The revision of If-Match: none where it is absent or `*`. False: it cannot be read.
bool read_if_match(const operation_call& call, std::optional<std::uint64_t>& out);

}  // namespace tollgate
