// task.hpp - the coroutine type of everything that waits on an event loop.
//
// The executor is the concrete io_context one: type-erased executors cost 3 µs a request.
// `co_await some_async_call(no_throw)` answers a tuple whose first element is the error_code; no frame is made for it.
#pragma once

#include "tollgate/net/frame_memory.hpp"
#include "tollgate/net/loop.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/deferred.hpp>

namespace tollgate {

using boost::system::error_code;

using loop_executor = asio::io_context::executor_type;

template <class T = void>
using task = asio::awaitable<T, loop_executor>;

using no_throw_t = asio::as_tuple_t<asio::deferred_t>;
inline constexpr no_throw_t no_throw{};

}  // namespace tollgate
