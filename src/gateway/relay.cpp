#include "relay.hpp"

namespace tollgate {
namespace {

iovec piece(std::string_view s) noexcept { return {const_cast<char*>(s.data()), s.size()}; }  // sendmsg does not write

}  // namespace

void frame_buffered(body_reader& body, std::string_view prefix, bool chunked, framed_slices& out) noexcept {
    out.count = 0;
    if (!prefix.empty()) out.parts[out.count++] = piece(prefix);
    const std::size_t line_at = out.count;
    if (chunked) ++out.count;  // the chunk's size comes when it is known
    std::uint64_t bytes = 0;
    const std::size_t first = out.count;
    std::string_view slice;
    do {
        out.end = body.next(slice);
        if (out.end != body_reader::step::data) break;
        out.parts[out.count++] = piece(slice);
        bytes += slice.size();
    } while (out.count - first < framed_slices::max);
    if (!chunked) return;
    if (bytes == 0) {
        out.count = line_at;
    } else {
        out.parts[line_at] = {out.chunk_line, write_chunk_line(bytes, out.chunk_line)};
        out.parts[out.count++] = piece("\r\n");
    }
    if (out.end == body_reader::step::done) out.parts[out.count++] = piece("0\r\n\r\n");
}

task<relay_result> relay_body(body_reader& body, stream& from, stream& to, relay_plan plan) {
    relay_result result;
    framed_slices slices;
    for (;;) {
        frame_buffered(body, plan.prefix, plan.chunked, slices);
        const bool done = slices.end == body_reader::step::done;
        if (slices.end == body_reader::step::refused) result.how = relay_end::source_bad;
        if (slices.end == body_reader::step::too_large) result.how = relay_end::source_too_large;
        if ((done || body.finished()) && plan.nothing_behind && !body.from().empty()) result.how = relay_end::source_bad;
        if (result.how != relay_end::whole) co_return result;

        if (slices.count != 0) {
            result.started = true;
            plan.prefix = {};
            to.write_within(plan.write_within);
            const error_code ec = co_await to.write(slices.span());
            const bool late = to.write_expired();
            to.no_write_deadline();
            if (ec) {
                result.how = late ? relay_end::sink_late : relay_end::sink_gone;
                co_return result;
            }
        }
        if (done) co_return result;
        if (slices.end == body_reader::step::data) continue;

        from.read_within(plan.read_within);
        const auto [ec, n] = co_await from.read_some(body.from().free(), body.from().free_bytes());
        const bool late = from.read_expired();
        from.no_read_deadline();
        if (ec) {
            const bool proper = is_end_of_stream(ec) && body.end_of_stream();
            if (proper) continue;
            result.how = late ? relay_end::source_late : relay_end::source_gone;
            co_return result;
        }
        body.from().received(n);
    }
}

}  // namespace tollgate
