// openapi_reader.hpp - walking an OpenAPI document: places, problems, `$ref`. Private to rules/openapi*.cpp.
//
// Threads: one reader, one thread. Lifetime: places point into the document.
#pragma once

#include "tollgate/codec/document.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::openapi {

// The methods of a path item, in the document's spelling.
inline const std::vector<std::string_view> method_keys = {"get", "put", "post", "delete", "options", "head", "patch", "trace"};

// A node, where it stands, and the line to show: of an absent member its parent's.
struct place {
    const node* value = nullptr;
    std::string path;
    int line = 0;
    explicit operator bool() const noexcept { return value != nullptr; }
};

class reader {
 public:
    reader(const document& doc, problem_list& problems) : doc_(doc), problems_(problems) {}

    [[nodiscard]] place root() const { return {&doc_.root, "$", doc_.root.line()}; }
    [[nodiscard]] static place member(const place& of, std::string_view key);
    [[nodiscard]] static place item(const place& of, std::size_t index);
    [[nodiscard]] static std::vector<place> members(const place& of);
    [[nodiscard]] static std::vector<place> items(const place& of);

    void error(const place& at, std::string what);
    void warning(const place& at, std::string what);
    void error_elsewhere(std::string file, std::string path, std::string what);
    [[nodiscard]] bool failed() const noexcept { return failed_; }

    // What `at` stands for: itself, or the end of its chain of `$ref`s within the document. Nothing after a problem.
    std::optional<place> follow(place at);
    // The mapping `key` of `of`; nothing where it is absent or (a problem) of another kind.
    std::optional<place> mapping(const place& of, std::string_view key);
    std::optional<place> sequence(const place& of, std::string_view key);
    // A string that is not empty; anything else is a problem.
    std::optional<std::string> text(const place& at);

 private:
    std::optional<place> target(const place& reference, std::string_view pointer);

    const document& doc_;
    problem_list& problems_;
    bool failed_ = false;
};

// ", did you mean 'x'?" or nothing.
std::string suggestion(std::string_view name, const std::vector<std::string_view>& known);

}  // namespace tollgate::openapi
