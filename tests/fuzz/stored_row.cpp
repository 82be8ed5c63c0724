// Rows as they come from the disk: what is no row is refused, what is one is written back as it was read. (src/store/FORMAT.md)
#include "fuzz/fuzz.hpp"
#include "registry/grant_codec.hpp"
#include "replay/replay_row.hpp"
#include "tollgate/replay/kept_answer.hpp"
#include "tollgate/rules/audit_chain.hpp"
#include "usage/usage_rows.hpp"

using namespace tollgate;

FUZZ_TARGET(stored_row) {
    fuzz::input in(bytes);
    const auto kind = in.number();
    const fuzz::exact row(in.rest());
    const auto text = row.view();
    switch (kind % 10) {
        case 0:
            if (const auto g = decode_grant(text)) {
                const auto again = decode_grant(encode_grant(*g));
                DEMAND(again.has_value());
                if (g->state != token_state::revoked) DEMAND(*again == *g && again->addresses == g->addresses);
                else DEMAND(again->id == g->id && again->state == token_state::revoked);
            } else DEMAND(g.error().kind == errc::corrupt);
            break;
        case 1:
            if (const auto a = read_kept_answer(text)) DEMAND(read_kept_answer(write_kept_answer(*a)) == a);
            break;
        case 2:
            if (const auto r = read_replay_row(text)) DEMAND(write_row_head(*r) + r->sealed == text);
            break;
        case 3:
            if (const auto r = decode_audit_row(7, text)) DEMAND(encode_audit_row(*r) == text);
            break;
        case 4:
            if (const auto h = decode_audit_head(text)) DEMAND(encode_audit_head(*h) == text);
            if (const auto h = audit_head::parse(text)) DEMAND(audit_head::parse(h->text()) == h);
            break;
        case 5:
            if (const auto v = decode_last_use(text)) {
                const auto again = decode_last_use(encode(*v));
                DEMAND(again && again->at == v->at && again->from == v->from);
            }
            break;
        case 6:
            if (const auto v = decode_address(text)) {
                const auto again = decode_address(encode(*v));
                DEMAND(again && again->first == v->first && again->requests == v->requests);
            }
            (void)decode_scope_use(text);
            break;
        case 7:
            if (const auto v = decode_series(text))
                for (const auto step : {usage_step::minute, usage_step::hour, usage_step::day}) (void)encode(*v, step);
            (void)address_at_end(text);
            break;
        case 8:
            if (const auto v = decode_route_use(text)) {
                const auto again = decode_route_use(encode(*v));
                DEMAND(again && again->last == v->last && again->requests == v->requests && again->latency_max_us == v->latency_max_us);
            }
            break;
        default: {
            // Rows are merged in any order, damaged ones among them: what comes out is a row wherever one of them was.
            fuzz::input two(text);
            const auto key = two.piece(2), existing = two.piece(64), operand = two.rest();
            std::string out;
            merge_usage(key, existing, operand, out);
            DEMAND(out.size() <= 64 || out == operand || out == existing);
        }
    }
}
