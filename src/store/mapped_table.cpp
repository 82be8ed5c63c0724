#include "mapped_table.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <ucontext.h>
#include <unistd.h>

#include <atomic>
#include <csetjmp>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <utility>

namespace tollgate {
namespace {

constexpr std::size_t kSmall = 16 * 1024;  // beyond, a read of the file costs no more, and reads ahead

// The copy under way in a thread: where to go on if its pages are not to be had.
thread_local sigjmp_buf* volatile copying = nullptr;
struct sigaction before;  // whose signals those are that no copy met

void on_bus_error(int signal, siginfo_t* what, void* context) {
    const bool was_sent = what->si_code <= 0;  // by a process: no access meets it again
    if (copying != nullptr && !was_sent) {  // which is left for good: nothing else gives back the signals that a handler holds off
        ::pthread_sigmask(SIG_SETMASK, &static_cast<const ucontext_t*>(context)->uc_sigmask, nullptr);
        siglongjmp(*copying, 1);
    }
    ::sigaction(signal, &before, nullptr);  // nobody's: the same access meets it again, and ends as it would without us
    if (was_sent) ::raise(signal);
}

class mapped_table final : public rocksdb::FSRandomAccessFileOwnerWrapper {
 public:
    mapped_table(std::unique_ptr<rocksdb::FSRandomAccessFile> plain, const char* bytes, std::size_t size)
        : FSRandomAccessFileOwnerWrapper(std::move(plain)), bytes_(bytes), size_(size) {}
    ~mapped_table() override { ::munmap(const_cast<char*>(bytes_), size_); }
    mapped_table(const mapped_table&) = delete;
    mapped_table& operator=(const mapped_table&) = delete;

    rocksdb::IOStatus Read(std::uint64_t offset, std::size_t n, const rocksdb::IOOptions& how, rocksdb::Slice* out, char* scratch,
        rocksdb::IODebugContext* debug) const override {
        if (n <= kSmall && offset <= size_ && n <= size_ - offset && copy_mapped(scratch, bytes_ + offset, n)) {
            *out = {scratch, n};
            return rocksdb::IOStatus::OK();
        }
        return FSRandomAccessFileOwnerWrapper::Read(offset, n, how, out, scratch, debug);
    }

 private:
    const char* const bytes_;
    const std::size_t size_;
};

}  // namespace

void watch_bus_errors() {
    static std::mutex one;
    const std::lock_guard lock(one);
    struct sigaction now{}, ours{};
    ::sigaction(SIGBUS, nullptr, &now);
    if ((now.sa_flags & SA_SIGINFO) != 0 && now.sa_sigaction == on_bus_error) return;
    before = now;
    ours.sa_sigaction = on_bus_error;
    ours.sa_flags = SA_SIGINFO | SA_ONSTACK;
    ::sigemptyset(&ours.sa_mask);
    ::sigaction(SIGBUS, &ours, nullptr);
}

bool copy_mapped(char* to, const char* from, std::size_t count) noexcept {
    sigjmp_buf out;
    if (sigsetjmp(out, 0) != 0) {
        copying = nullptr;
        return false;
    }
    copying = &out;
    std::atomic_signal_fence(std::memory_order_seq_cst);
    std::memcpy(to, from, count);
    std::atomic_signal_fence(std::memory_order_seq_cst);
    copying = nullptr;
    return true;
}

std::unique_ptr<rocksdb::FSRandomAccessFile> map_table(const std::string& path, std::unique_ptr<rocksdb::FSRandomAccessFile> plain) {
    watch_bus_errors();
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return plain;
    struct stat about{};
    void* bytes = MAP_FAILED;
    if (::fstat(fd, &about) == 0 && about.st_size > 0) bytes = ::mmap(nullptr, static_cast<std::size_t>(about.st_size), PROT_READ, MAP_SHARED, fd, 0);
    ::close(fd);
    if (bytes == MAP_FAILED) return plain;
    const auto size = static_cast<std::size_t>(about.st_size);
    ::madvise(bytes, size, MADV_RANDOM);  // what is next to a block has nothing to do with it
    return std::make_unique<mapped_table>(std::move(plain), static_cast<const char*>(bytes), size);
}

}  // namespace tollgate
