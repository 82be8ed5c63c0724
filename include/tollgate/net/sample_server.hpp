// sample_server.hpp - a small HTTP/1.1 server on a thread of its own: the demo's sample billing upstream.
//
// Not a front door: it trusts the gateway before it. Answers every request with what `answer` says of it.
// Threads: `answer` runs on the server's thread. Lifetime: the destructor closes every connection and joins.
#pragma once

#include "tollgate/base/error.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tollgate {

struct sample_request {
    std::string method, target, body;
    std::vector<std::pair<std::string, std::string>> headers;
    std::uint64_t connection = 0;  // counted from 1
};

class sample_server {
 public:
    using answer_function = std::function<std::string(const sample_request&)>;  // a JSON body
    static result<std::unique_ptr<sample_server>> start(answer_function answer);
    ~sample_server();
    [[nodiscard]] const std::string& address() const noexcept;  // "127.0.0.1:<port>"

 private:
    struct impl;
    explicit sample_server(std::unique_ptr<impl> i);
    std::unique_ptr<impl> impl_;
};

}  // namespace tollgate
