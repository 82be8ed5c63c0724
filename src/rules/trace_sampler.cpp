#include "tollgate/rules/trace_sampler.hpp"

#include <algorithm>
#include <cmath>

namespace tollgate {
namespace {

constexpr double most_between = 1e15;

// splitmix64: each state once.
std::uint64_t next(std::uint64_t& state) noexcept {
    std::uint64_t z = state += 0x9e37'79b9'7f4a'7c15u;
    z = (z ^ (z >> 30)) * 0xbf58'476d'1ce4'e5b9u;
    z = (z ^ (z >> 27)) * 0x94d0'49bb'1331'11ebu;
    return z ^ (z >> 31);
}

}  // namespace

trace_sampler::trace_sampler(trace_rules by, std::uint64_t seed) noexcept : by_(by), state_(seed) { draw(); }

// Between two that are taken with a chance each, the distance is geometric.
void trace_sampler::draw() noexcept {
    if (by_.share <= 0) return;
    if (by_.share >= 1) {
        until_ = 1;
        return;
    }
    const double u = (static_cast<double>(next(state_) >> 11) + 0.5) * 0x1p-53;  // in (0, 1)
    until_ = 1 + static_cast<std::uint64_t>(std::min(std::log(u) / std::log1p(-by_.share), most_between));
}

bool trace_sampler::take(caller_trace said, timestamp now) noexcept {
    if (said == caller_trace::not_sampled) return false;
    if (said == caller_trace::none) {
        if (until_ == 0 || --until_ != 0) return false;
        draw();
    }
    if (!by_.most.limited()) return true;
    const auto step = take_one(by_.most, cell_, now);
    cell_ = step.cell;
    return step.within;
}

std::uint64_t trace_sampler::make_id() noexcept {
    const auto id = next(state_);
    return id != 0 ? id : next(state_);
}

}  // namespace tollgate
