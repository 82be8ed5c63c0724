// What it costs to read a head: from a program, from a browser, from an upstream.
#include "tollgate/codec/http_guard.hpp"

#include <benchmark/benchmark.h>

#include <string_view>

namespace tollgate {
namespace {

constexpr std::string_view from_program =
    "GET /v1/invoices/in_1042 HTTP/1.1\r\nHost: api.example\r\nUser-Agent: client/1\r\nAccept: application/json\r\n"
    "Authorization: Bearer bench_0123456789abcdefghijABCDEFGHIJ0123456789abcdefghi\r\n\r\n";

constexpr std::string_view from_browser =
    "GET /v1/customers/cus_77?expand=invoices HTTP/1.1\r\nHost: api.example\r\nConnection: keep-alive\r\n"
    "sec-ch-ua: \"Chromium\";v=\"126\", \"Not/A)Brand\";v=\"8\"\r\nsec-ch-ua-mobile: ?0\r\nsec-ch-ua-platform: \"Linux\"\r\n"
    "Authorization: Bearer bench_0123456789abcdefghijABCDEFGHIJ0123456789abcdefghi\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36\r\n"
    "Accept: application/json, text/plain, */*\r\nOrigin: https://app.example\r\nSec-Fetch-Site: same-site\r\nSec-Fetch-Mode: cors\r\n"
    "Sec-Fetch-Dest: empty\r\nReferer: https://app.example/customers\r\nAccept-Encoding: gzip, deflate, br, zstd\r\n"
    "Accept-Language: en-GB,en;q=0.9,de;q=0.8\r\nPriority: u=1, i\r\n\r\n";

constexpr std::string_view from_upstream =
    "HTTP/1.1 200 OK\r\nServer: origin\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\nContent-Type: application/json\r\n"
    "Content-Length: 1024\r\n\r\n";

void head_request(benchmark::State& state, std::string_view bytes) {
    request_head out;
    for (auto _ : state) {
        std::size_t scanned = 0;
        auto why = head_error::none;
        const auto status = read_request_head(bytes, scanned, {}, out, why);
        if (status != head_status::complete) return state.SkipWithError("refused");
        benchmark::DoNotOptimize(out.field_count);
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * bytes.size()));
}

void head_response(benchmark::State& state) {
    response_head out;
    for (auto _ : state) {
        std::size_t scanned = 0;
        auto why = head_error::none;
        const auto status = read_response_head(from_upstream, scanned, {}, false, out, why);
        if (status != head_status::complete) return state.SkipWithError("refused");
        benchmark::DoNotOptimize(out.field_count);
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * from_upstream.size()));
}

BENCHMARK_CAPTURE(head_request, program, from_program);
BENCHMARK_CAPTURE(head_request, browser, from_browser);
BENCHMARK(head_response);

}  // namespace
}  // namespace tollgate
