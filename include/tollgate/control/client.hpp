// client.hpp - the management API as the command line calls it: over the Unix socket, JSON in, JSON out.
//
// Blocking; one connection a call. Not for the data plane.
// Errors: unavailable (nobody listens on the socket), and the server's own refusal as a failure whose sentence carries
// the problem's title, detail and field errors.
// Threads: any; no state.
#pragma once

#include "tollgate/base/error.hpp"
#include "tollgate/codec/json.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate {

class management_client {
 public:
    explicit management_client(std::string socket) : socket_(std::move(socket)) {}

    using query = std::vector<std::pair<std::string, std::string>>;

    // `path` under /v1/admin, e.g. "/api-tokens"; empty values of `q` are left out.
    [[nodiscard]] result<json::value> get(std::string_view path, const query& q = {}) const;
    [[nodiscard]] result<json::value> post(std::string_view path, const json::value& body) const;
    [[nodiscard]] result<json::value> patch(std::string_view path, const json::value& body) const;
    // Lines of JSON (application/x-ndjson).
    [[nodiscard]] result<json::value> post_lines(std::string_view path, const query& q, std::string lines) const;
    // `if_match`: an ETag, or empty.
    [[nodiscard]] result<void> erase(std::string_view path, std::string_view if_match = {}) const;
    // Every row of a listing, page after page, at most `rows`.
    [[nodiscard]] result<json::array> all(std::string_view path, query q, std::size_t rows) const;

 private:
    [[nodiscard]] result<json::value> call(std::string_view method, std::string target, std::string body, std::string_view if_match) const;
    std::string socket_;
};

}  // namespace tollgate
