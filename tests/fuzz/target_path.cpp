// The path that is judged and forwarded: one form, without a way to climb. (W-10)
#include "fuzz/fuzz.hpp"
#include "tollgate/codec/path.hpp"

using namespace tollgate;

FUZZ_TARGET(target_path) {
    const std::string raw = "/" + std::string(bytes.substr(0, bytes.find_first_of("?#")));
    std::string scratch, again, plain;
    const auto first = canonical_path(raw, scratch);
    (void)percent_decode(bytes, (bytes.size() & 1) != 0, plain);
    if (!first.ok) return;
    DEMAND(first.path.starts_with('/'));
    const std::string canonical(first.path);
    const auto second = canonical_path(canonical, again);
    DEMAND(second.ok && second.path == canonical);
    plain.clear();
    DEMAND(percent_decode(canonical, false, plain));
    DEMAND(plain.find('\0') == std::string::npos && plain.find('\\') == std::string::npos);
    // Decoded once more, as a careless server does, it still has no segment that climbs.
    std::string twice;
    if (!percent_decode(plain, false, twice)) twice = plain;
    for (const auto& text : {canonical, plain, twice})
        for (std::size_t at = 0; at < text.size();) {
            const auto end = std::min(text.find('/', at + 1), text.size());
            const auto segment = std::string_view(text).substr(at + 1, end - at - 1);
            if (&text == &canonical || canonical.find("%2F") == std::string::npos) DEMAND(segment != "." && segment != "..");
            at = end;
        }
    for (const auto c : canonical) DEMAND(static_cast<unsigned char>(c) > 0x20 && static_cast<unsigned char>(c) < 0x7f);
}
