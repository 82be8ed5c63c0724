// contract_reader.hpp - reading a contract's nodes: types, known keys, and problems with their place.
//
// Every function reports what is wrong and goes on, so that all problems of a file come out at once. A null value is an
// absent one.
// Threads: one reader, one thread.
#pragma once

#include "tollgate/codec/document.hpp"
#include "tollgate/rules/contract.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate {

// A node and its JSON path.
struct place {
    const node* at = nullptr;
    std::string path;
    explicit operator bool() const noexcept { return at != nullptr && at->what() != node::kind::null; }
};

class contract_reader {
 public:
    contract_reader(std::string file, problem_list& problems) : file_(std::move(file)), problems_(problems) {}

    void error(const place& where, std::string what);
    void warning(const place& where, std::string what);
    [[nodiscard]] std::size_t errors() const noexcept { return errors_; }

    // `key` of a mapping; false where it is absent or null.
    [[nodiscard]] static place member(const place& of, std::string_view key);
    // The parts of a sequence or mapping.
    [[nodiscard]] static std::vector<place> items(const place& of);

    // Whether `at` is a mapping; every key outside `known` and `later` (known, but not enforced yet) is an error.
    bool mapping(const place& at, const std::vector<std::string_view>& known, const std::vector<std::string_view>& later = {});
    bool sequence(const place& at);
    // A string that is not empty.
    std::optional<std::string> text(const place& at);
    std::optional<bool> boolean(const place& at);
    std::vector<std::string> texts(const place& at);
    // One of `choices`, as its index.
    std::optional<std::size_t> choice(const place& at, const std::vector<std::string_view>& choices);
    // A name that may stand in tokens, headers and metrics: a-z 0-9 - _, 1 to 64 of them.
    std::optional<std::string> name(const place& at);
    // A scope as RFC 6749 §3.3 writes it.
    std::optional<std::string> scope(const place& at);
    bool check_scope(const place& at, std::string_view name);

 private:
    std::string file_;
    problem_list& problems_;
    std::size_t errors_ = 0;
};

// Whether no contract may set the header of an answer that has this name.
bool is_gateways_own(std::string_view name);

// The parts of a contract. Each reads its own key of the root, and adds to `out`.
void read_tokens(contract_reader& reader, const place& root, contract& out);    // tokens, formats
void read_scopes(contract_reader& reader, const place& root, contract& out);    // scopes
void read_rotation(contract_reader& reader, const place& root, contract& out);  // rotation
void read_request_rules(contract_reader& reader, const place& root, contract& out);  // versions, acting_as, rate_limit
void read_oauth(contract_reader& reader, const place& root, contract& out);     // oauth; after tokens
void read_me(contract_reader& reader, const place& root, contract& out);        // me
void read_wordings(contract_reader& reader, const place& root, contract& out);  // problems, refusals

}  // namespace tollgate
