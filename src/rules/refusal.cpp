#include "tollgate/rules/refusal.hpp"

#include <array>

namespace tollgate {

namespace {

struct row {
    std::string_view name;
    unsigned status;
    std::string_view title;
};

constexpr std::array<row, refusal_count> kRows{{
#define TOLLGATE_ROW(name, status, title) row{#name, status, title},
    TOLLGATE_REFUSALS(TOLLGATE_ROW)
#undef TOLLGATE_ROW
}};

constexpr const row& row_of(refusal why) noexcept { return kRows[static_cast<std::size_t>(why)]; }

}  // namespace

std::string_view to_string(refusal why) noexcept { return row_of(why).name; }

std::optional<refusal> refusal_by_name(std::string_view name) noexcept {
    for (std::size_t i = 0; i < kRows.size(); ++i)
        if (kRows[i].name == name) return static_cast<refusal>(i);
    return std::nullopt;
}

unsigned default_status(refusal why) noexcept { return row_of(why).status; }

std::string_view default_title(refusal why) noexcept { return row_of(why).title; }

bool breaks_framing(refusal why) noexcept {
    switch (why) {
        case refusal::bad_request:
        case refusal::http_version_unsupported:
        case refusal::method_unsupported:
        case refusal::target_too_long:
        case refusal::head_too_large:
        case refusal::payload_too_large:
        case refusal::request_timeout:
        case refusal::expectation_failed:  // the client may send the body, or not
            return true;
        default: return false;
    }
}

}  // namespace tollgate
