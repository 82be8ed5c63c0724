// openapi_scopes.hpp - the scopes of an API: declared by the document and its contract, demanded by operations, numbered.
#pragma once

#include "tollgate/rules/openapi.hpp"

#include "rules/openapi_reader.hpp"

#include <map>
#include <set>
#include <unordered_map>

namespace tollgate::openapi {

class scope_catalogue {
 public:
    scope_catalogue(reader& in, const contract& rules) : in_(in), rules_(rules) {}

    // A mapping `scope: description`, or `scope: {description, use_case}`. Bad names are left out with a warning.
    void declare_all(const place& scopes);
    // The contract's catalogue and inclusions. After every declare_all().
    void declare_contract();

    // An operation wants `name`. One that nothing declares joins the catalogue, unless it looks like a typing mistake.
    void demand(const std::string& name, const place& at);
    // Ends the demands: warns of what nothing declares.
    void finish();

    // Numbers for everything. False: a problem was added.
    bool number(const scope_numbering& numbering);
    // Itself, what implies it, and the wildcard. After number().
    [[nodiscard]] scope_set satisfied_by(const std::string& name) const;

    [[nodiscard]] std::vector<scope_entry> entries() const { return entries_; }
    [[nodiscard]] const std::vector<std::pair<std::string, scope_number>>& numbers() const noexcept { return numbers_; }

    // Whether RFC 6749 §3.3 allows it, within bounds::name_bytes. Scopes stand unescaped in WWW-Authenticate.
    static bool well_formed(std::string_view name) noexcept;

 private:
    void declare(scope_entry entry);
    void declare_implied();
    void check_defaults();
    [[nodiscard]] std::vector<std::string_view> names() const;

    reader& in_;
    const contract& rules_;
    std::vector<scope_entry> entries_;
    std::unordered_map<std::string, std::size_t> index_;
    std::vector<std::pair<std::string, place>> undeclared_;
    std::set<std::string> complained_;  // paths
    std::vector<std::pair<std::string, scope_number>> numbers_;
    std::map<std::string, scope_set, std::less<>> satisfied_by_;
};

}  // namespace tollgate::openapi
