// The PROXY protocol: one verdict at every cut. (T-7)
#include "tollgate/codec/proxy_header.hpp"
#include "fuzz/fuzz.hpp"

using namespace tollgate;

FUZZ_TARGET(proxy_header) {
    const fuzz::exact all(bytes);
    proxy_header whole;
    const auto end = read_proxy_header(all.view(), whole);
    if (end == proxy_header_status::complete) DEMAND(whole.bytes > 0 && whole.bytes <= bytes.size());
    for (std::size_t n = 0; n < bytes.size() && n < 300; ++n) {
        const fuzz::exact part(bytes.substr(0, n));
        proxy_header torn;
        const auto status = read_proxy_header(part.view(), torn);
        if (status == proxy_header_status::need_more) continue;
        DEMAND(status == end);
        if (status == proxy_header_status::complete) DEMAND(torn.bytes == whole.bytes && torn.source == whole.source && n >= whole.bytes);
        break;
    }
    // A later byte never changes what was complete.
    if (end == proxy_header_status::complete) {
        const std::string longer = std::string(bytes) + "GET / HTTP/1.1\r\n";
        proxy_header more;
        DEMAND(read_proxy_header(longer, more) == end && more.bytes == whole.bytes && more.source == whole.source);
    }
}
