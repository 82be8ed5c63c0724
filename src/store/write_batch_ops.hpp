// write_batch_ops.hpp - how a write_batch keeps its operations: one after the other in one buffer, head, key, value.
//
// In memory only. RocksDB's own batch cannot be used before the database is pinned: it wants handles that end with it.
#pragma once

#include "tollgate/store/database.hpp"

#include <cstdint>
#include <cstring>

namespace tollgate {

enum class batch_op : std::uint8_t { put, merge, erase, erase_range };  // a range: key (inclusive) to value (exclusive)

struct batch_op_head {
    batch_op what;
    family into;
    std::uint32_t key_bytes, value_bytes;
};

// Calls f(batch_op, family, key, value) for each operation in order.
template <class F>
void each_op(std::string_view ops, F&& f) {
    while (!ops.empty()) {
        batch_op_head head;
        std::memcpy(&head, ops.data(), sizeof head);
        ops.remove_prefix(sizeof head);
        f(head.what, head.into, ops.substr(0, head.key_bytes), ops.substr(head.key_bytes, head.value_bytes));
        ops.remove_prefix(head.key_bytes + head.value_bytes);
    }
}

}  // namespace tollgate
