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

void body_relay::begin(body_reader& body, const relay_plan& plan) noexcept {
    body_ = &body;
    plan_ = plan;
    result_ = {};
    unwritten_ = {};
    framed_ = finished_ = false;
}

body_relay::step body_relay::finish(relay_end how) noexcept {
    result_.how = how;
    finished_ = true;
    return step::finished;
}

body_relay::step body_relay::next() noexcept {
    if (finished_) return step::finished;
    if (!unwritten_.empty()) return step::write;
    if (framed_) {  // and written: was it the last?
        framed_ = false;
        if (slices_.end == body_reader::step::done) return finish(relay_end::whole);
        if (slices_.end == body_reader::step::need_more) return step::read;
    }
    frame_buffered(*body_, plan_.prefix, plan_.chunked, slices_);
    const bool done = slices_.end == body_reader::step::done;
    if (slices_.end == body_reader::step::refused) return finish(relay_end::source_bad);
    if (slices_.end == body_reader::step::too_large) return finish(relay_end::source_too_large);
    if ((done || body_->finished()) && plan_.nothing_behind && !body_->from().empty()) return finish(relay_end::source_bad);
    framed_ = true;
    if (slices_.count == 0) return next();
    result_.started = true;
    plan_.prefix = {};
    unwritten_ = slices_.span();
    return step::write;
}

void body_relay::wrote(const error_code& ec, bool late) noexcept {
    if (ec) finish(late ? relay_end::sink_late : relay_end::sink_gone);
}

void body_relay::read(const error_code& ec, std::size_t bytes, bool late) noexcept {
    if (!ec) return body_->from().received(bytes);
    const bool proper = is_end_of_stream(ec) && body_->end_of_stream();
    if (!proper) finish(late ? relay_end::source_late : relay_end::source_gone);
}

bool relay_now(body_relay& r, stream& to) noexcept {
    for (;;) {
        const auto step = r.next();
        if (step != body_relay::step::write) return step == body_relay::step::finished;
        const error_code ec = to.write_now(r.unwritten());
        if (is_would_block(ec)) return false;
        r.wrote(ec, false);
    }
}

task<> relay_rest(body_relay& r, stream& from, stream& to) {
    for (;;) {
        const auto step = r.next();
        if (step == body_relay::step::finished) co_return;
        if (step == body_relay::step::write) {
            to.write_within(r.plan().write_within);
            const error_code ec = co_await to.write(r.unwritten());
            const bool late = to.write_expired();
            to.no_write_deadline();
            r.unwritten() = {};
            r.wrote(ec, late);
            continue;
        }
        from.read_within(r.plan().read_within);
        auto& in = r.body().from();
        const auto [ec, n] = co_await from.read_some(in.free(), in.free_bytes(), r.plan().steps_back);
        const bool late = from.read_expired();
        from.no_read_deadline();
        r.read(ec, n, late);
    }
}

}  // namespace tollgate
