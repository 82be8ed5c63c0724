// Formats of tokens: what a format makes it reads; another letter is none. (C-12, T-1)
#include "tollgate/rules/token_format.hpp"
#include "fuzz/fuzz.hpp"
#include "fuzz/worlds.hpp"

using namespace tollgate;
using namespace tollgate::fuzz;

FUZZ_TARGET(token_format) {
    input in(bytes);
    const bool foreign = in.flag();
    const auto seed = in.number<std::uint32_t>();
    const std::string pattern(in.line());
    const auto text = in.rest();
    const auto format = token_format::compile(pattern, {"test", "live"}, foreign);
    if (!format) return;
    (void)format->hint(text);
    const auto reading = format->read(text);
    DEMAND(format->overlaps(*format));
    if (foreign) return;
    DEMAND(format->random_bits() >= bounds::secret_bits_min);
    repeating random(seed);
    const auto made = format->make(static_cast<int>(seed & 1), random);
    const std::string good(made.reveal());
    const auto back = format->read(good);
    DEMAND(back.outcome == token_format::reading::kind::match);
    DEMAND(back.environment == -1 || back.environment == static_cast<int>(seed & 1));
    DEMAND(format->hint(good).find(good.substr(good.size() / 2)) == std::string::npos);
    auto bad = good;
    auto& letter = bad[bad.size() - 1 - seed % std::min<std::size_t>(bad.size(), 20)];
    letter = letter == 'x' ? 'y' : 'x';
    if (bad != good) DEMAND(format->read(bad).outcome != token_format::reading::kind::match || !pattern.ends_with('}'));
    if (reading.outcome == token_format::reading::kind::match) DEMAND(format->checksummed());
}
