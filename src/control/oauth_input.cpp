#include "control/oauth_input.hpp"

#include "tollgate/codec/base64.hpp"
#include "tollgate/codec/json.hpp"
#include "tollgate/codec/path.hpp"
#include "tollgate/codec/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tollgate {
namespace {

std::string_view header(const operation_call& call, std::string_view name) {
    const auto found = std::ranges::find(call.headers, name, [](const auto& h) { return std::string_view(h.first); });
    return found == call.headers.end() ? std::string_view() : std::string_view(found->second);
}

std::string_view media_type(const operation_call& call) {
    auto media = header(call, "content-type");
    media = media.substr(0, media.find(';'));
    while (media.ends_with(' ') || media.ends_with('\t')) media.remove_suffix(1);
    return media;
}

}  // namespace

std::variant<oauth_input, std::string> oauth_input::read(const operation_call& call) {
    oauth_input out;
    const auto media = media_type(call);
    std::optional<std::string> wrong;
    if (equal_ignoring_case(media, "application/json")) wrong = out.read_json(call.body);
    else if (equal_ignoring_case(media, "application/x-www-form-urlencoded") || (media.empty() && call.body.empty()))
        wrong = out.read_form(call.body);
    else wrong = "the body is neither a form nor JSON: send Content-Type: application/x-www-form-urlencoded";
    if (wrong) return *wrong;
    return out;
}

// RFC 6749 §3.2: without a value it is as good as absent.
bool oauth_input::put(std::string name, std::string value) {
    if (value.empty()) return true;
    if (name == "resource") {
        resources_.push_back(std::move(value));
        return true;
    }
    return values_.emplace(std::move(name), std::move(value)).second;
}

std::optional<std::string> oauth_input::read_form(std::string_view body) {
    while (!body.empty()) {
        const auto pair = body.substr(0, body.find('&'));
        body.remove_prefix(std::min(body.size(), pair.size() + 1));
        if (pair.empty()) continue;
        const auto equals = pair.find('=');
        const auto raw = equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
        std::string name, value;
        if (!percent_decode(pair.substr(0, equals), true, name) || !percent_decode(raw, true, value))
            return "a parameter has a broken percent escape";
        if (!put(std::move(name), std::move(value))) return "a parameter stands twice";
    }
    return std::nullopt;
}

std::optional<std::string> oauth_input::read_json(std::string_view body) {
    boost::system::error_code failed;
    const auto value = json::parse(body, failed);
    if (failed || !value.is_object()) return "the body is not a JSON object";
    for (const auto& member : value.get_object()) {
        std::string text;
        if (member.value().is_string()) text = std::string_view(member.value().get_string());
        else if (member.value().is_int64()) text = std::to_string(member.value().get_int64());
        else if (!member.value().is_null()) return fmt::format("`{}` is not a text", std::string_view(member.key()).substr(0, 40));
        if (!put(std::string(member.key()), std::move(text))) return "a parameter stands twice";
    }
    return std::nullopt;
}

const std::string& oauth_input::get(std::string_view name) const {
    static const std::string nothing;
    const auto found = values_.find(name);
    return found == values_.end() ? nothing : found->second;
}

std::variant<client_credentials, std::string> read_credentials(const operation_call& call, const oauth_input& in) {
    client_credentials out;
    const std::string_view value = call.authorization;
    const auto scheme = value.substr(0, value.find(' '));
    if (!value.empty() && !equal_ignoring_case(scheme, "Basic")) return "the Authorization header is not Basic";
    if (value.empty()) {
        if (in.has("client_id")) out.tries.push_back({in.get("client_id"), in.get("client_secret")});
        return out;
    }
    if (in.has("client_secret")) return "the client's credentials stand in two places";
    out.by_header = true;
    const auto at = std::min(value.find_first_not_of(' ', scheme.size()), value.size());
    const auto plain = unbase64(value.substr(at));
    const auto colon = plain ? plain->find(':') : std::string::npos;
    if (colon == std::string::npos) return out;
    client_credentials::pair raw{plain->substr(0, colon), plain->substr(colon + 1)}, decoded;
    if (in.has("client_id") && in.get("client_id") != raw.id) {
        std::string id;
        if (!percent_decode(raw.id, true, id) || in.get("client_id") != id) return "client_id and the Authorization header differ";
    }
    const bool encoded = percent_decode(raw.id, true, decoded.id) && percent_decode(raw.secret, true, decoded.secret);
    const bool same = encoded && decoded.id == raw.id && decoded.secret == raw.secret;
    out.tries.push_back(std::move(raw));
    if (encoded && !same) out.tries.push_back(std::move(decoded));
    return out;
}

std::optional<std::vector<std::string>> read_scope(std::string_view text) {
    std::vector<std::string> out;
    while (!text.empty()) {
        const auto name = text.substr(0, text.find(' '));
        text.remove_prefix(std::min(text.size(), name.size() + 1));
        const auto fits = [](char c) { return c >= 0x21 && c <= 0x7e && c != '"' && c != '\\'; };
        if (!std::all_of(name.begin(), name.end(), fits)) return std::nullopt;
        if (!name.empty() && std::find(out.begin(), out.end(), name) == out.end()) out.emplace_back(name);
    }
    return out;
}

}  // namespace tollgate
