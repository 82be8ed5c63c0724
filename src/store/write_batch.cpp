#include "write_batch_ops.hpp"

#include <cstring>

namespace tollgate {

void write_batch::append(bool erased, family f, std::string_view key, std::string_view value) {
    const batch_op_head head{erased, f, static_cast<std::uint32_t>(key.size()), static_cast<std::uint32_t>(value.size())};
    const auto at = ops_.size();
    ops_.resize(at + sizeof head);
    std::memcpy(ops_.data() + at, &head, sizeof head);
    ops_.append(key).append(value);
    ++count_;
}

void write_batch::put(family f, std::string_view key, std::string_view value) { append(false, f, key, value); }

void write_batch::erase(family f, std::string_view key) { append(true, f, key, {}); }

void write_batch::clear() { rewind({}); }

void write_batch::rewind(mark to) {
    ops_.resize(to.bytes);
    count_ = to.count;
}

}  // namespace tollgate
