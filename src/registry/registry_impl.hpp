// registry_impl.hpp - what the registry's source files share.
//
// registry.cpp opens and closes, numbers.cpp keeps the numbers, commands.cpp creates and revokes, changes.cpp changes one
// token, bulk.cpp revokes many, queries.cpp reads.
#pragma once

#include "apply.hpp"

#include "tollgate/model/holder.hpp"
#include "tollgate/registry/registry.hpp"
#include "tollgate/rules/lifecycle.hpp"
#include "tollgate/store/database.hpp"
#include "tollgate/store/disk_room.hpp"
#include "tollgate/store/ledger.hpp"
#include "tollgate/telemetry/counters.hpp"

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <span>

namespace tollgate {

struct registry::impl {
    impl(dependencies d, secret master) : deps(d), macs(std::move(master)) {}

    dependencies deps;
    registry* self = nullptr;  // whose `probe` is called
    std::unique_ptr<database> db;
    mac_keeper macs;
    std::optional<disk_room> room;
    std::optional<known_digests> known;
    std::unique_ptr<token_applier> applier;
    std::unique_ptr<class ledger> ledger;  // ends first: its thread uses the others

    // The committer's: when the group under way was taken, and when it was durable.
    std::optional<monotonic> taken;
    monotonic durable{};
    latency_histogram changes_durable, changes_visible;

    void at(std::string_view point) {
        if (point == "commit:derive" && !taken) taken = deps.time.ticks();
        if (point == "commit:discarded") taken.reset();
        if (point == "commit:durable") {
            durable = deps.time.ticks();
            add_since(changes_durable, taken.value_or(durable), durable);
            taken.reset();
        }
        if (self && self->probe) self->probe(point);
        if (point == "commit:applied") add_since(changes_visible, durable, deps.time.ticks());
    }
    static void add_since(latency_histogram& to, monotonic from, monotonic now) noexcept {
        const auto took = std::chrono::duration_cast<std::chrono::microseconds>(now - from);
        to.add(static_cast<std::uint64_t>(std::max<std::int64_t>(took.count(), 0)));
    }
    result<void> check_format();
    // The record of a token, with its revision filled in. Errors: not_found.
    result<token> find(std::string_view id) const;
    // Takes a token one step on: reads it, asks the terms and the table of its life about each of `commands`, lets `act` change
    // the record (false: nothing is to be done), and commits it on the condition that nobody came in between; else again.
    using act = std::function<result<bool>(token& becomes, timestamp now)>;
    result<token> step(std::string_view id, const change_terms& terms, std::span<const life_command> commands, const char* action, const act& how);
    static record_put record_of(const token& t);
    // The change from one record to the next, on the condition that the first still stands.
    static change change_of(const token& was, const token& becomes, const caller& who, timestamp at, const char* action);
    [[nodiscard]] result<std::optional<indexed_grant>> row(const digest& key) const;
    [[nodiscard]] result<std::optional<indexed_grant>> read_holder(const holder& who) const;
    // Likewise of an actor; removed ones too.
    result<actor> find_actor(std::string_view id) const;
    result<revision> commit_name(std::string key, std::string value);
};

}  // namespace tollgate
