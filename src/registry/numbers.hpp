// numbers.hpp - the numbers of names (atoms) and of scopes: allotted by apply, made durable with the change that needs them.
//
// A number that a change takes is `owed` until its row is in the store; only then do readers see it. When the write
// fails it stays owed under the same name and its row goes along with the next changes: were the failed group to come
// back after a crash, its grants would still mean what they said.
// Threads: atoms() and find_scope() any; everything else the committer, or nobody else there (load, with some threads of its own).
// Bounds: kAtoms names; bounds::scopes_per_api scopes an API: admit() refuses with errc::full.
#pragma once

#include "tollgate/base/error.hpp"
#include "tollgate/model/atom.hpp"
#include "tollgate/model/scope_set.hpp"
#include "tollgate/store/database.hpp"

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate {

class number_table {
 public:
    // Reads what the store holds beyond what is known already.
    result<void> load(const database& db);

    [[nodiscard]] const atom_table& atoms() const noexcept { return atoms_; }
    [[nodiscard]] std::optional<scope_number> find_scope(std::string_view of_api, std::string_view scope) const;

    // Whether there is room for these names and, of one API, these scopes. Takes nothing.
    [[nodiscard]] result<void> admit(std::size_t names, std::string_view of_api, std::span<const std::string> scopes) const;

    // After a group that was not written: puts every owed row into `batch`; before the first name of a change is numbered.
    void put_owed(write_batch& batch);
    // The number of a name or scope, taking the next one where it is new. After admit(): cannot fail.
    atom number(std::string_view text, write_batch& batch);
    scope_number scope(std::string_view of_api, std::string_view scope, write_batch& batch);

    void applied();    // what is owed is durable now
    void discarded();  // or not: its rows are to be written once more

 private:
    using by_name = std::map<std::string, scope_number, std::less<>>;

    [[nodiscard]] std::optional<atom> known(std::string_view text) const;
    result<void> load_atoms(const database& db);
    result<void> load_atoms(const database& db, std::uint32_t from, std::uint32_t to);
    result<void> load_scope(std::string_view key, std::string_view text);

    static constexpr std::size_t kAtoms = 60'000'000;

    atom_table atoms_;                                          // durable
    std::map<std::string, atom, std::less<>> owed_atoms_;
    std::uint32_t next_atom_ = 1;
    bool owed_again_ = false;                                   // rows of owed numbers stood in a group that was not written
    mutable std::mutex mutex_;                                  // scopes_: written by the committer, read by all
    std::map<atom, by_name> scopes_;                            // owed ones included, see owed_scopes_
    std::set<std::pair<atom, scope_number>> owed_scopes_;
};

}  // namespace tollgate
