// task.hpp - the coroutine type of everything that waits on an event loop.
//
// The executor is the concrete io_context one: type-erased executors cost 3 µs a request.
// `co_await some_async_call(as_tuple_token)` answers a tuple whose first element is the error_code; no frame is made for it.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>

namespace tollgate {

namespace asio = boost::asio;
using boost::system::error_code;

using loop = asio::io_context;
using loop_executor = loop::executor_type;

template <class T = void>
using task = asio::awaitable<T, loop_executor>;

inline constexpr asio::as_tuple_t<asio::deferred_t> no_throw{};

}  // namespace tollgate
