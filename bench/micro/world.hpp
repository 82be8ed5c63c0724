// world.hpp - the API that the micro benchmarks judge by: bench/conf, as `serve` would load it, with counted scope numbers.
// Threads: immutable once made. Errors: none are expected; a broken document ends the program.
#pragma once

#include "tollgate/base/random.hpp"
#include "tollgate/rules/rulebook.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace tollgate {

const api& bench_api();
std::unique_ptr<api> make_bench_api();  // another one of the same

// A well-formed secret of that API, the same for the same `seed`.
std::string bench_secret(std::uint64_t seed);

// Randomness that repeats (splitmix64), so that two runs do the same work.
class repeating_random final : public random_source {
 public:
    explicit repeating_random(std::uint64_t seed) : state_(seed) {}
    void fill(std::span<std::uint8_t> out) override {
        for (auto& byte : out) byte = static_cast<std::uint8_t>(next() >> 32);
    }
    std::uint64_t next() noexcept {
        auto z = state_ += 0x9e3779b97f4a7c15;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }

 private:
    std::uint64_t state_;
};

}  // namespace tollgate
