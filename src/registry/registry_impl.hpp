// registry_impl.hpp - what the registry's source files share.
//
// registry.cpp opens and closes, numbers.cpp keeps the numbers, commands.cpp changes, queries.cpp reads.
#pragma once

#include "apply.hpp"

#include "tollgate/registry/registry.hpp"
#include "tollgate/store/database.hpp"
#include "tollgate/store/ledger.hpp"

#include <memory>

namespace tollgate {

struct registry::impl {
    explicit impl(dependencies d) : deps(d) {}

    dependencies deps;
    registry* self = nullptr;  // whose `probe` is called
    std::unique_ptr<database> db;
    std::unique_ptr<token_applier> applier;
    std::unique_ptr<class ledger> ledger;  // ends first: its thread uses the others

    void at(std::string_view point) const {
        if (self && self->probe) self->probe(point);
    }
    result<void> check_format();
    // The record of a token, with its revision filled in. Errors: not_found.
    result<token> find(std::string_view id) const;
    result<revision> commit_name(std::string key, std::string value);
};

}  // namespace tollgate
