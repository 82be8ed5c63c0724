#include "store.hpp"

#include "tollgate/base/check.hpp"

#include <cstdio>
#include <cstdlib>

namespace tollgate {

bench_store::bench_store(const std::filesystem::path& kept) : home(kept), is_kept(!kept.empty()) {
    if (is_kept) {
        std::filesystem::create_directories(home);
        open();
        return;
    }
    const char* base = std::getenv("TMPDIR");
    std::string path = std::string(base != nullptr ? base : "/var/tmp") + "/tollgate-micro-XXXXXX";
    TOLLGATE_CHECK(::mkdtemp(path.data()) != nullptr);
    home = path;
    open();
}

bench_store::~bench_store() {
    tokens.reset();
    if (is_kept) return;
    std::error_code ignored;
    std::filesystem::remove_all(home, ignored);
}

void bench_store::open() {
    tokens.reset();
    auto opened = registry::open({(home / "store").string(), 256ull << 20}, {time, random, quiet, feed});
    if (!opened) std::fprintf(stderr, "%s\n", opened.error().what.c_str());
    TOLLGATE_CHECK(opened.has_value());
    tokens = std::move(*opened);
}

std::uint64_t bench_store::bytes_on_disk() const {
    std::uint64_t sum = 0;
    std::error_code gone;  // by a merge, meanwhile
    for (const auto& e : std::filesystem::recursive_directory_iterator(home))
        if (e.is_regular_file(gone))
            if (const auto size = e.file_size(gone); !gone) sum += size;
    return sum;
}

}  // namespace tollgate
