// document.hpp - YAML or JSON text -> a tree whose every node knows its line: configuration, contracts, OpenAPI documents.
//
// Not for request bodies or records (codec/json.hpp): this is slower, and keeps positions for people.
// Numbers, true, false and null are told from strings as YAML 1.2's core schema (and so JSON) does; quoted scalars are
// strings. Duplicate keys in one mapping are a problem. Anchors, aliases and merge keys (`<<`) work.
// Text that begins with '{' or '[' is read by a strict JSON reader first, which is much quicker; unless the file is named
// *.json, YAML in flow style is accepted all the same.
// Threads: immutable after parse.
// Bounds: bounds::document_bytes, document_depth; four million nodes, of them one million by aliases.
// Errors: as `problem`s with line and JSON path (RFC 9535 notation). A document with a problem of syntax is not returned.
#pragma once

#include "tollgate/base/error.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate {

struct problem {
    enum class level : std::uint8_t { error, warning } severity = level::error;
    std::string file;
    int line = 0;        // from 1; 0: the whole file
    std::string where;   // JSON path: $.paths['/a'].get.security[0]
    std::string what;    // what is wrong and what to write instead
    [[nodiscard]] std::string text() const;  // file:line: error: what (at where)
};

class problem_list {
 public:
    void add(problem p) { items_.push_back(std::move(p)); }
    [[nodiscard]] const std::vector<problem>& items() const noexcept { return items_; }
    [[nodiscard]] bool has_errors() const noexcept;

 private:
    std::vector<problem> items_;
};

class node {
 public:
    enum class kind : std::uint8_t { null, boolean, integer, real, string, sequence, mapping };
    using member = std::pair<std::string, node>;

    [[nodiscard]] kind what() const noexcept { return kind_; }
    // Where it begins, from 1; of a mapping or sequence under a key, where the key stands. 0: built by a program.
    [[nodiscard]] int line() const noexcept { return line_; }
    [[nodiscard]] bool is_mapping() const noexcept { return kind_ == kind::mapping; }
    [[nodiscard]] bool is_sequence() const noexcept { return kind_ == kind::sequence; }
    [[nodiscard]] bool is_string() const noexcept { return kind_ == kind::string; }
    [[nodiscard]] bool is_scalar() const noexcept { return kind_ < kind::sequence && kind_ != kind::null; }

    // The scalar as it was written (unquoted). Empty for sequences and mappings.
    [[nodiscard]] const std::string& text() const noexcept { return text_; }
    [[nodiscard]] std::optional<bool> as_bool() const noexcept;
    [[nodiscard]] std::optional<std::int64_t> as_integer() const noexcept;
    [[nodiscard]] std::optional<double> as_real() const noexcept;

    // Members in the document's order; nullptr: no such key, or not a mapping.
    [[nodiscard]] const node* find(std::string_view key) const noexcept;
    [[nodiscard]] const std::vector<member>& members() const noexcept;
    [[nodiscard]] const std::vector<node>& items() const noexcept;

    // Building (parser, publish_openapi, tests).
    static node make_null(int line = 0);
    static node make_bool(bool v, int line = 0);
    static node make_string(std::string v, int line = 0);
    static node make_number(std::string text, bool integer, int line = 0);
    static node make_sequence(int line = 0);
    static node make_mapping(int line = 0);
    void push(node item);
    void set(std::string key, node value);  // replaces an equal key
    void append(std::string key, node value);  // does not look for an equal key

    // Compact JSON. Numbers that JSON cannot write so (0x1F, .5) are rewritten; infinities become strings.
    [[nodiscard]] std::string to_json() const;

 private:
    kind kind_ = kind::null;
    int line_ = 0;
    std::string text_;
    std::vector<member> members_;  // mapping
    std::vector<node> items_;      // sequence
};

struct document {
    std::string file;  // as shown in problems
    node root;
};

// Parses `text`; problems (syntax, duplicate keys, depth, size) are added with their line. An empty text is a null root.
std::optional<document> parse_document(std::string file, std::string_view text, problem_list& problems);
// Reads the file first. A file that cannot be read is a problem too.
std::optional<document> load_document(const std::string& file, problem_list& problems);

// "did you mean" - the nearest of `known` to `name`, or empty when none is near. `within`: most edits (letters added, left
// out, changed, or swapped with their neighbour); 0: a third of the name's length, at most 3.
std::string nearest(std::string_view name, const std::vector<std::string_view>& known, std::size_t within = 0);

// `$.a['/b'].c[0]`: appends one step to a JSON path.
std::string path_member(std::string_view base, std::string_view key);
std::string path_item(std::string_view base, std::size_t index);

}  // namespace tollgate
