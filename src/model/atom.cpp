#include "tollgate/model/atom.hpp"

#include "tollgate/base/check.hpp"

namespace tollgate {

atom_table::atom_table() : chunks_(std::make_unique<std::array<std::atomic<std::string*>, kChunks>>()) { append(""); }

atom_table::~atom_table() {
    for (auto& chunk : *chunks_) delete[] chunk.load(std::memory_order_relaxed);
}

std::string_view atom_table::text(atom a) const noexcept {
    const auto n = static_cast<std::uint32_t>(a);
    if (n >= size()) return {};
    return (*chunks_)[n / kChunk].load(std::memory_order_acquire)[n % kChunk];
}

std::optional<atom> atom_table::find(std::string_view text) const {
    const std::lock_guard lock(mutex_);
    const auto it = numbers_.find(text);
    if (it == numbers_.end()) return std::nullopt;
    return it->second;
}

atom atom_table::add(std::string_view text) {
    const std::lock_guard lock(mutex_);
    const auto it = numbers_.find(text);
    return it != numbers_.end() ? it->second : append(text);
}

void atom_table::expect(std::size_t texts) {
    const std::lock_guard lock(mutex_);
    numbers_.reserve(texts);
}

void atom_table::load(atom number, std::string_view text) {
    const std::lock_guard lock(mutex_);
    TOLLGATE_CHECK(static_cast<std::uint32_t>(number) == size());
    append(text);
}

atom atom_table::append(std::string_view text) {
    const auto n = size_.load(std::memory_order_relaxed);
    TOLLGATE_CHECK(n / kChunk < kChunks);
    auto& chunk = (*chunks_)[n / kChunk];
    if (chunk.load(std::memory_order_relaxed) == nullptr) chunk.store(new std::string[kChunk], std::memory_order_release);
    auto& slot = chunk.load(std::memory_order_relaxed)[n % kChunk];
    slot = text;
    numbers_.emplace(slot, static_cast<atom>(n));
    size_.store(n + 1, std::memory_order_release);
    return static_cast<atom>(n);
}

}  // namespace tollgate
