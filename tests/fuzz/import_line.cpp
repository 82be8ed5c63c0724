// Lines of an import: a record that is taken is one that an export could have written. Files of them are cut into batches by their bytes alone.
#include "registry/import_line.hpp"
#include "app/import_file.hpp"
#include "fuzz/fuzz.hpp"
#include "fuzz/worlds.hpp"
#include "tollgate/codec/records.hpp"

#include <sstream>

using namespace tollgate;

namespace {

import_options how(bool foreign) {
    return {.book = &fuzz::acme().book, .api = "acme", .format = foreign ? "OLD{hex:64}" : "", .barred_api = "", .dry_run = true};
}

}  // namespace

FUZZ_TARGET(import_line) {
    fuzz::input in(bytes);
    const bool foreign = in.flag();
    const auto text = in.rest();
    for (std::string_view left = text; !left.empty();) {
        const auto line = left.substr(0, left.find('\n'));
        left.remove_prefix(std::min(left.size(), line.size() + 1));
        std::vector<field_problem> problems;
        const auto read = read_import_line(line, how(foreign), fuzz::now, problems);
        DEMAND(read.has_value() == problems.empty());
        if (!read) continue;
        DEMAND(!read->digests.empty() && read->record.api == "acme" && !read->record.name.empty());
        if (foreign) continue;
        // As the export writes it, it is taken again and says the same.
        auto written = to_json(read->record);
        written.erase("revision");
        if (read->record.id.empty()) written.erase("id");
        const auto again = read_import_line(serialize(written), how(false), fuzz::now, problems);
        DEMAND(again.has_value() && again->digests == read->digests && again->record == read->record);
    }
    std::istringstream file{std::string(text)};
    import_file batches(file);
    std::size_t lines = 0;
    std::uint64_t end = 0;
    for (import_batch batch; batches.next(batch);) {
        DEMAND(batch.first_line == lines + 1 && batch.end > end && batch.end <= text.size());
        lines += batch.lines;
        end = batch.end;
    }
    (void)import_state::from_json(text);
}
