#include "tollgate/net/descriptor_channel.hpp"

#include "tollgate/base/check.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace tollgate {
namespace {

constexpr std::chrono::milliseconds look_again{1};  // for room that nobody tells of
constexpr std::size_t space_for_descriptors = CMSG_SPACE(descriptor_channel::most_descriptors * sizeof(int));

failure system_failure(std::string_view what) { return {errc::io, fmt::format("{}: {}", what, std::generic_category().message(errno))}; }

// Whether the kernel has too much on its way to the peer: of bytes, or of this user's descriptors.
bool has_no_room(int why) noexcept { return why == EAGAIN || why == ENOBUFS || why == ETOOMANYREFS; }

}  // namespace

descriptor_channel::message::~message() {
    for (const int fd : descriptors) ::close(fd);
}

int descriptor_channel::message::take() noexcept {
    if (descriptors.empty()) return -1;
    const int fd = descriptors.front();
    descriptors.erase(descriptors.begin());
    return fd;
}

descriptor_channel::descriptor_channel(int descriptor) noexcept : fd_(descriptor) { ::fcntl(fd_, F_SETFD, FD_CLOEXEC); }

descriptor_channel::~descriptor_channel() {
    if (fd_ >= 0) ::close(fd_);
}

result<std::pair<descriptor_channel, descriptor_channel>> descriptor_channel::pair() {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return system_failure("no channel to another process can be made");
    return std::pair(descriptor_channel(ends[0]), descriptor_channel(ends[1]));
}

result<void> descriptor_channel::send(std::string_view text, std::span<const int> descriptors, std::chrono::milliseconds patience) const {
    TOLLGATE_CHECK(!text.empty() && text.size() <= text_bytes && descriptors.size() <= most_descriptors);
    iovec part{const_cast<char*>(text.data()), text.size()};  // sendmsg does not write
    alignas(cmsghdr) std::array<char, space_for_descriptors> space{};
    msghdr all{};
    all.msg_iov = &part;
    all.msg_iovlen = 1;
    if (!descriptors.empty()) {
        all.msg_control = space.data();
        all.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
        cmsghdr* const head = CMSG_FIRSTHDR(&all);
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN(descriptors.size_bytes());
        std::memcpy(CMSG_DATA(head), descriptors.data(), descriptors.size_bytes());
    }
    for (;;) {
        if (::sendmsg(fd_, &all, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0) return {};
        if (errno == EINTR) continue;
        if (!has_no_room(errno) || patience.count() <= 0) return system_failure("the other process does not take what it is sent");
        // poll() tells of room for bytes; of room for descriptors nobody does.
        const bool is_told = errno == EAGAIN;
        const auto pause = is_told ? patience : look_again;
        pollfd room{fd_, POLLOUT, 0};
        if (::poll(&room, is_told ? 1 : 0, static_cast<int>(pause.count())) == 0) patience -= pause;
    }
}

result<std::optional<descriptor_channel::message>> descriptor_channel::receive(std::optional<std::chrono::milliseconds> patience_) const {
    pollfd wait{fd_, POLLIN, 0};
    int ready = 0;
    do ready = ::poll(&wait, 1, patience_ ? static_cast<int>(patience_->count()) : -1);
    while (ready < 0 && errno == EINTR);
    if (ready == 0) return failure{errc::unavailable, "the other process says nothing"};
    message out;
    out.text.resize(text_bytes);
    iovec part{out.text.data(), out.text.size()};
    alignas(cmsghdr) std::array<char, space_for_descriptors> space{};
    msghdr all{};
    all.msg_iov = &part;
    all.msg_iovlen = 1;
    all.msg_control = space.data();
    all.msg_controllen = space.size();
    ssize_t n = 0;
    do n = ::recvmsg(fd_, &all, MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    if (n == 0 || (n < 0 && errno == ECONNRESET)) return std::optional<message>();
    if (n < 0) return system_failure("the other process cannot be heard");
    out.text.resize(static_cast<std::size_t>(n));
    for (cmsghdr* head = CMSG_FIRSTHDR(&all); head != nullptr; head = CMSG_NXTHDR(&all, head)) {
        if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS) continue;
        const auto count = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        out.descriptors.resize(count);
        std::memcpy(out.descriptors.data(), CMSG_DATA(head), count * sizeof(int));
    }
    if ((all.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) return failure{errc::io, "a message of the other process did not arrive whole"};
    return std::optional(std::move(out));
}

void descriptor_channel::end() const noexcept {
    if (fd_ >= 0) ::shutdown(fd_, SHUT_RDWR);
}

std::string_view next_word(std::string_view& text) noexcept {
    const auto end = text.find(' ');
    const auto word = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    return word;
}

result<int> memory_file(std::string_view bytes) {
    const int fd = ::memfd_create("tollgate", MFD_CLOEXEC);
    if (fd < 0) return system_failure("no file in memory can be made");
    for (std::size_t done = 0; done < bytes.size();) {
        const auto n = ::write(fd, bytes.data() + done, bytes.size() - done);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) {
            const auto why = system_failure("a file in memory cannot be written");
            ::close(fd);
            return why;
        }
        done += static_cast<std::size_t>(n);
    }
    return fd;
}

result<std::string> read_memory_file(int descriptor, std::size_t most) {
    struct stat about{};
    if (::fstat(descriptor, &about) != 0) return system_failure("a file in memory cannot be read");
    if (about.st_size < 0 || static_cast<std::size_t>(about.st_size) > most) return failure{errc::full, "a file in memory is too long"};
    std::string out(static_cast<std::size_t>(about.st_size), '\0');
    for (std::size_t done = 0; done < out.size();) {
        const auto n = ::pread(descriptor, out.data() + done, out.size() - done, static_cast<off_t>(done));
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return system_failure("a file in memory cannot be read");
        done += static_cast<std::size_t>(n);
    }
    return out;
}

}  // namespace tollgate
