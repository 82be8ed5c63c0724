// config_values.hpp - single configuration values: text of a node -> typed value, or a problem that says what to write.
//
// Not for the shape of the file (config_table.hpp) and not for what needs other files (build_rulebook).
// Each reader leaves `out` alone when it reports a problem.
// Threads: functions.
#pragma once

#include "tollgate/app/config.hpp"
#include "tollgate/codec/document.hpp"

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate {

// Where in the file the reader stands, and where its problems go.
class config_place {
 public:
    config_place(std::string file, problem_list& problems);

    void error(const node& at, std::string what);
    void warn(const node& at, std::string what);
    // `path`, joined to the file's directory unless it is absolute.
    [[nodiscard]] std::string beside_file(std::string_view path) const;

    // Steps down for as long as it lives.
    class step {
     public:
        step(config_place& place, std::string_view key) : place_(place), before_(place.where_) { place.where_ = path_member(place.where_, key); }
        step(config_place& place, std::size_t item) : place_(place), before_(place.where_) { place.where_ = path_item(place.where_, item); }
        ~step() { place_.where_ = std::move(before_); }
        step(const step&) = delete;
        step& operator=(const step&) = delete;

     private:
        config_place& place_;
        std::string before_;
    };

 private:
    std::string file_;
    std::string where_ = "$";
    problem_list& problems_;
};

// In the unit of the value: bytes, a count, milliseconds.
struct value_range {
    std::int64_t least = 0;
    std::int64_t most = std::numeric_limits<std::int64_t>::max();
};

std::optional<std::string> read_text(config_place& at, const node& value);
std::optional<bool> read_bool(config_place& at, const node& value);
std::optional<std::int64_t> read_count(config_place& at, const node& value, value_range range);
std::optional<std::uint64_t> read_size(config_place& at, const node& value, value_range range);
// `never` is zero, where the range begins there.
std::optional<std::chrono::milliseconds> read_duration(config_place& at, const node& value, value_range range);
// Index of the text in `choices`.
std::optional<std::size_t> read_choice(config_place& at, const node& value, const std::vector<std::string_view>& choices);
// Where a secret is: "file:<path>", joined to the file's directory, "env:<name>" or "credential:<name>".
std::optional<std::string> read_secret_source(config_place& at, const node& value);
// Where a PEM text is: a path, joined to the file's directory, "file:<path>" or "credential:<name>".
std::optional<std::string> read_pem_source(config_place& at, const node& value);
// A sequence of scalars; a single scalar counts as one item.
std::optional<std::vector<const node*>> read_scalars(config_place& at, const node& value);

// "http://10.0.0.1:9000", "https://billing.internal"; no path.
std::optional<server_address> read_server(config_place& at, const node& value);
// Lower-case host without port, or "*".
std::optional<std::string> read_host(config_place& at, const std::string& text, const node& value);
// "https://app.example"; lower-case. "*" stands for itself.
std::optional<std::string> read_origin(config_place& at, const node& value);

}  // namespace tollgate
