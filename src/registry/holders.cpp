// The grants of holders (model/holder.hpp), made of their records when a data plane asks.

#include "keys.hpp"
#include "registry_impl.hpp"

#include "tollgate/base/check.hpp"
#include "tollgate/codec/digest_text.hpp"
#include "tollgate/codec/records.hpp"
#include "tollgate/registry/users.hpp"

#include <fmt/format.h>

namespace tollgate {
namespace {

using found = result<std::optional<indexed_grant>>;

failure unreadable(const holder& who, const failure& why) {
    return {errc::corrupt, fmt::format("the record of {} cannot be read: {}", text_of(who), why.what)};
}

indexed_grant grant_of(const authorization& a, const token_id& id, const number_table& numbers) {
    const auto number = [&](std::string_view text) { return numbers.atoms().find(text).value_or(atom::none); };
    indexed_grant out;
    out.id = id;
    for (const auto& s : a.scopes)
        if (const auto n = numbers.find_scope(a.api, s)) out.scopes.add(*n);
    out.api = number(a.api);
    out.kind = number(a.kind);
    out.audience = number(a.audience);
    out.environment = number(a.environment);
    out.tenant = number(a.tenant);
    out.owner = number(a.owner);
    out.version = number(a.version);
    out.epoch = a.epoch;
    out.state = a.state;
    return out;
}

}  // namespace

found registry::impl::read_holder(const holder& who) const {
    const auto id = text_of(who);
    switch (who.kind) {
        case holder_kind::token: {
            const auto record = find(id);
            if (!record) return record.error().kind == errc::not_found ? found(std::nullopt) : record.error();
            const auto key = parse_digest(record->generations.back().digest);
            if (!key) return failure{errc::corrupt, fmt::format("the record of {} has no digest", id)};
            auto newest = row(*key);
            if (newest && *newest) (*newest)->superseded_at = {};
            return newest;
        }
        case holder_kind::authorization: {
            const auto record = ledger->read(authorization_key(id));
            if (!record || !*record) return record ? found(std::nullopt) : record.error();
            const auto a = authorization_from_json((*record)->json);
            if (!a) return unreadable(who, a.error());
            return std::optional(grant_of(*a, who.id, applier->numbers()));
        }
        case holder_kind::access: {
            const auto record = ledger->read(revoked_key(id));
            if (!record || !*record) return record ? found(std::nullopt) : record.error();
            indexed_grant gone;
            gone.id = who.id;
            return std::optional(std::move(gone));
        }
        case holder_kind::client: return row(index_key({"client", id}));
        case holder_kind::user: return row(index_key({"user", id}));
    }
    return std::optional<indexed_grant>();
}

}  // namespace tollgate
