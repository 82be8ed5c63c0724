#include "http_names.hpp"

#include "http_bytes.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace tollgate {
namespace {

struct entry {
    std::string_view name;
    field_name id;
    bool dropped = false;
};

// Sorted by length; see kFirstOfLength.
constexpr std::array kNames{
    entry{"te", field_name::te, true},
    entry{"via", field_name::via},
    entry{"date", field_name::date},
    entry{"host", field_name::host},
    entry{"accept", field_name::accept},
    entry{"expect", field_name::expect},
    entry{"origin", field_name::origin},
    entry{"server", field_name::server},
    entry{"trailer", field_name::trailer, true},
    entry{"upgrade", field_name::upgrade, true},
    entry{"forwarded", field_name::forwarded},
    entry{"connection", field_name::connection, true},
    entry{"keep-alive", field_name::keep_alive, true},
    entry{"tracestate", field_name::tracestate},
    entry{"traceparent", field_name::traceparent},
    entry{"content-type", field_name::content_type},
    entry{"max-forwards", field_name::max_forwards},
    entry{"x-request-id", field_name::x_request_id},
    entry{"authorization", field_name::authorization},
    entry{"x-http-method", field_name::x_http_method, true},
    entry{"content-length", field_name::content_length},
    entry{"http2-settings", field_name::http2_settings, true},
    entry{"x-forwarded-for", field_name::x_forwarded_for},
    entry{"proxy-connection", field_name::proxy_connection, true},
    entry{"x-forwarded-host", field_name::x_forwarded_host},
    entry{"transfer-encoding", field_name::transfer_encoding, true},
    entry{"x-forwarded-proto", field_name::x_forwarded_proto},
    entry{"x-method-override", field_name::x_method_override, true},
    entry{"proxy-authenticate", field_name::proxy_authenticate, true},
    entry{"proxy-authorization", field_name::proxy_authorization, true},
    entry{"x-http-method-override", field_name::x_http_method_override, true},
    entry{"access-control-request-method", field_name::access_control_request_method},
    entry{"access-control-request-headers", field_name::access_control_request_headers},
};
constexpr std::size_t kLongest = kNames.back().name.size();

constexpr std::array<std::uint8_t, kLongest + 2> make_first_of_length() {
    std::array<std::uint8_t, kLongest + 2> first{};
    for (std::size_t length = 0; length < first.size(); ++length) {
        std::size_t i = 0;
        while (i < kNames.size() && kNames[i].name.size() < length) ++i;
        first[length] = static_cast<std::uint8_t>(i);
    }
    return first;
}
constexpr auto kFirstOfLength = make_first_of_length();  // the names of length n are [kFirstOfLength[n], kFirstOfLength[n + 1])

constexpr std::string_view kIdentity = "x-tollgate";

known_name look_up(std::string_view name) noexcept {
    if (name.size() >= kIdentity.size() && same_token(name.substr(0, kIdentity.size()), kIdentity)) return {field_name::x_tollgate, true};
    if (name.size() > kLongest) return {};
    const auto end = kFirstOfLength[name.size() + 1];
    for (auto i = kFirstOfLength[name.size()]; i < end; ++i)
        if (same_token(name, kNames[i].name)) return {kNames[i].id, kNames[i].dropped};
    return {};
}

// Off the usual path: the name with '-' for '_'.
known_name look_up_folded(std::string_view name) noexcept {
    std::array<char, kLongest> dashed;
    const auto size = std::min(name.size(), dashed.size());
    std::replace_copy(name.begin(), name.begin() + static_cast<std::ptrdiff_t>(size), dashed.begin(), '_', '-');
    const auto meant = look_up({dashed.data(), size});
    if (meant.id == field_name::x_tollgate) return meant;
    return {field_name::other, meant.id != field_name::other && size == name.size()};
}

}  // namespace

known_name identify_name(std::string_view name, bool has_underscore) noexcept { return has_underscore ? look_up_folded(name) : look_up(name); }

}  // namespace tollgate
