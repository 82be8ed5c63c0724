// store.hpp - a registry in a directory of its own, for the micro benchmarks of index and ledger.
//
// The directory is made in TMPDIR (else /var/tmp: a disk, so that a sync costs what it costs) and goes with the object, unless it is to be kept.
// Threads: as registry. Errors: none are expected; a store that cannot be opened ends the program.
#pragma once

#include "tollgate/base/clock.hpp"
#include "tollgate/base/log.hpp"
#include "tollgate/crypto/os_random.hpp"
#include "tollgate/registry/registry.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace tollgate {

struct bench_store {
    // `kept`: the directory, which may be of a run before; empty: one of its own.
    bench_store() : bench_store(std::filesystem::path()) {}
    explicit bench_store(const std::filesystem::path& kept);
    ~bench_store();
    bench_store(const bench_store&) = delete;
    bench_store& operator=(const bench_store&) = delete;
    void open();
    [[nodiscard]] std::uint64_t bytes_on_disk() const;

    std::filesystem::path home;
    bool is_kept;
    system_clock time;
    os_random random;
    null_log quiet;
    change_feed feed{1};
    std::unique_ptr<registry> tokens;
};

}  // namespace tollgate
