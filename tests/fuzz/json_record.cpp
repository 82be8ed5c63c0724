// Records from the store, an export or another node: what is read is written so that it reads the same.
#include "fuzz/fuzz.hpp"
#include "tollgate/codec/records.hpp"

using namespace tollgate;

namespace {

template <class Read>
void same_again(std::string_view text, Read read) {
    const auto first = read(text);
    if (!first) {
        DEMAND(first.error().kind == errc::corrupt);
        return;
    }
    const auto written = serialize(to_json(*first));
    const auto second = read(written);
    DEMAND(second.has_value());
    DEMAND(serialize(to_json(*second)) == written);
}

}  // namespace

FUZZ_TARGET(json_record) {
    fuzz::input in(bytes);
    const auto kind = in.number();
    const auto text = in.rest();
    switch (kind % 8) {
        case 0: return same_again(text, token_from_json);
        case 1: return same_again(text, actor_from_json);
        case 2: return same_again(text, user_from_json);
        case 3: return same_again(text, oauth_client_from_json);
        case 4: return same_again(text, authorization_from_json);
        case 5: return same_again(text, mac_key_from_json);
        case 6: return same_again(text, revoked_access_from_json);
        default: return same_again(text, audit_event_from_json);
    }
}
