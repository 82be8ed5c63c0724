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

void atom_table::load(atom number, std::string_view text) {
    const std::lock_guard lock(mutex_);
    TOLLGATE_CHECK(static_cast<std::uint32_t>(number) == size());
    append(text);
}

void atom_table::reserve(std::uint32_t to) {
    TOLLGATE_CHECK(to <= kChunk * kChunks);
    const std::lock_guard lock(mutex_);
    for (std::uint32_t n = 0; n < to; n += kChunk) make_chunk(n);
    numbers_.reserve(to);
}

void atom_table::put(std::uint32_t number, std::string_view text) { slot(number) = text; }

void atom_table::know(std::uint32_t from, std::uint32_t to) {
    const std::lock_guard lock(mutex_);
    for (auto n = from; n < to; ++n) numbers_.emplace(slot(n), static_cast<atom>(n));
}

void atom_table::grow(std::uint32_t to) {
    const std::lock_guard lock(mutex_);
    TOLLGATE_CHECK(to >= size());
    size_.store(to, std::memory_order_release);
}

void atom_table::forget_those_to_come() {
    const std::lock_guard lock(mutex_);
    boost::unordered::erase_if(numbers_, [this](const auto& known) { return static_cast<std::uint32_t>(known.second) >= size(); });
}

void atom_table::make_chunk(std::uint32_t of) {
    auto& chunk = (*chunks_)[of / kChunk];
    if (chunk.load(std::memory_order_relaxed) == nullptr) chunk.store(new std::string[kChunk], std::memory_order_release);
}

atom atom_table::append(std::string_view text) {
    const auto n = size_.load(std::memory_order_relaxed);
    TOLLGATE_CHECK(n / kChunk < kChunks);
    make_chunk(n);
    slot(n) = text;
    numbers_.emplace(slot(n), static_cast<atom>(n));
    size_.store(n + 1, std::memory_order_release);
    return static_cast<atom>(n);
}

}  // namespace tollgate
