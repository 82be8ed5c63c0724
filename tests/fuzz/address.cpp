// Addresses, blocks and ids: a text that parses is written back in one way, which parses to the same. (T-7)
#include "fuzz/fuzz.hpp"
#include "tollgate/model/ip_address.hpp"
#include "tollgate/model/token_id.hpp"

#include <arpa/inet.h>

using namespace tollgate;

FUZZ_TARGET(address) {
    if (const auto a = ip_address::parse(bytes)) {
        DEMAND(ip_address::parse(a->text()) == a);
        DEMAND(bytes.find(' ') == std::string_view::npos && bytes.find('%') == std::string_view::npos);
        // The C library, which is more lenient, reads no other address from it.
        const std::string text(bytes);
        in6_addr six{};
        in_addr four{};
        if (bytes.find('\0') == std::string_view::npos) {
            if (::inet_pton(AF_INET6, text.c_str(), &six) == 1) DEMAND(std::memcmp(six.s6_addr, a->bytes.data(), 16) == 0);
            else DEMAND(::inet_pton(AF_INET, text.c_str(), &four) == 1 && a->is_v4() && *a == ip_address::v4(ntohl(four.s_addr)));
        }
    }
    if (const auto b = ip_block::parse(bytes)) {
        DEMAND(b->prefix_bits <= 128 && b->contains(b->base));
        DEMAND(ip_block::parse(b->text()) == b);
    }
    for (const auto prefix : {token_id::prefix, token_id::actor_prefix, token_id::user_prefix})
        if (const auto id = token_id::parse(bytes, prefix)) DEMAND(id->text(prefix) == bytes);
}
