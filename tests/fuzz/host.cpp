// Host: one normal form. (W-3)
#include "fuzz/fuzz.hpp"
#include "tollgate/codec/http_guard.hpp"

using namespace tollgate;

FUZZ_TARGET(host) {
    const fuzz::exact in(bytes);
    std::string out(bytes.size(), '\0'), again(bytes.size(), '\0');
    std::size_t size = 0, second = 0;
    if (!normal_host(in.view(), out.data(), size)) return;
    DEMAND(size <= bytes.size());
    out.resize(size);
    for (const auto c : out) DEMAND(static_cast<unsigned char>(c) > 0x20 && static_cast<unsigned char>(c) < 0x7f && (c < 'A' || c > 'Z'));
    if (out.ends_with('.')) return;  // of several final dots one goes; what is left is no host that anybody is configured under
    DEMAND(normal_host(out, again.data(), second));
    DEMAND(std::string_view(again.data(), second) == out);
}
