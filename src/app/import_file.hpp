// import_file.hpp - the lines of an import in batches, and how far an import has come.
//
// Where a batch ends follows from the bytes alone, so that the same file gives the same batches each time; a chain of hashes
// over them tells whether what was read is what was read before. A digest that stood in an earlier line, and a line that is
// too long, are noted here and left out (their number stays): the gateway sees one batch at a time.
// Threads: one. Bounds: bounds::import_batch_bytes a batch; some 50 bytes of memory a digest.
#pragma once

#include "tollgate/codec/json.hpp"
#include "tollgate/model/digest.hpp"
#include "tollgate/registry/import.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <functional>
#include <istream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate {

struct import_batch {
    std::size_t first_line = 1;            // its number in the file
    std::size_t lines = 0;
    std::uint64_t end = 0;                 // bytes of the file up to its end
    std::string chain;                     // hexadecimal, over this and all before
    std::string text;                      // what is sent
    std::vector<import_problem> problems;  // of lines that were left out; numbers are the file's
};

class import_file {
 public:
    explicit import_file(std::istream& in) : in_(in) {}
    // False: that was all.
    bool next(import_batch& out);

 private:
    bool take_line(std::string& line);
    [[nodiscard]] std::string bar(std::string_view line, std::size_t number);

    std::istream& in_;
    std::string waiting_;  // a line that did not fit
    bool has_waiting_ = false;
    std::size_t line_ = 1;
    std::uint64_t bytes_ = 0;
    std::string chain_;
    boost::unordered_flat_map<digest, std::size_t, std::hash<digest>> seen_;
};

// What has been answered so far; kept beside the file while an import is under way.
struct import_state {
    std::uint64_t bytes = 0;
    std::size_t lines = 0;
    std::string chain;
    std::uint64_t imported = 0, unchanged = 0, refused = 0;

    [[nodiscard]] json::object to_json() const;
    static std::optional<import_state> from_json(std::string_view text);
};

}  // namespace tollgate
