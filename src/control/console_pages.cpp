#include "control/front_end.hpp"

#include "control/call_headers.hpp"
#include "control/console_files.hpp"
#include "control/html_page.hpp"
#include "control/management_answers.hpp"
#include "control/session_cookie.hpp"
#include "tollgate/codec/text.hpp"
#include "tollgate/control/pages.hpp"
#include "tollgate/crypto/sha256.hpp"

#include <algorithm>
#include <array>

namespace tollgate {
namespace {

constexpr std::string_view kNonce = "%NONCE%", kRoot = "%ROOT%", kTitle = "%TITLE%", kDoor = "%DOOR%";
constexpr std::string_view kNoConsole =
    "This program was built without its console: node and npm were not there, or TOLLGATE_CONSOLE was OFF.\n"
    "Everything that it does, the command line does: tollgate --help. See also /healthz, /readyz and /metrics.\n";

// Scripts and data come from here alone. Styles are written while it runs, by the page's own script, which knows the nonce.
std::string policy(std::string_view nonce) {
    std::string out = "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-";
    out += nonce;
    out += "'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    return out;
}

std::string fresh_nonce(random_source& random) {
    std::array<std::uint8_t, 16> bytes{};
    random.fill(bytes);
    return hex(bytes);
}

void fill(std::string& text, std::string_view mark, std::string_view value) {
    for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + value.size())) text.replace(at, mark.size(), value);
}

bool takes(std::string_view accepted, std::string_view coding) {
    for (std::size_t at = 0; at < accepted.size();) {
        auto end = accepted.find(',', at);
        if (end == std::string_view::npos) end = accepted.size();
        auto one = accepted.substr(at, end - at);
        at = end + 1;
        while (one.starts_with(' ')) one.remove_prefix(1);
        if (one.starts_with(coding) && (one.size() == coding.size() || one.substr(coding.size()).starts_with(' '))) return true;
        if (one.starts_with(coding) && one.substr(coding.size()).starts_with(';'))
            return one.find("q=0") == std::string_view::npos || one.find("q=0.") != std::string_view::npos;
    }
    return false;
}

}  // namespace

operation_answer answer_front_end(const operation_call& call, random_source& random, const front_end_page& page) {
    if (page.text.empty()) return {501, "text/plain; charset=utf-8", {{"Cache-Control", "no-store"}}, std::string(kNoConsole)};
    const auto is_session = [&](const auto& header) { return header.first == "cookie" && !cookie_value(header.second, page.cookie).empty(); };
    std::string text(page.text);
    fill(text, kRoot, page.root);
    // The console's cookie is withheld from who comes by another site's link; the page's own question brings it.
    const bool maybe = std::ranges::any_of(call.headers, is_session) || header_of(call, "sec-fetch-site") == "cross-site";
    fill(text, kDoor, maybe ? "asking" : "open");
    const auto nonce = fresh_nonce(random);
    const auto title = html_text(page.title);
    auto tagged = text;
    fill(tagged, kTitle, title);
    const auto etag = "W/\"" + hex(sha256(tagged).bytes).substr(0, 32) + '"';
    fill(text, kNonce, nonce);
    fill(text, kTitle, title);  // last: it may hold any text
    operation_answer out{200, "text/html; charset=utf-8",
        {{"ETag", etag}, {"Cache-Control", "private, no-cache"}, {"X-Content-Type-Options", "nosniff"}, {"Referrer-Policy", "no-referrer"},
            {"Cross-Origin-Opener-Policy", "same-origin"}, {"Cross-Origin-Resource-Policy", "same-origin"}},
        std::move(text)};
    // A copy that the caller keeps goes on with the nonce and the policy that came with it: a 304 says nothing of either.
    if (header_of(call, "if-none-match") == etag) out.status = 304;
    else out.headers.emplace_back("Content-Security-Policy", policy(nonce));
    return out;
}

operation_answer answer_front_end_file(const operation_call& call) {
    const auto files = console_files();
    const auto found =
        call.parameters.empty() ? files.end() : std::ranges::find(files, std::string_view(call.parameters.front()), &console_file::name);
    if (found == files.end()) return {404, "text/plain; charset=utf-8", {{"Cache-Control", "no-store"}}, "There is no such file.\n"};
    const bool brotli = takes(header_of(call, "accept-encoding"), "br");  // every browser takes one of the two
    return {200, std::string(found->type),
        {{"Content-Encoding", brotli ? "br" : "gzip"}, {"Vary", "Accept-Encoding"}, {"Cache-Control", "public, max-age=31536000, immutable"},
            {"X-Content-Type-Options", "nosniff"}, {"Cross-Origin-Resource-Policy", "same-origin"}},
        std::string(brotli ? found->brotli : found->gzip)};
}

json::object words_view(const console_words& words) {
    json::object out;
    if (!words.path.empty()) out["path"] = json::array(words.path.begin(), words.path.end());
    for (const auto& [name, text] : words.phrases) out[name] = text;
    return out;
}

void add_console(operation_table& table, random_source& random, words_source words) {
    table["console.page"] = [&random](const operation_call& call) {
        return answer_front_end(call, random, {console_page(), "", "Tollgate", console_cookie});
    };
    table["console.file"] = answer_front_end_file;
    table["console.words"] = [words = std::move(words)](const operation_call& call) {
        return answer_json(200, call.parameters.empty() ? json::object() : words_view(words(call.parameters.front())));
    };
}

bool has_console() noexcept { return !console_page().empty(); }

}  // namespace tollgate
