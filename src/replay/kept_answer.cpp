#include "tollgate/replay/kept_answer.hpp"

#include "replay/numbers.hpp"

#include <limits>

namespace tollgate {
namespace {

constexpr std::uint8_t kVersion = 1;

}  // namespace

std::string write_kept_answer(const kept_answer& a) {
    std::string out;
    out.reserve(16 + a.reason.size() + a.fields.size() + a.body.size());
    const auto reason = std::string_view(a.reason).substr(0, std::numeric_limits<std::uint16_t>::max());
    append_big(out, kVersion);
    append_big<std::uint8_t>(out, a.ours ? 1 : 0);
    append_big(out, static_cast<std::uint16_t>(a.status));
    append_big(out, static_cast<std::uint16_t>(reason.size()));
    out += reason;
    append_big(out, static_cast<std::uint32_t>(a.fields.size()));
    out += a.fields;
    out += a.body;
    return out;
}

std::optional<kept_answer> read_kept_answer(std::string_view bytes) {
    const auto take = [&bytes](std::size_t n) {
        const auto out = bytes.substr(0, n);
        bytes.remove_prefix(n);
        return out;
    };
    kept_answer out;
    const auto version = take_big<std::uint8_t>(bytes), ours = take_big<std::uint8_t>(bytes);
    const auto status = take_big<std::uint16_t>(bytes), reason = take_big<std::uint16_t>(bytes);
    if (version != kVersion || !ours || !status || !reason || *reason > bytes.size()) return std::nullopt;
    out.ours = *ours != 0;
    out.status = *status;
    out.reason = take(*reason);
    const auto fields = take_big<std::uint32_t>(bytes);
    if (!fields || *fields > bytes.size()) return std::nullopt;
    out.fields = take(*fields);
    out.body = bytes;
    return out;
}

}  // namespace tollgate
