#include "replay/replay_row.hpp"

#include "replay/numbers.hpp"
#include "tollgate/store/row_end.hpp"

#include <algorithm>

namespace tollgate {
namespace {

constexpr std::uint8_t kVersion = 1;

}  // namespace

std::string write_row_head(const replay_row& row) {
    std::string out;
    append_row_end(out, row.ends_at);
    append_big(out, kVersion);
    append_big(out, static_cast<std::uint8_t>(row.state));
    return out.append(bytes_of(row.fingerprint));
}

std::optional<replay_row> read_replay_row(std::string_view bytes) {
    replay_row out;
    const auto ends_at = take_row_end(bytes);
    const auto version = take_big<std::uint8_t>(bytes), state = take_big<std::uint8_t>(bytes);
    if (!ends_at || version != kVersion || !state || *state < 1 || *state > 3 || bytes.size() < out.fingerprint.bytes.size()) return std::nullopt;
    out.ends_at = *ends_at;
    out.state = static_cast<replay_row::kind>(*state);
    std::copy_n(bytes.begin(), out.fingerprint.bytes.size(), out.fingerprint.bytes.begin());
    out.sealed = bytes.substr(out.fingerprint.bytes.size());
    return out;
}

std::string associated_data(const digest& key, const replay_row& row) { return std::string(bytes_of(key)).append(write_row_head(row)); }

}  // namespace tollgate
