// An upstream's answer as the caller gets it: the head that is written reads as one, with the framing that was meant. (W-5, W-6, W-8)
#include "fuzz/fuzz.hpp"
#include "fuzz/heads.hpp"
#include "fuzz/worlds.hpp"
#include "gateway/heads.hpp"

using namespace tollgate;
using namespace tollgate::fuzz;

FUZZ_TARGET(answer_head) {
    std::string_view trace;
    if (read_traceparent(bytes, trace)) DEMAND(bytes.size() == 55 && trace.size() == 32);
    input in(bytes);
    const bool old_caller = in.flag(), keep = in.flag();
    static workspace ws(bounds::head_bytes);
    const auto upstream = read_head<response_head>(in.rest());
    if (upstream.status != head_status::complete || upstream.head->status < 200) return;
    ws.response = *upstream.head;
    ws.request.minor_version = old_caller ? 0 : 1;
    ws.x.facts.of = acme().of;
    std::fill(std::begin(ws.x.id), std::end(ws.x.id), 'a');
    const auto framing = framing_for(ws);
    write_answer_head(ws, framing, keep && framing != answer_framing::until_close);
    const exact wire(ws.answer_out.view());
    const auto down = read_head<response_head>(wire.view(), 0, {.head_bytes = wire.view().size() + 1, .header_count = bounds::header_count_max});
    if (upstream.head->field_count + 4 > bounds::header_count_max) return;
    DEMAND(down.status == head_status::complete && down.head->head_bytes == wire.view().size() && down.head->status == upstream.head->status);
    switch (framing) {
        case answer_framing::none: DEMAND(down.head->body != body_kind::chunked); break;
        case answer_framing::length:
            DEMAND(down.head->body == body_kind::length && down.head->content_length == upstream.head->content_length);
            break;
        case answer_framing::chunked: DEMAND(down.head->body == body_kind::chunked); break;
        case answer_framing::until_close: DEMAND(down.head->body == body_kind::until_close); break;
    }
    DEMAND(down.head->count(field_name::x_request_id) == 1 && down.head->count(field_name::x_tollgate) == 0);
    for (const auto& f : *down.head) DEMAND(f.id != field_name::upgrade && f.id != field_name::keep_alive && f.id != field_name::proxy_authenticate);
}
