// rules_support.hpp - what the tests of contracts, credentials and the judge share.
#pragma once

#include "tollgate/base/random.hpp"
#include "tollgate/codec/document.hpp"
#include "tollgate/rules/contract.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tollgate {

// Randomness that repeats: xorshift. For tests only.
class seeded_random final : public random_source {
 public:
    explicit seeded_random(std::uint64_t seed) : state_(seed) {}
    void fill(std::span<std::uint8_t> out) override {
        for (auto& byte : out) {
            state_ ^= state_ << 13;
            state_ ^= state_ >> 7;
            state_ ^= state_ << 17;
            byte = static_cast<std::uint8_t>(state_ >> 24);
        }
    }

 private:
    std::uint64_t state_;
};

struct contract_reading {
    std::optional<contract> rules;
    std::string problems;  // a line each
};

inline contract_reading read_contract_text(std::string_view yaml) {
    problem_list problems;
    contract_reading out;
    const auto doc = parse_document("acme.yaml", yaml, problems);
    if (doc) out.rules = read_contract(*doc, problems);
    for (const auto& p : problems.items()) out.problems += p.text() + '\n';
    return out;
}

// A contract that must be good.
inline contract good_contract(std::string_view yaml) {
    auto read = read_contract_text(yaml);
    BOOST_TEST_REQUIRE(read.rules.has_value(), read.problems);
    return *std::move(read.rules);
}

}  // namespace tollgate
