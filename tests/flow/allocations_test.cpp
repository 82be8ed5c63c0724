// In its steady state the data plane allocates nothing: every function of the allocator is interposed, and those calls are counted that
// no thread of the test itself made.
#include "support/wire.hpp"

#include <boost/test/unit_test.hpp>

#include <malloc.h>

#include <atomic>
#include <cerrno>

extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);
}

namespace {

std::atomic<std::uint64_t> counted{0};
thread_local bool of_the_test = false;

void note() noexcept {
    if (!of_the_test) counted.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace

extern "C" {
void* malloc(std::size_t size) { return note(), __libc_malloc(size); }
void* calloc(std::size_t n, std::size_t size) { return note(), __libc_calloc(n, size); }
void* realloc(void* at, std::size_t size) { return note(), __libc_realloc(at, size); }
void* memalign(std::size_t alignment, std::size_t size) { return note(), __libc_memalign(alignment, size); }
void* aligned_alloc(std::size_t alignment, std::size_t size) { return note(), __libc_memalign(alignment, size); }
int posix_memalign(void** out, std::size_t alignment, std::size_t size) {
    note();
    *out = __libc_memalign(alignment, size);
    return *out == nullptr ? ENOMEM : 0;
}
}

BOOST_AUTO_TEST_SUITE(allocations)

namespace {

using namespace tollgate::test;
using tollgate::test::socket;  // not the system call

// One byte of an answer after the other costs the test memory, and the gateway none.
struct quiet_upstream {
    upstream up{[](upstream::connection& c) {
        of_the_test = true;
        for (;;) {
            if (!c.in.request().complete) return;
            c.peer.send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
        }
    }};
};

// All of them at once, `rounds` times.
std::uint64_t during(std::vector<socket>& callers, const std::string& request, unsigned expected, int rounds) {
    const auto before = counted.load();
    for (int i = 0; i < rounds; ++i) {
        for (auto& s : callers) s.send(request);
        for (auto& s : callers) {
            reader in(s);
            BOOST_REQUIRE(in.response().status() == expected);
        }
    }
    return counted.load() - before;
}

void check_that_none_is_made(const std::string& more) {
    of_the_test = true;
    quiet_upstream origin;
    front f(&origin.up, {.threads = 1, .more = more});
    std::vector<socket> callers;
    for (int i = 0; i < 100; ++i) callers.push_back(f.connect());
    struct row {
        const char* what;
        std::string request;
        unsigned status;
    };
    const row rows[] = {
        {"forwarded", f.head("GET /v1/things/42?expand=all HTTP/1.1", "Accept: application/json\r\nUser-Agent: test\r\n"), 200},
        {"forwarded with a body", f.head("POST /v1/things HTTP/1.1", "Content-Type: application/json\r\nContent-Length: 7\r\n") + "{\"a\":1}", 200},
        {"refused", "GET / HTTP/1.1\r\nHost: acme.test\r\nAuthorization: Bearer tg_junk\r\n\r\n", 401},
    };
    for (const auto& r : rows) {
        during(callers, r.request, r.status, 40);
        constexpr int rounds = 40;
        const auto calls = during(callers, r.request, r.status, rounds);
        BOOST_TEST(calls < rounds * callers.size() / 100, r.what << ": " << calls << " allocations in " << rounds * callers.size() << " requests");
    }
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_request_costs_none) { check_that_none_is_made(""); }

// Where some requests are traced, those that are not cost none either.
BOOST_AUTO_TEST_CASE(a_request_that_is_not_traced_costs_none) {
    check_that_none_is_made("telemetry: { traces: { endpoint: \"http://127.0.0.1:1/v1/traces\", sample: 0.000000001 } }\n");
}

BOOST_AUTO_TEST_SUITE_END()
