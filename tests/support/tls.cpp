#include "support/tls.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>

namespace tollgate::test {
namespace {

std::string last_error() {
    const auto code = ERR_peek_last_error();
    const char* const text = ERR_reason_error_string(code);
    std::string out = text != nullptr ? text : "the connection broke";
    ERR_clear_error();
    return out;
}

bool wait_on(int fd, short what, std::chrono::milliseconds patience) {
    pollfd p{fd, what, 0};
    return ::poll(&p, 1, static_cast<int>(patience.count())) > 0;
}

BIO* text(const std::string& pem) { return BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())); }

void trust(SSL_CTX* context, const std::string& authorities) {
    BIO* const from = text(authorities);
    while (X509* const one = PEM_read_bio_X509(from, nullptr, nullptr, nullptr)) {
        X509_STORE_add_cert(SSL_CTX_get_cert_store(context), one);
        X509_free(one);
    }
    BIO_free(from);
    ERR_clear_error();
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
}

void show(SSL_CTX* context, const tls_wishes& w) {
    BIO* const certificate = text(w.certificate);
    BIO* const key = text(w.key);
    X509* const shown = PEM_read_bio_X509(certificate, nullptr, nullptr, nullptr);
    EVP_PKEY* const own = PEM_read_bio_PrivateKey(key, nullptr, nullptr, nullptr);
    const bool ok = SSL_CTX_use_certificate(context, shown) == 1 && SSL_CTX_use_PrivateKey(context, own) == 1;
    X509_free(shown);
    EVP_PKEY_free(own);
    BIO_free(certificate);
    BIO_free(key);
    if (!ok) throw std::runtime_error("no certificate for the caller: " + last_error());
}

SSL_CTX* context_of(const tls_wishes& w) {
    SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
    const int version = w.version == 12 ? TLS1_2_VERSION : w.version == 13 ? TLS1_3_VERSION : 0;
    SSL_CTX_set_min_proto_version(context, version);
    SSL_CTX_set_max_proto_version(context, version);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    if (!w.ciphers.empty()) SSL_CTX_set_cipher_list(context, w.ciphers.c_str());
    if (!w.authorities.empty()) trust(context, w.authorities);
    if (!w.certificate.empty()) show(context, w);
    std::string names;
    for (const auto& p : w.protocols) names += static_cast<char>(p.size()) + p;
    if (!names.empty()) SSL_CTX_set_alpn_protos(context, reinterpret_cast<const unsigned char*>(names.data()), static_cast<unsigned>(names.size()));
    return context;
}

void never_block(int fd) { ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK); }

}  // namespace

tls_caller::tls_caller(std::uint16_t port, const tls_wishes& wishes) : wire_(socket::connect(port)), context_(context_of(wishes)) {
    ::signal(SIGPIPE, SIG_IGN);  // OpenSSL's own socket BIO writes without MSG_NOSIGNAL
    never_block(wire_.descriptor());
    ssl_ = SSL_new(context_);
    SSL_set_fd(ssl_, wire_.descriptor());
    if (!wishes.server_name.empty()) {
        SSL_set_tlsext_host_name(ssl_, wishes.server_name.c_str());
        if (!wishes.authorities.empty()) SSL_set1_host(ssl_, wishes.server_name.c_str());
    }
    if (wishes.session) SSL_set_session(ssl_, wishes.session.get());
    for (;;) {
        ERR_clear_error();
        const int done = SSL_connect(ssl_);
        open_ = done == 1;
        if (open_ || wait_for(done, kPatience) <= 0) break;
    }
}

tls_caller::tls_caller(tls_caller&& o) noexcept
    : wire_(std::move(o.wire_)),
      context_(std::exchange(o.context_, nullptr)),
      ssl_(std::exchange(o.ssl_, nullptr)),
      error_(std::move(o.error_)),
      open_(o.open_),
      ended_properly_(o.ended_properly_),
      timed_out_(o.timed_out_) {}

tls_caller::~tls_caller() {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
}

// 1: worth trying again. 0: the end, or patience ran out. -1: an error.
int tls_caller::wait_for(int returned, std::chrono::milliseconds patience) {
    const int why = SSL_get_error(ssl_, returned);
    timed_out_ = false;
    if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) {
        timed_out_ = !wait_on(wire_.descriptor(), why == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, patience);
        return timed_out_ ? 0 : 1;
    }
    ended_properly_ = why == SSL_ERROR_ZERO_RETURN;
    if (ended_properly_) return 0;
    error_ = last_error();
    return -1;
}

bool tls_caller::send(std::string_view bytes) {
    while (!bytes.empty()) {
        ERR_clear_error();
        const int n = SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()));
        if (n > 0) bytes.remove_prefix(static_cast<std::size_t>(n));
        else if (wait_for(n, kPatience) <= 0) return false;
    }
    return true;
}

std::ptrdiff_t tls_caller::send_now(std::string_view bytes) {
    ERR_clear_error();
    const int n = SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()));
    if (n > 0) return n;
    return wait_for(n, std::chrono::milliseconds(0)) < 0 ? -1 : 0;
}

std::string tls_caller::receive(std::chrono::milliseconds patience) {
    std::string out(65536, '\0');
    for (;;) {
        ERR_clear_error();
        const int n = SSL_read(ssl_, out.data(), static_cast<int>(out.size()));
        if (n > 0) {
            out.resize(static_cast<std::size_t>(n));
            return out;
        }
        if (wait_for(n, patience) <= 0) return {};
    }
}

