// What a durable change costs: by 1 and by 32 callers, beside what the disk gives without us.
//
// ledger_commit: changes that create a token each, made beforehand, at the ledger. ledger_create: the same at the registry, where the caller also
// makes the secret, reads the wish and writes the record. A group of callers shares a sync. The disk's own pace changes by the minute: read all of
// them in one run, with --benchmark_enable_random_interleaving=true --benchmark_repetitions=5.
#include "store.hpp"
#include "world.hpp"

#include "registry/apply.hpp"
#include "registry/keys.hpp"
#include "tollgate/base/check.hpp"
#include "tollgate/codec/records.hpp"
#include "tollgate/codec/text.hpp"
#include "tollgate/crypto/sha256.hpp"
#include "tollgate/registry/known_digests.hpp"

#include <benchmark/benchmark.h>

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
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

// A ledger as the registry has it, without the registry.
struct bare_ledger {
    bench_store& room = shared();
    std::unique_ptr<database> db = database::open(control_database((room.home / "bare").string(), 64 << 20), room.quiet).value();
    mac_keeper macs{secret()};
    token_applier applier{*db, room.feed, macs, [](std::string_view) {}};
    known_digests known{*db, families::index, room.quiet};
    std::unique_ptr<ledger> book;
    repeating_random random{7};

    bare_ledger() {
        applier.tell(known);
        known.fill();
        book = ledger::open(*db, families::records, applier, room.quiet).value();
    }
    change creation() {
        auto read = std::make_shared<token>();
        read->id = token_id::make(room.time.now(), random).text();
        read->api = bench_api().name;
        read->name = "micro";
        read->kind = "service";
        read->scopes = {"invoices:read"};
        read->created_at = room.time.now();
        digest d;
        random.fill(d.bytes);
        read->generations.push_back({1, hex(d.bytes), "bench_…wxyz", read->created_at, std::nullopt});
        change c;
        c.event = {read->created_at, "operator:0", {}, "unix", "token.create", read->api, read->id, R"({"before":null,"after":{"name":"micro"}})"};
        c.puts.push_back({token_key(read->id), json_text(*read), read});
        c.conditions.push_back({c.puts.front().key, std::nullopt});
        return c;
    }
};

void ledger_commit(benchmark::State& state) {
    static bare_ledger bare;
    static std::vector<change> made;
    static std::atomic<std::size_t> next{0};
    if (state.thread_index() == 0) {
        made.clear();
        next = 0;
        while (made.size() < static_cast<std::size_t>(state.max_iterations) * static_cast<std::size_t>(state.threads()))
            made.push_back(bare.creation());
    }
    for (auto _ : state)
        if (const auto done = bare.book->commit(std::move(made[next++])); !done) return state.SkipWithError(done.error().what.c_str());
    state.SetItemsProcessed(state.iterations());
}

// What the disk gives without us: callers queue up, one thread appends what has come together and syncs it, and tells them.
class plain_log {
 public:
    explicit plain_log(const std::string& path) : fd_(::open(path.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600)) {
        TOLLGATE_CHECK(fd_ >= 0);
        writer_ = std::thread([this] { run(); });
    }
    ~plain_log() {
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        arrived_.notify_one();
        writer_.join();
        ::close(fd_);
    }
    plain_log(const plain_log&) = delete;
    plain_log& operator=(const plain_log&) = delete;

    void append() {
        waiting one;
        {
            const std::lock_guard lock(mutex_);
            queue_.push_back(&one);
        }
        arrived_.notify_one();
        std::unique_lock lock(one.mutex);
        one.told.wait(lock, [&] { return one.done; });
    }

 private:
    static constexpr std::size_t change_bytes = 1000;
    struct waiting {
        std::mutex mutex;
        std::condition_variable told;
        bool done = false;
    };
    void run() {
        std::vector<waiting*> group;
        for (;;) {
            {
                std::unique_lock lock(mutex_);
                arrived_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
                if (queue_.empty()) return;
                group.swap(queue_);
            }
            const std::string bytes(group.size() * change_bytes, 'x');
            TOLLGATE_CHECK(::write(fd_, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()) && ::fdatasync(fd_) == 0);
            for (auto* one : group) {
                const std::lock_guard lock(one->mutex);
                one->done = true;
                one->told.notify_one();
            }
            group.clear();
        }
    }

    int fd_;
    std::mutex mutex_;
    std::condition_variable arrived_;
    std::vector<waiting*> queue_;
    bool stopping_ = false;
    std::thread writer_;
};

void disk_sync(benchmark::State& state) {
    static plain_log log((shared().home / "beside").string());
    for (auto _ : state) log.append();
    state.SetItemsProcessed(state.iterations());
}

BENCHMARK(disk_sync)->Threads(1)->Threads(32)->UseRealTime();
BENCHMARK(ledger_commit)->Threads(1)->Threads(32)->UseRealTime();
BENCHMARK(ledger_create)->Threads(1)->Threads(32)->UseRealTime();

}  // namespace
}  // namespace tollgate
