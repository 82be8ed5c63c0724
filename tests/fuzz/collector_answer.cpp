// What a collector of traces answers is believed within bounds; what is told to it is JSON whatever the spans say. (OTLP)
#include "fuzz/fuzz.hpp"
#include "tollgate/codec/json.hpp"
#include "tollgate/telemetry/otlp.hpp"

using namespace tollgate;

FUZZ_TARGET(collector_answer) {
    fuzz::input in(bytes);
    const auto status = static_cast<unsigned>(in.number<std::uint16_t>() % 700);
    const auto after = in.line();
    const auto body = in.rest();
    const auto outcome = read_export_answer(status, after, body);
    using kind = export_outcome::kind;
    DEMAND(outcome.what != kind::unreachable && (outcome.what == kind::accepted) == (status / 100 == 2));
    DEMAND(outcome.rejected == 0 || outcome.what == kind::accepted);
    DEMAND(
        !outcome.retry_after || (outcome.retry_after->count() >= 0 && outcome.retry_after->count() <= 24 * 3600 && outcome.what != kind::accepted));
    DEMAND(outcome.why.size() <= 400);
    trace_span span;
    span.trace_id = after;
    span.method = after;
    span.route = body;
    span.server = body;
    span.status = static_cast<decltype(span.status)>(status);
    boost::system::error_code failed;
    const auto told = json::parse(write_spans({}, {&span, 1}), failed);
    // Text that is no UTF-8 stays so; the reader of this test refuses it.
    if (!failed) DEMAND(told.is_object());
    else DEMAND(failed != json::error::incomplete && failed != json::error::extra_data);
}
