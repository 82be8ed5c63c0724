// clocked.hpp - the shipped APIs behind a gateway whose time is the test's own.
#pragma once

#include "rows.hpp"

#include "tollgate/base/clock.hpp"
#include "tollgate/codec/records.hpp"

#include <string>
#include <string_view>

namespace tollgate::test {

inline timestamp at(std::string_view text) { return parse_rfc3339(text).value(); }

// The shipped APIs on a clock that the test moves.
struct clocked {
    manual_clock time{at("2026-08-31T10:15:30Z")};
    upstream up;
    gateway g{shipped_apis(), shipped_files(), &up, {.time = &time}};

    message call(const std::string& host, const std::string& path, const std::string& token) { return g.ask("GET", host, path, token); }
    unsigned status(const std::string& host, const std::string& path, const std::string& token) { return call(host, path, token).status(); }
    // The management API, as the operator.
    message on(const std::string& id, std::string_view method, const std::string& more, const json::value& body = nullptr) {
        return manage(g, method, "/api-tokens/" + id + more, body);
    }
    void patch(const std::string& id, const json::object& body) {
        const auto got = on(id, "PATCH", "", body);
        BOOST_TEST(got.status() == 200u, got.body);
    }
};

inline std::string text_of(const created_token& made) { return std::string(made.text.reveal()); }

}  // namespace tollgate::test
