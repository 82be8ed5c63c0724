// rows.hpp - rows of a database, as tests write and read them.
#pragma once

#include "tollgate/store/database.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

namespace tollgate::test {

inline void put(database& db, family f, std::string_view key, std::string_view value) {
    write_batch batch;
    batch.put(f, key, value);
    BOOST_REQUIRE(db.write(batch, true));
}

inline std::string text_of(const database& db, family f, std::string_view key) {
    const auto found = db.get(f, key);
    BOOST_REQUIRE_MESSAGE(found, (found ? "" : found.error().what));
    return *found ? **found : "(absent)";
}

inline std::string keys(const database& db, family f, std::string_view prefix, std::string_view from, std::size_t most = 100) {
    std::string all;
    const auto done = db.scan(f, prefix, from, [&](std::string_view key, std::string_view) {
        all.append(key).push_back(' ');
        return --most > 0;
    });
    BOOST_REQUIRE(done);
    return all;
}

}  // namespace tollgate::test
