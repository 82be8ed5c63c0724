// use_comparison.hpp - recorded use held against other rules: what would be refused that is let through now, and what would be let through.
//
// Both sides are decided by the same judge (rules/rehearsal.hpp): the running gateway says what holds now, for each caller and route that it has
// use of; here the same calls are judged by the rulebook that is not in force yet. What no record of use has (queries, header fields, paths'
// parameters) may decide otherwise: where it could, the finding is one that `may` be.
// Threads: one. Bounds: as many findings as there are; callers are not kept.
#pragma once

#include "tollgate/base/clock.hpp"
#include "tollgate/base/error.hpp"
#include "tollgate/codec/json.hpp"
#include "tollgate/model/token.hpp"
#include "tollgate/rules/rulebook.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate {

// What the management API shows of a token or another caller, as far as a judgement needs it. What is missing or of another type is empty.
token record_in(const json::object& row);

// One route that one caller called.
struct use_finding {
    std::string id, what, name, owner;  // of the caller
    std::string api, method, path;      // as the use was recorded
    std::string reason;                 // why it would be refused; of what would be let through: why it is refused now
    std::vector<std::string> lacks;     // scopes
    std::string because;                // of one that may be: on what it hangs; else empty
    std::uint64_t requests = 0;         // that were let through; of what would be let through: that were refused
    std::string last_at;
};

// An operation that one side has and the other has not, or demands otherwise.
struct operation_change {
    std::string api, method, path;
    std::string kind;          // added, removed, changed
    std::string before, after; // what is demanded, in words; of a removed one, what becomes of its calls
    std::set<std::string> callers, refused;  // ids
    std::uint64_t requests = 0;
};

class use_comparison {
 public:
    // `apis`: rows of the management API's /apis; APIs that are not among `names` are left out (empty: none is).
    use_comparison(const rulebook& next, const json::array& apis, std::set<std::string> names, timestamp now);
    ~use_comparison();

    // The APIs whose routes have to be told by set_routes(), before the first caller.
    [[nodiscard]] std::vector<std::string> apis_before() const;
    void set_routes(const std::string& api, const json::array& routes);
    // A row of /usage/calls.
    void add_caller(const json::object& row);

    [[nodiscard]] const std::vector<use_finding>& refused() const noexcept { return refused_; }
    [[nodiscard]] const std::vector<use_finding>& may_be_refused() const noexcept { return may_; }
    [[nodiscard]] const std::vector<use_finding>& allowed() const noexcept { return allowed_; }
    [[nodiscard]] std::vector<const operation_change*> operations() const;
    // What changes of APIs, environments and hosts, a sentence each.
    [[nodiscard]] const std::vector<std::string>& notes() const noexcept { return notes_; }
    [[nodiscard]] std::uint64_t callers() const noexcept { return callers_; }
    [[nodiscard]] std::uint64_t calls() const noexcept { return calls_; }  // routes of callers

 private:
    struct side;
    void compare_call(side& of, const token& by, std::string_view what, const json::object& call);
    void note_api(const json::object& row);

    const rulebook& next_;
    std::set<std::string> names_;
    timestamp now_;
    std::map<std::string, std::unique_ptr<side>, std::less<>> sides_;
    std::vector<use_finding> refused_, may_, allowed_;
    std::vector<std::string> notes_;
    std::uint64_t callers_ = 0, calls_ = 0;
};

}  // namespace tollgate
