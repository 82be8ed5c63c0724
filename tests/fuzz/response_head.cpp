// The framing guard on upstreams' answers. (W-6)
#include "fuzz/fuzz.hpp"
#include "fuzz/heads.hpp"

using namespace tollgate;
using namespace tollgate::fuzz;

FUZZ_TARGET(response_head) {
    input in(bytes);
    const bool to_head = in.flag();
    const auto wire = in.rest();
    const auto whole = read_head<response_head>(wire, wire.size(), {}, to_head);
    for (const auto fragment : cuts(wire)) {
        const auto torn = read_head<response_head>(wire, fragment, {}, to_head);
        DEMAND(torn.status == whole.status && torn.why == whole.why && torn.meaning == whole.meaning);
    }
    if (whole.status != head_status::complete) return;
    const auto& head = *whole.head;
    DEMAND(head.status >= 100 && head.status < 600);
    if (head.status < 200 || head.status == 204 || head.status == 304 || to_head) DEMAND(head.body == body_kind::none);
    if (head.body == body_kind::until_close) DEMAND(!head.keep_alive);
    DEMAND(beast_agrees(wire.substr(0, head.head_bytes), head));
}
