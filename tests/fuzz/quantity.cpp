// Times, durations, sizes, paces: what is read is written and read again as the same.
#include "fuzz/fuzz.hpp"
#include "tollgate/codec/records.hpp"
#include "tollgate/codec/text.hpp"
#include "tollgate/rules/contract.hpp"

using namespace tollgate;

FUZZ_TARGET(quantity) {
    if (const auto at = parse_rfc3339(bytes)) {
        const auto again = parse_rfc3339(rfc3339(*at));
        DEMAND(again && *again == *at);
    }
    if (const auto d = parse_duration(bytes)) {
        DEMAND(d->months >= 0 && d->exact.count() >= 0);
        (void)lifetime{d->months, d->exact}.end_of({1'800'000'000'000'000});
    }
    (void)parse_size(bytes);
    (void)parse_grace(bytes);
    fuzz::input in(bytes);
    const auto burst = in.number<std::int64_t>();
    if (const auto p = make_pace(in.rest(), burst)) {
        DEMAND(p->limited() && p->burst >= 1 && p->depth_us() > 0);
        timestamp cell;
        std::uint32_t taken = 0;
        for (int i = 0; i < 50; ++i) {
            const auto step = take_one(*p, cell, {1'800'000'000'000'000});
            if (step.within) ++taken;
            else DEMAND(step.retry_after_s >= 1 && step.cell == cell);
            cell = step.cell;
        }
        DEMAND(taken == std::min<std::uint32_t>(50, p->burst));
    }
}
