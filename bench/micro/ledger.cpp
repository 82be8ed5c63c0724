// What a durable change costs: tokens created by 1 and by 32 callers, beside what the disk gives without us (4 KiB appended and
// synced by one thread). A group of callers shares a sync, so 32 of them should cost little more than one.
#include "store.hpp"
#include "world.hpp"

#include "tollgate/base/check.hpp"

#include <benchmark/benchmark.h>

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <vector>

namespace tollgate {
namespace {

bench_store& shared() {
    static bench_store store;
    return store;
}

void ledger_create(benchmark::State& state) {
    auto& store = shared();
    create_token wish;
    wish.name = "micro";
    wish.scopes = {"invoices:read"};
    for (auto _ : state) {
        std::vector<field_problem> problems;
        const auto made = store.tokens->create(bench_api(), wish, {"operator:0", "unix"}, problems);
        if (!made) return state.SkipWithError(made.error().what.c_str());
    }
    state.SetItemsProcessed(state.iterations());
}

void disk_sync(benchmark::State& state) {
    const auto path = (shared().home / "beside").string();
    const int fd = ::open(path.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
    TOLLGATE_CHECK(fd >= 0);
    const std::array<char, 4096> block{};
    for (auto _ : state)
        if (::write(fd, block.data(), block.size()) < 0 || ::fdatasync(fd) != 0) return state.SkipWithError("the disk refuses");
    state.SetItemsProcessed(state.iterations());
    ::close(fd);
}

BENCHMARK(disk_sync)->UseRealTime();
BENCHMARK(ledger_create)->Threads(1)->Threads(32)->UseRealTime();

}  // namespace
}  // namespace tollgate
