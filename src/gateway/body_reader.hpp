// body_reader.hpp - the body of one message, slice by slice out of an inbound buffer. Framing only; no I/O.
//
// Bounds: `limit` bytes; more is too_large. Errors: refused (bad chunk framing).
#pragma once

#include "inbound.hpp"
#include "tollgate/codec/chunked.hpp"
#include "tollgate/codec/http_head.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string_view>

namespace tollgate {

class body_reader {
 public:
    enum class step : std::uint8_t { data, need_more, done, refused, too_large };

    body_reader() = default;
    body_reader(inbound& from, const message_head& head, std::uint64_t limit = std::numeric_limits<std::uint64_t>::max()) noexcept
        : from_(&from), kind_(head.body), left_(head.body == body_kind::length ? head.content_length : 0), limit_(limit) {}

    // The next slice; it holds until the inbound buffer is filled again.
    step next(std::string_view& slice) noexcept {
        switch (kind_) {
            case body_kind::none: return step::done;
            case body_kind::length: return next_of_length(slice);
            case body_kind::chunked: return next_of_chunks(slice);
            case body_kind::until_close: return next_until_close(slice);
        }
        return step::refused;
    }
    // The peer has closed. True: that is a proper end of this body.
    bool end_of_stream() noexcept {
        if (kind_ != body_kind::until_close) return finished();
        closed_ = true;
        return true;
    }
    [[nodiscard]] bool finished() const noexcept {
        return kind_ == body_kind::none || (kind_ == body_kind::length && left_ == 0) || (kind_ == body_kind::chunked && chunks_.finished()) ||
            closed_;
    }
    [[nodiscard]] std::uint64_t seen_bytes() const noexcept { return seen_; }
    [[nodiscard]] body_kind kind() const noexcept { return kind_; }
    [[nodiscard]] inbound& from() noexcept { return *from_; }

 private:
    step take(std::string_view& slice, std::size_t n) noexcept {
        slice = from_->view().substr(0, n);
        from_->consume(n);
        seen_ += n;
        return seen_ > limit_ ? step::too_large : step::data;
    }
    step next_of_length(std::string_view& slice) noexcept {
        if (left_ == 0) return step::done;
        if (from_->empty()) return step::need_more;
        const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(left_, from_->view().size()));
        left_ -= n;
        return take(slice, n);
    }
    step next_of_chunks(std::string_view& slice) noexcept {
        if (chunks_.finished()) return step::done;
        const auto out = chunks_.feed(from_->view());
        from_->consume(out.consumed);
        slice = out.data;
        switch (out.what) {
            case chunk_reader::step::need_more: return step::need_more;
            case chunk_reader::step::done: return step::done;
            case chunk_reader::step::refused: return step::refused;
            case chunk_reader::step::data: break;
        }
        seen_ += out.data.size();
        return seen_ > limit_ ? step::too_large : step::data;
    }
    step next_until_close(std::string_view& slice) noexcept {
        if (from_->empty()) return closed_ ? step::done : step::need_more;
        return take(slice, from_->view().size());
    }

    inbound* from_ = nullptr;
    body_kind kind_ = body_kind::none;
    bool closed_ = false;
    std::uint64_t left_ = 0, seen_ = 0, limit_ = 0;
    chunk_reader chunks_;
};

}  // namespace tollgate
