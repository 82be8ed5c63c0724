#include "control/html_page.hpp"

#include "tollgate/codec/base64.hpp"

#include <fmt/format.h>

#include <array>

namespace tollgate {
namespace {

constexpr std::string_view kStyle = R"(
:root { color-scheme: light dark; --ink: #1a2230; --soft: #5b6675; --page: #f3f5f8; --card: #fff; --line: #d8dee7; --act: #1f5fd0; --on-act: #fff;
  --bad: #a3251c; --bad-page: #fdeeec; --tag: #e9eff9; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaf1; --soft: #9da8b8; --page: #10141b; --card: #191f29; --line: #2e3744; --act: #6d9ff7;
  --on-act: #0c1420; --bad: #ff9d94; --bad-page: #331b1a; --tag: #222c3c; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1rem; background: var(--page); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; }
main { width: 100%; max-width: 26rem; background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 1.75rem; }
h1 { font-size: 1.3rem; line-height: 1.3; margin: 0 0 .5rem; }
p { margin: .5rem 0; } .soft { color: var(--soft); } strong { overflow-wrap: anywhere; }
label { display: block; font-weight: 600; margin-top: 1rem; }
input { width: 100%; margin-top: .3rem; padding: .6rem .7rem; font: inherit; color: inherit; background: transparent; border: 1px solid var(--soft);
  border-radius: 8px; }
button { width: 100%; margin-top: 1.25rem; padding: .65rem; font: inherit; font-weight: 600; border-radius: 8px; border: 1px solid var(--act);
  background: var(--act); color: var(--on-act); cursor: pointer; }
button.quiet { background: transparent; color: var(--ink); border-color: var(--line); margin-top: .6rem; }
:focus-visible { outline: 3px solid var(--act); outline-offset: 2px; }
ul { margin: 1rem 0; padding: 0; list-style: none; border: 1px solid var(--line); border-radius: 8px; }
li { padding: .6rem .8rem; overflow-wrap: anywhere; } li + li { border-top: 1px solid var(--line); }
code { font-size: .85rem; background: var(--tag); border-radius: 5px; padding: .1rem .35rem; overflow-wrap: anywhere; }
.bad { background: var(--bad-page); color: var(--bad); border-radius: 8px; padding: .6rem .8rem; }
)";

}  // namespace

std::string html_text(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        switch (c) {
            case '&': out += "&amp;"; break;
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '"': out += "&quot;"; break;
            case '\'': out += "&#39;"; break;
            default: out.push_back(c);
        }
    }
    return out;
}

operation_answer answer_page(const html_page& page, random_source& random) {
    std::array<std::uint8_t, 18> bytes{};
    random.fill(bytes);
    const auto nonce = base64url(bytes);
    const auto target = page.form_target.empty() ? std::string() : " " + page.form_target;
    return {page.status, "text/html; charset=utf-8",
        {{"Content-Security-Policy",
             fmt::format("default-src 'none'; style-src 'nonce-{}'; form-action 'self'{}; frame-ancestors 'none'; base-uri 'none'", nonce, target)},
            {"Cache-Control", "no-store"}, {"X-Content-Type-Options", "nosniff"}, {"X-Frame-Options", "DENY"}, {"Referrer-Policy", "same-origin"},
            {"Cross-Origin-Opener-Policy", "same-origin"}, {"Cross-Origin-Resource-Policy", "same-origin"}},
        fmt::format("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, "
                    "initial-scale=1\">\n<title>{}</title>\n<style nonce=\"{}\">{}</style>\n</head>\n<body>\n<main>\n{}</main>\n</body>\n</html>\n",
            html_text(page.title), nonce, kStyle, page.body)};
}

}  // namespace tollgate
