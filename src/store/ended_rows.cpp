#include "ended_rows.hpp"

#include "tollgate/store/row_end.hpp"

namespace tollgate {

bool ended_rows::Filter(int, const rocksdb::Slice&, const rocksdb::Slice& value, std::string*, bool*) const {
    std::string_view bytes(value.data(), value.size());
    const auto end = take_row_end(bytes);
    return end && end->is_set() && *end + row_kept_after_end <= time_.settled();
}

}  // namespace tollgate
