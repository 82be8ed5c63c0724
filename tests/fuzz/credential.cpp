// The Authorization field, and the tokens that nothing is stored of: only what was signed here is read. (C-3, T-1)
#include "tollgate/rules/credential.hpp"
#include "fuzz/fuzz.hpp"
#include "fuzz/worlds.hpp"

using namespace tollgate;
using namespace tollgate::fuzz;

namespace {

access_claims claims_from(input& in) {
    access_claims c;
    for (auto& byte : c.id.bytes) byte = in.number();
    c.api = acme().of->number;
    c.environment = in.flag() ? atom{2} : atom{3};
    c.parent = {{holder_kind::token, c.id}, in.number<std::uint32_t>()};
    if (in.flag()) c.client = held{{holder_kind::client, c.id}, in.number<std::uint32_t>()};
    if (in.flag()) c.user = held{{holder_kind::user, c.id}, in.number<std::uint32_t>()};
    c.every_scope = in.flag();
    if (!c.every_scope)
        for (auto n = in.number() % 8; n > 0; --n) c.scopes.add(static_cast<scope_number>(in.number<std::uint16_t>() % bounds::scopes_per_api));
    c.issued_at = now;
    c.expires_at = {now.us + static_cast<std::int64_t>(in.number<std::uint32_t>()) * 1'000'000};
    return c;
}

}  // namespace

FUZZ_TARGET(credential) {
    auto& w = acme();
    const exact field(bytes);
    const auto read = read_credential(1, field.view(), *w.of, bytes.size() & 1);
    if (read.what == credential::kind::plausible || read.what == credential::kind::access_token) {
        DEMAND(!read.text.empty() && read.text.size() <= bytes.size());
        DEMAND(read.text.data() >= field.view().data() && read.text.data() + read.text.size() <= field.view().data() + field.view().size());
    }
    DEMAND(read_credential(2, field.view(), *w.of, 0).what == credential::kind::malformed);
    DEMAND(!read_access_token(field.view(), *w.of, w.ring, now) && !read_refresh_token(field.view(), *w.of, w.ring, now));
    // What is signed is read back, with every claim; one other letter and it is nothing.
    input in(bytes);
    const auto claims = claims_from(in);
    const auto token = write_access_token(claims, "at_", *w.ring.current(*w.of));
    const std::string text(token.reveal());
    const auto back = read_access_token(text, *w.of, w.ring, now);
    DEMAND(back && back->id == claims.id && back->scopes == claims.scopes && back->every_scope == claims.every_scope);
    DEMAND(back->parent.epoch == claims.parent.epoch && back->client.has_value() == claims.client.has_value() &&
        back->user.has_value() == claims.user.has_value() && back->environment == claims.environment);
    auto forged = text;
    auto& letter = forged[3 + in.number<std::uint16_t>() % (forged.size() - 3)];
    letter = letter == 'A' ? 'B' : 'A';
    DEMAND(!read_access_token(forged, *w.of, w.ring, now));
    DEMAND(!read_access_token(std::string_view(text).substr(0, text.size() - 1), *w.of, w.ring, now));
    const auto refresh = write_refresh_token({claims.id, claims.parent.epoch, claims.expires_at}, "rt_", *w.ring.current(*w.of));
    const auto family = read_refresh_token(refresh.reveal(), *w.of, w.ring, now);
    DEMAND(family && family->authorization == claims.id && family->generation == claims.parent.epoch);
    DEMAND(!read_access_token(refresh.reveal(), *w.of, w.ring, now) && !read_refresh_token(text, *w.of, w.ring, now));
}
