// planted.hpp - records of each kind, and a store into which rows can be planted past the ledger, for tests of what is derived from a change.
#pragma once

#include "acme.hpp"
#include "registry/apply.hpp"
#include "registry/keys.hpp"

#include "tollgate/codec/records.hpp"
#include "tollgate/codec/text.hpp"

namespace tollgate::test {

inline std::string id_text(std::string_view prefix, int n) {
    token_id id;
    id.bytes[15] = static_cast<std::uint8_t>(n);
    return id.text(prefix);
}

// A ledger over a store that rows can be put into past it.
struct planted_fixture {
    scratch dir;
    null_log quiet;
    change_feed feed{1};
    std::unique_ptr<database> db = database::open(control_database(dir.path(), 8 << 20), quiet).value();
    mac_keeper macs{secret()};
    token_applier applier{*db, feed, macs, [](std::string_view) {}};
    std::unique_ptr<ledger> book = ledger::open(*db, families::records, applier, quiet).value();

    std::string put(std::string key, std::string value, timestamp at = june) {
        change c;
        c.puts.push_back({std::move(key), std::move(value)});
        c.event.action = "test";
        c.event.at = at;
        const auto r = book->commit(std::move(c));
        return r ? "ok" : std::string(to_string(r.error().kind));
    }
    template <class T>
    std::string put(std::string key, const T& record) {
        return put(std::move(key), serialize(to_json(record)));
    }
    // As a store is that somebody else has written into.
    void plant(family f, const std::string& key, std::string value) {
        write_batch batch;
        batch.put(f, key, std::move(value));
        BOOST_REQUIRE(db->write(batch, true));
    }
};

inline const std::string kRevision(8, '\1');  // of a planted record

inline token token_of(int n, std::string_view text = "one") {
    token t;
    t.id = id_text(token_id::prefix, n);
    t.api = "acme";
    t.name = "n";
    t.generations.push_back({1, hex(sha256(text).bytes), "ak_...", june, std::nullopt});
    return t;
}
inline actor actor_of(int n) {
    actor a;
    a.id = id_text(token_id::actor_prefix, n);
    a.api = "acme";
    a.name = "Ada";
    return a;
}
inline user user_of(int n) {
    user u;
    u.id = id_text(token_id::user_prefix, n);
    u.api = "acme";
    u.user_name = "ada";
    u.subject = u.id;
    return u;
}
inline oauth_client client_of(int n) {
    oauth_client c;
    c.id = id_text(token_id::client_prefix, n);
    c.api = "acme";
    c.name = "App";
    c.scopes = {"crates:read"};
    return c;
}
inline authorization authorization_of(int n) {
    authorization a;
    a.id = id_text(token_id::authorization_prefix, n);
    a.api = "acme";
    a.client = "cli_1";
    a.user = "usr_1";
    a.scopes = {"crates:read"};
    a.generation = 3;
    return a;
}
inline revoked_access revoked_of(int n, timestamp end) { return {id_text(token_id::prefix, n), "acme", june, end}; }

}  // namespace tollgate::test
