#include "net/tls_layer.hpp"

#include "net/parts.hpp"
#include "net/socket_calls.hpp"

#include <boost/asio/error.hpp>

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace tollgate {
namespace {

constexpr std::size_t record_bytes = 16 * 1024;  // of plain bytes, at most (RFC 8446 §5.1)

// The next record's bytes. Small parts are joined, so that a head and its body cost one record.
std::span<const char> next_record(std::span<const iovec> parts, std::array<char, record_bytes>& place) noexcept {
    const auto& first = parts.front();
    if (parts.size() == 1 || first.iov_len >= record_bytes) return {static_cast<const char*>(first.iov_base), std::min(first.iov_len, record_bytes)};
    return {place.data(), join(parts, place)};
}

}  // namespace

async_descriptor::arrived tls_layer::read_now(void* out, std::size_t size) noexcept {
    std::size_t filled = 0;
    auto what = tls_engine::step::done;
    do {
        const auto got = engine_.read(static_cast<char*>(out) + filled, size - filled);
        what = got.what;
        filled += got.bytes;
    } while (what == tls_engine::step::done && filled < size && engine_.amid_record());
    const bool ended = what == tls_engine::step::closed || what == tls_engine::step::failed;
    has_more_ = ended || (what == tls_engine::step::done && engine_.amid_record());  // an end is said again by the next call
    if (filled != 0) return {{}, filled};
    if (what == tls_engine::step::closed) return {asio::error::eof, 0};
    return {ended ? asio::error::connection_reset : asio::error::would_block, 0};
}

error_code tls_layer::write_now(std::span<iovec>& parts) noexcept {
    static thread_local std::array<char, record_bytes> place;
    while (!parts.empty()) {
        const auto record = next_record(parts, place);
        if (record.empty()) {
            parts = {};
            break;
        }
        const auto sent = engine_.write(record.data(), record.size());
        if (sent.what == tls_engine::step::failed || sent.what == tls_engine::step::closed) return asio::error::broken_pipe;
        if (sent.what != tls_engine::step::done) return asio::error::would_block;
        use_up(parts, sent.bytes);
    }
    return {};
}

// Tickets may have come, which are nothing to read.
bool tls_layer::quiet() noexcept {
    char byte;
    const auto got = read_now(&byte, 1);
    return got.ec == asio::error::would_block;
}

tls_wire::outcome tls_layer::pull(char* into, std::size_t size) noexcept {
    if (!early_.empty()) {
        const auto taken = std::min(size, early_.size());
        early_.copy(into, taken);
        early_.erase(0, taken);
        if (early_.empty()) std::string().swap(early_);
        return {how::moved, taken};
    }
    if (!socket_.readable_) return {how::later, 0};  // as epoll said: it will say when that changes
    const auto got = socket_.receive(into, size);
    if (!got.ec) return {how::moved, got.bytes};
    if (got.ec == asio::error::eof) return {how::ended, 0};
    return {got.ec == asio::error::would_block || got.ec == asio::error::try_again ? how::later : how::failed, 0};
}

tls_wire::outcome tls_layer::push(const char* from, std::size_t size) noexcept {
    for (;;) {
        const auto sent = send_now(socket_.native(), from, size);
        if (sent >= 0) return {how::moved, static_cast<std::size_t>(sent)};
        if (errno == EINTR) continue;
        return {errno == EAGAIN || errno == EWOULDBLOCK ? how::later : how::failed, 0};
    }
}

}  // namespace tollgate
