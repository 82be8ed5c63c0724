// openapi_template.hpp - a path template, taken apart: `/v1/{id}.json` -> segments of literal text and parameters.
//
// Literals are percent-decoded here, once, so that matching compares bytes. Private to the route table.
#pragma once

#include "tollgate/base/error.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tollgate {

struct template_segment {
    std::vector<std::string> literals;    // around the parameters: always one more than those; decoded
    std::vector<std::string> parameters;  // names
    [[nodiscard]] bool is_literal() const noexcept { return parameters.empty(); }
    [[nodiscard]] bool same_shape(const template_segment& other) const { return literals == other.literals; }
    [[nodiscard]] std::size_t literal_bytes() const noexcept;
};

// Errors: invalid, with what to write instead.
result<std::vector<template_segment>> parse_template(std::string_view path);

}  // namespace tollgate
