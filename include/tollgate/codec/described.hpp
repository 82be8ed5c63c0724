// described.hpp - structs that Boost.Describe knows <-> JSON objects, for every record there is.
//
// One rule a type: text, bool, integers as themselves; timestamp as RFC 3339; described enums by name; vectors as arrays;
// optionals are left out while unset (and null reads as unset); described structs as objects, members in their order.
// Reading ignores keys that it does not know (a newer build wrote them) and leaves members that are missing as they are.
// Not for configuration or documents (codec/document.hpp), which have positions to report.
// Errors: errc::corrupt, naming the member. Pure.
#pragma once

#include "tollgate/codec/json.hpp"
#include "tollgate/codec/records.hpp"

#include <boost/describe.hpp>
#include <boost/mp11/algorithm.hpp>

#include <charconv>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace tollgate {

template <class T>
concept described_struct = boost::describe::has_describe_members<T>::value && !std::is_union_v<T>;
template <class T>
concept described_enum = std::is_enum_v<T> && boost::describe::has_describe_enumerators<T>::value;

inline json::value to_json_value(const std::string& v) { return json::value(v); }
inline json::value to_json_value(timestamp v) { return json::value(rfc3339(v)); }
template <std::integral T>
json::value to_json_value(T v) {
    return json::value(v);
}
template <described_enum T>
json::value to_json_value(T v) {
    return json::value(boost::describe::enum_to_string(v, ""));
}
template <class T>
json::value to_json_value(const std::vector<T>& v);

template <described_struct T>
json::object to_json_object(const T& v);
template <described_struct T>
json::value to_json_value(const T& v) {
    return to_json_object(v);
}

template <class T>
json::value to_json_value(const std::vector<T>& v) {
    json::array out;
    out.reserve(v.size());
    for (const auto& item : v) out.push_back(to_json_value(item));
    return out;
}

namespace detail {

template <class T>
void put_member(json::object& out, std::string_view name, const T& v) {
    out[name] = to_json_value(v);
}
template <class T>
void put_member(json::object& out, std::string_view name, const std::optional<T>& v) {
    if (v) out[name] = to_json_value(*v);
}

inline failure not_a(std::string_view what) { return {errc::corrupt, "not " + std::string(what)}; }

}  // namespace detail

template <described_struct T>
json::object to_json_object(const T& v) {
    json::object out;
    boost::mp11::mp_for_each<boost::describe::describe_members<T, boost::describe::mod_public>>(
        [&](auto member) { detail::put_member(out, member.name, v.*member.pointer); });
    return out;
}

// The text of to_json_value(v), written at once.
inline void append_json(std::string& out, std::string_view v) {
    const auto start = out.size();
    out += '"';
    std::size_t written = 0;  // of `v`
    for (std::size_t i = 0; i < v.size(); ++i) {
        const char c = v[i];
        if (c == '"' || c == '\\') {
            out.append(v.substr(written, i - written)) += '\\';
            written = i;
        } else if (static_cast<unsigned char>(c) < 0x20 || c == '\x7f') {  // rare
            out.resize(start);
            out += json::serialize(json::string_view(v));
            return;
        }
    }
    out.append(v.substr(written)) += '"';
}
inline void append_json(std::string& out, const std::string& v) { append_json(out, std::string_view(v)); }
inline void append_json(std::string& out, timestamp v) {
    out += '"';
    append_rfc3339(out, v);
    out += '"';
}
inline void append_json(std::string& out, bool v) { out += v ? "true" : "false"; }
template <std::integral T>
void append_json(std::string& out, T v) {
    char digits[24];
    out.append(digits, std::to_chars(digits, digits + sizeof digits, v).ptr);
}
template <described_enum T>
void append_json(std::string& out, T v) {
    append_json(out, std::string_view(boost::describe::enum_to_string(v, "")));
}
template <described_struct T>
void append_json(std::string& out, const T& v);
template <class T>
void append_json(std::string& out, const std::vector<T>& v) {
    out += '[';
    for (const auto& item : v) {
        if (&item != v.data()) out += ',';
        append_json(out, item);
    }
    out += ']';
}
template <described_struct T>
void append_json(std::string& out, const T& v) {
    char before = '{';
    const auto put = [&](std::string_view name, const auto& value) {
        out.append(1, std::exchange(before, ',')).append(1, '"').append(name).append("\":");
        append_json(out, value);
    };
    boost::mp11::mp_for_each<boost::describe::describe_members<T, boost::describe::mod_public>>([&](auto member) {
        const auto& value = v.*member.pointer;
        if constexpr (requires { value.has_value(); }) {
            if (value) put(member.name, *value);
        } else put(member.name, value);
    });
    out += before == '{' ? "{}" : "}";
}
template <described_struct T>
std::string described_text(const T& v) {
    std::string out;
    out.reserve(512);
    append_json(out, v);
    return out;
}

inline result<void> from_json_value(const json::value& in, std::string& out) {
    if (!in.is_string()) return detail::not_a("a text");
    out = std::string_view(in.get_string());
    return {};
}
inline result<void> from_json_value(const json::value& in, timestamp& out) {
    if (!in.is_string()) return detail::not_a("a time");
    const auto parsed = parse_rfc3339(std::string_view(in.get_string()));
    if (!parsed) return failure{errc::corrupt, parsed.error().what};
    out = *parsed;
    return {};
}
inline result<void> from_json_value(const json::value& in, bool& out) {
    if (!in.is_bool()) return detail::not_a("true or false");
    out = in.get_bool();
    return {};
}
template <std::integral T>
result<void> from_json_value(const json::value& in, T& out) {
    json::error_code ec;
    const auto number = in.is_double() ? T{} : in.to_number<T>(ec);
    if (ec || in.is_double()) return detail::not_a("an integer in range");
    out = number;
    return {};
}
template <described_enum T>
result<void> from_json_value(const json::value& in, T& out) {
    if (!in.is_string() || !boost::describe::enum_from_string(std::string(in.get_string()).c_str(), out))
        return detail::not_a("one of the known words");
    return {};
}
template <described_struct T>
result<void> from_json_value(const json::value& in, T& out);
template <class T>
result<void> from_json_value(const json::value& in, std::optional<T>& out) {
    out.reset();
    if (in.is_null()) return {};
    return from_json_value(in, out.emplace());
}
template <class T>
result<void> from_json_value(const json::value& in, std::vector<T>& out) {
    if (!in.is_array()) return detail::not_a("a list");
    out.clear();
    for (const auto& item : in.get_array())
        if (auto r = from_json_value(item, out.emplace_back()); !r) return r;
    return {};
}
template <described_struct T>
result<void> from_json_value(const json::value& in, T& out) {
    if (!in.is_object()) return detail::not_a("an object");
    result<void> done;
    boost::mp11::mp_for_each<boost::describe::describe_members<T, boost::describe::mod_public>>([&](auto member) {
        const auto* value = in.get_object().if_contains(member.name);
        if (!done || value == nullptr) return;
        if (auto r = from_json_value(*value, out.*member.pointer); !r)
            done = failure{r.error().kind, std::string(member.name) + ": " + r.error().what};
    });
    return done;
}

// The whole text as one T.
template <described_struct T>
result<T> parse_described(std::string_view text) {
    json::error_code ec;
    unsigned char room[4096];  // of a record's own size: the values are gone when it has been read
    json::monotonic_resource memory(room, sizeof room);
    const auto value = json::parse(text, ec, &memory);
    if (ec) return failure{errc::corrupt, "not JSON: " + ec.message()};
    T out;
    if (auto r = from_json_value(value, out); !r) return r.error();
    return out;
}

}  // namespace tollgate