std::string tls_caller::receive_all() {
    std::string all;
    for (;;) {
        const auto part = receive();
        if (part.empty()) return all;
        all += part;
    }
}

void tls_caller::close_notify() { SSL_shutdown(ssl_); }
bool tls_caller::update_keys() { return SSL_key_update(ssl_, SSL_KEY_UPDATE_REQUESTED) == 1; }

bool tls_caller::renegotiate() {
    SSL_renegotiate(ssl_);
    for (;;) {
        ERR_clear_error();
        const int done = SSL_do_handshake(ssl_);
        if (done == 1) return true;
        if (wait_for(done, kPatience) <= 0) return false;
    }
}

bool tls_caller::resumed() const { return SSL_session_reused(ssl_) == 1; }
int tls_caller::version() const { return SSL_version(ssl_) == TLS1_3_VERSION ? 13 : 12; }
std::string tls_caller::cipher() const { return SSL_get_cipher_name(ssl_); }

std::string tls_caller::protocol() const {
    const unsigned char* name = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(ssl_, &name, &size);
    return {reinterpret_cast<const char*>(name), size};
}

std::string tls_caller::shown_name() const {
    X509* const shown = SSL_get1_peer_certificate(ssl_);
    if (shown == nullptr) return {};
    auto* const names = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(shown, NID_subject_alt_name, nullptr, nullptr));
    const auto* const first = sk_GENERAL_NAME_value(names, 0)->d.dNSName;
    std::string out(reinterpret_cast<const char*>(ASN1_STRING_get0_data(first)), static_cast<std::size_t>(ASN1_STRING_length(first)));
    GENERAL_NAMES_free(names);
    X509_free(shown);
    return out;
}

std::shared_ptr<ssl_session_st> tls_caller::session() const { return {SSL_get1_session(ssl_), &SSL_SESSION_free}; }

tls_tunnel::tls_tunnel(std::uint16_t to) : to_(to) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&at), sizeof at) != 0 || ::listen(listener_, 512) != 0)
        throw std::runtime_error("the tunnel cannot listen");
    socklen_t size = sizeof at;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&at), &size);
    port_ = ntohs(at.sin_port);
    acceptor_ = std::thread([this] { accept(); });
}

tls_tunnel::~tls_tunnel() {
    ending_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    ::close(listener_);
    for (auto& t : threads_) t.join();
}

void tls_tunnel::accept() {
    for (;;) {
        const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (fd < 0) return;
        const int on = 1;
        ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        threads_.emplace_back([this, fd] { carry(fd); });
    }
}

namespace {

// One connection of the tunnel: what came on either side and is not passed on yet, and which ends have been said.
class carried {
 public:
    carried(socket plain, std::uint16_t to) : plain_(std::move(plain)), far_(to) {}
    // Until both ends are said, or one side broke.
    void run(const std::atomic<bool>& ending) {
        if (!far_.is_open()) return plain_.reset();
        never_block(plain_.descriptor());
        while (!ending && !(up_ended_ && down_ended_)) {
            if (!step()) return cut();
        }
    }

 private:
    void cut() {
        plain_.reset();
        far_.wire().reset();
    }
    // False: one side broke.
    bool step() {
        if (up_.empty() && !up_ended_ && !read_plain()) return false;
        if (!up_.empty()) {
            const auto sent = far_.send_now(up_);
            if (sent < 0) return false;
            up_.erase(0, static_cast<std::size_t>(sent));
        }
        if (down_.empty() && !down_ended_) {
            down_ = far_.receive(std::chrono::milliseconds(0));
            if (down_.empty() && !far_.timed_out()) {
                if (!far_.ended_properly()) return false;
                down_ended_ = true;
                plain_.half_close();
            }
        }
        if (!down_.empty() && !write_plain()) return false;
        wait();
        return true;
    }
    bool read_plain() {
        char part[16384];
        const auto n = ::recv(plain_.descriptor(), part, sizeof part, 0);
        if (n > 0) up_.assign(part, static_cast<std::size_t>(n));
        if (n == 0) {
            up_ended_ = true;
            say_end();
        }
        return n >= 0 || errno == EAGAIN || errno == EINTR;
    }
    void say_end() {
        far_.close_notify();
        far_.wire().half_close();
    }
    bool write_plain() {
        const auto n = ::send(plain_.descriptor(), down_.data(), down_.size(), MSG_NOSIGNAL);
        if (n > 0) down_.erase(0, static_cast<std::size_t>(n));
        return n >= 0 || errno == EAGAIN || errno == EINTR;
    }
    void wait() {
        const short far_wish = static_cast<short>((down_.empty() && !down_ended_ ? POLLIN : 0) | (up_.empty() ? 0 : POLLOUT));
        const short plain_wish = static_cast<short>((up_.empty() && !up_ended_ ? POLLIN : 0) | (down_.empty() ? 0 : POLLOUT));
        pollfd both[2] = {{plain_.descriptor(), plain_wish, 0}, {far_wish != 0 ? far_.wire().descriptor() : -1, far_wish, 0}};
        ::poll(both, 2, 100);
    }

    socket plain_;
    tls_caller far_;
    std::string up_, down_;
    bool up_ended_ = false, down_ended_ = false;
};

}  // namespace

void tls_tunnel::carry(int plain) {
    socket near(plain);
    try {
        carried c(std::move(near), to_);
        c.run(ending_);
    } catch (const std::runtime_error&) {  // nobody listens there
    }
}

}  // namespace tollgate::test
