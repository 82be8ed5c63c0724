// document_readers.hpp - the two readers behind parse_document, and what they share. Private to codec/document*.cpp.
#pragma once

#include "tollgate/codec/document.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::document_readers {

inline constexpr std::size_t node_limit = 4'000'000;
inline constexpr std::size_t alias_node_limit = 1'000'000;

// Strict JSON (RFC 8259). Nothing on a problem of syntax; duplicate keys are problems, but the tree is returned.
std::optional<node> read_json(const std::string& file, std::string_view text, problem_list& problems);

// YAML 1.2, one document.
std::optional<node> read_yaml(const std::string& file, std::string_view text, problem_list& problems);

// A plain scalar by the core schema.
node plain_scalar(std::string text, int line);

bool is_json_number(std::string_view text, bool& integer) noexcept;

// Indexes of members whose key an earlier member has already, each with the index of that first one.
std::vector<std::pair<std::size_t, std::size_t>> repeated_keys(const std::vector<node::member>& members);

// "key 'a' stands twice …".
std::string repeated_key_text(std::string_view key, int first_line);

}  // namespace tollgate::document_readers
