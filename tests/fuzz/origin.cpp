// Who calls, by X-Forwarded-For and Forwarded: nothing to the left of the first stranger counts. (PM-8, T-7)
#include "tollgate/rules/origin.hpp"
#include "fuzz/fuzz.hpp"
#include "tollgate/codec/http_guard.hpp"

using namespace tollgate;
using namespace tollgate::fuzz;

namespace {

// The values of X-Forwarded-For, Forwarded and X-Forwarded-Proto stand on the input's lines in turn.
std::string head_of(std::string_view bytes, std::string_view before) {
    std::string out = "GET / HTTP/1.1\r\nHost: a.test\r\n";
    input in(bytes);
    const char* names[] = {"X-Forwarded-For", "Forwarded", "X-Forwarded-Proto"};
    for (std::size_t i = 0; i < 6 && !in.empty(); ++i)
        out.append(names[i % 3]).append(": ").append(i == 0 ? before : std::string_view()).append(in.line()).append("\r\n");
    return out + "\r\n";
}

std::unique_ptr<request_head> read(std::string_view wire) {
    auto head = std::make_unique<request_head>();
    std::size_t scanned = 0;
    head_error why{};
    return read_request_head(wire, scanned, {}, *head, why) == head_status::complete ? std::move(head) : nullptr;
}

}  // namespace

FUZZ_TARGET(origin) {
    static const std::vector<ip_block> trusted{*ip_block::parse("10.0.0.0/8"), *ip_block::parse("2001:db8::/32")};
    static const auto peer = *ip_address::parse("10.0.0.1");
    if (const auto node = read_forwarded_node(bytes)) DEMAND(ip_address::parse(node->text()) == node);
    const auto wire = head_of(bytes, "");
    const auto head = read(wire);
    if (!head) return;
    const auto found = find_origin(peer, trusted, *head);
    if (found.contradicted) DEMAND(found.client == ip_address{});
    else if (!found.reported) DEMAND(found.client == peer);
    // What somebody writes on the left end changes nothing where a stranger ended the walk.
    if (found.reported && !found.contradicted && !contains(trusted, found.client)) {
        const auto forged = head_of(bytes, "198.51.100.66, ");
        const auto other = read(forged);
        if (other && other->count(field_name::forwarded) == 0 && other->count(field_name::x_forwarded_for) == 1)
            DEMAND(find_origin(peer, trusted, *other).client == found.client);
    }
}
