// options.hpp - `--name value` pairs of a command line, for the load programs only.
// Errors: an unknown name, or a number that is none, ends the program with exit code 2.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate {

class options {
 public:
    // `known`: the names that may come, without the dashes.
    options(int argc, char** argv, const std::vector<std::string>& known);

    [[nodiscard]] std::string text(std::string_view name, std::string_view fallback) const;
    [[nodiscard]] double number(std::string_view name, double fallback) const;
    [[nodiscard]] std::uint64_t count(std::string_view name, std::uint64_t fallback) const;
    // Every value that was given for `name`.
    [[nodiscard]] const std::vector<std::string>& all(std::string_view name) const;

 private:
    std::map<std::string, std::vector<std::string>, std::less<>> given_;
};

}  // namespace tollgate
