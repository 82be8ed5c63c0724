// restore.hpp - an older copy of the store in the place of the one that is there, without bringing back what was revoked.
//
// While nobody serves from the store. What is known to have ended since the copy was made (tokens revoked, secrets replaced by
// rotation) is read from the store that is there and written into a copy of the copy, with an audit event each; that is
// opened, read through, and only then exchanged for the store, in one step. The store that was there is kept beside it. Where there
// is none, or it cannot be read, nothing is known about revocations: the restoration is refused, unless they are given up.
// The database `local` (what this node alone keeps) stays where it is.
// Errors: not_found (no copy there), refused (revocations would be lost), unavailable (a gateway has the store), and the store's.
#pragma once

#include "tollgate/registry/registry.hpp"

#include <cstddef>
#include <string>

namespace tollgate {

struct restore_options {
    std::string copy;   // what registry::backup() made; it is only read
    std::string store;  // the directory that is replaced, or made
    std::size_t cache_bytes = 64ull << 20;
    bool accept_lost_revocations = false;
    audit_key links{};  // as registry::options
};

struct restore_report {
    revision restored = 0;            // newest in the copy
    revision before = 0;              // newest in the store that was there; 0: none, or not readable
    std::size_t revoked = 0;          // tokens whose revocation was written again
    std::size_t replaced = 0;         // tokens whose later secrets and their ends were
    std::size_t renewed = 0;          // other records that had ended, or had moved on, since
    std::string set_aside;            // where the store that was there is now; empty: there was none
};

result<restore_report> restore_store(const restore_options& how, const registry::dependencies& with);

}  // namespace tollgate
