// config_table.hpp - every configuration key once: name, default, meaning, and where its value goes.
//
// Feeds the parser and its suggestions (config.cpp) and the sample file (config_sample.cpp). A key without a reader is
// known but not enforced by this build: naming it is an error, and `doc` says what to do instead.
// Threads: the tables are constant.
#pragma once

#include "app/config_values.hpp"

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>

namespace tollgate {

struct config_section;

struct config_key {
    using reader = void (*)(config_place& at, const config_key& key, const node& value, void* into);

    std::string_view name;
    std::string_view fallback;  // the default as YAML; empty: there is none
    std::string_view doc;
    reader read = nullptr;      // nullptr: not enforced by this build
    value_range range{};
    std::string_view example{};              // shown in the sample where there is no default
    const config_section* section = nullptr; // of a mapping, and of the items of a sequence
    bool items = false;                      // a sequence of `section`
    bool required = false;
    bool optional = false;  // a section that is not there unless it is written
};

struct config_section {
    std::string_view name;
    std::span<const config_key> keys;
};

// The whole file.
const config_section& config_root() noexcept;

// Reads `value`, a mapping with the keys of `section`, into the struct `into` that the section's readers expect.
void read_section(config_place& at, const config_section& section, const node& value, void* into);

}  // namespace tollgate
