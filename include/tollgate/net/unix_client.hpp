// unix_client.hpp - one request over a Unix socket, blocking: how the command line speaks to the running gateway.
//
// Not for the data plane. Errors: unavailable (no gateway listens there; the sentence says what to do), io, invalid (not HTTP).
#pragma once

#include "tollgate/base/error.hpp"

#include <string>
#include <utility>
#include <vector>

namespace tollgate {

struct http_ask {
    std::string method = "GET";
    std::string target = "/";
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
};

struct http_answer {
    unsigned status = 0;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
};

result<http_answer> http_over_unix(const std::string& socket, const http_ask& ask);

}  // namespace tollgate
