// fuzz.hpp - how a fuzz target is declared, what it demands, and how it takes parts off its input.
//
// A target is a function of bytes that ends the process where something does not hold. The same object goes into a libFuzzer program of its own
// (preset `fuzz`) and into fuzz_smoke, which replays seeds and mutates them a little in every build (smoke.cpp).
#pragma once

#include "tollgate/base/check.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace tollgate::fuzz {

struct target {
    const char* name;
    void (*run)(std::string_view bytes);
};
inline std::vector<target>& targets() {
    static std::vector<target> all;
    return all;
}
struct declaration {
    declaration(const char* name, void (*run)(std::string_view)) { targets().push_back({name, run}); }
};

// Numbers and pieces off the front of an input; whatever is missing is zero or empty.
class input {
 public:
    explicit input(std::string_view bytes) : left_(bytes) {}
    template <class T = std::uint8_t>
        requires std::is_integral_v<T>
    T number() {
        T out{};
        const auto n = left_.size() < sizeof out ? left_.size() : sizeof out;
        std::memcpy(&out, left_.data(), n);
        left_.remove_prefix(n);
        return out;
    }
    bool flag() { return (number() & 1) != 0; }
    std::string_view piece(std::size_t most) { return take(number() % (most + 1)); }
    std::string_view take(std::size_t n) {
        const auto out = left_.substr(0, n);
        left_.remove_prefix(out.size());
        return out;
    }
    // Up to the next line end, without it.
    std::string_view line() {
        const auto out = take(left_.find('\n'));
        left_.remove_prefix(left_.empty() ? 0 : 1);
        return out;
    }
    std::string_view rest() { return take(left_.size()); }
    [[nodiscard]] bool empty() const { return left_.empty(); }

 private:
    std::string_view left_;
};

// In an allocation of exactly its size, so that a read too far is a sanitizer's find.
class exact {
 public:
    explicit exact(std::string_view text) : bytes_(new char[text.size()]), size_(text.size()) {
        if (size_ != 0) std::memcpy(bytes_.get(), text.data(), size_);
    }
    [[nodiscard]] std::string_view view() const { return {bytes_.get(), size_}; }

 private:
    std::unique_ptr<char[]> bytes_;
    std::size_t size_;
};

}  // namespace tollgate::fuzz

// `DEMAND(x)`: what must hold for every input.
#define DEMAND(condition) TOLLGATE_CHECK(condition)

#define FUZZ_TARGET(name)                                                          \
    static void run_##name(std::string_view bytes);                                \
    static const ::tollgate::fuzz::declaration declared_##name(#name, run_##name); \
    static void run_##name([[maybe_unused]] std::string_view bytes)
