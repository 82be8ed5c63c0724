#include "write_batch_ops.hpp"

#include <cstring>

namespace tollgate {

void write_batch::append(batch_op what, family f, std::string_view key, std::string_view value) {
    const batch_op_head head{what, f, static_cast<std::uint32_t>(key.size()), static_cast<std::uint32_t>(value.size())};
    const auto at = ops_.size();
    ops_.resize(at + sizeof head);
    std::memcpy(ops_.data() + at, &head, sizeof head);
    ops_.append(key).append(value);
    ++count_;
    plain_ = plain_ && (what == batch_op::put || what == batch_op::erase);
}

void write_batch::put(family f, std::string_view key, std::string_view value) { append(batch_op::put, f, key, value); }

void write_batch::merge(family f, std::string_view key, std::string_view operand) { append(batch_op::merge, f, key, operand); }

void write_batch::erase(family f, std::string_view key) { append(batch_op::erase, f, key, {}); }

void write_batch::erase_range(family f, std::string_view from, std::string_view to) { append(batch_op::erase_range, f, from, to); }

std::optional<write_batch> write_batch::of(std::string_view operations, std::size_t families) {
    write_batch out;
    for (auto left = operations; !left.empty(); ++out.count_) {
        batch_op_head head{};
        if (left.size() < sizeof head) return std::nullopt;
        std::memcpy(&head, left.data(), sizeof head);
        left.remove_prefix(sizeof head);
        const auto bytes = std::size_t{head.key_bytes} + head.value_bytes;
        if (head.what > batch_op::erase_range || head.into >= families || bytes > left.size()) return std::nullopt;
        left.remove_prefix(bytes);
        out.plain_ = out.plain_ && (head.what == batch_op::put || head.what == batch_op::erase);
    }
    out.ops_ = operations;
    return out;
}

void write_batch::clear() { rewind({}); }

void write_batch::rewind(mark to) {
    ops_.resize(to.bytes);
    count_ = to.count;
    plain_ = to.plain;
}

}  // namespace tollgate
