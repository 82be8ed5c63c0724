// http_client.hpp - one request to a server, blocking, on a loop of its own: for what is sent off the data plane.
//
// HTTP/1.1 with `Connection: close`, in the clear or under TLS as the pool's servers are. Not for requests of callers (gateway/forward).
// Threads: a function; blocks the calling thread, never an event loop's. Bounds: 64 KiB of answer.
// Errors: unavailable (no server accepts, or the time is over), io (it broke off), invalid (not HTTP).
#pragma once

#include "tollgate/base/error.hpp"
#include "tollgate/net/pool_board.hpp"
#include "tollgate/net/unix_client.hpp"

#include <atomic>
#include <chrono>

namespace tollgate {

// To the first server of `to` that accepts, by the addresses that its name has now. `within`: for all of it. Ends early once `hurry` is set.
result<http_answer> http_request(const pool_board& to, const http_ask& ask, std::chrono::milliseconds within, const std::atomic<bool>& hurry);

}  // namespace tollgate
