#include "tollgate/crypto/tls_engine.hpp"

#include "crypto/tls_parts.hpp"
#include "tollgate/base/check.hpp"

#include <openssl/x509v3.h>

#include <array>

namespace tollgate {
namespace {

constexpr std::array<std::string_view, tls_fault_count> fault_names{
    "none", "not_tls", "plain_http", "version", "cipher", "protocol_name", "no_certificate", "certificate", "alert", "ended", "late", "other"};

tls_fault fault_of(unsigned long error) noexcept {
    if (ERR_GET_LIB(error) != ERR_LIB_SSL) return tls_fault::other;
    switch (ERR_GET_REASON(error)) {
        case SSL_R_UNSUPPORTED_PROTOCOL:
        case SSL_R_WRONG_VERSION_NUMBER:
        case SSL_R_VERSION_TOO_LOW:
        case SSL_R_NO_PROTOCOLS_AVAILABLE: return tls_fault::version;
        case SSL_R_NO_SHARED_CIPHER:
        case SSL_R_NO_SHARED_GROUPS:
        case SSL_R_NO_SUITABLE_KEY_SHARE:
        case SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS:
        case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM: return tls_fault::cipher;
        case SSL_R_NO_APPLICATION_PROTOCOL: return tls_fault::protocol_name;
        case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE: return tls_fault::no_certificate;
        case SSL_R_CERTIFICATE_VERIFY_FAILED: return tls_fault::certificate;
        default: return ERR_GET_REASON(error) > SSL_AD_REASON_OFFSET ? tls_fault::alert : tls_fault::other;
    }
}

// What begins like a request line: no record of TLS has such a type.
bool looks_like_http(char first) noexcept { return first >= 'A' && first <= 'Z'; }
constexpr char handshake_record = 22;

}  // namespace

std::string_view to_string(tls_fault f) noexcept { return fault_names[static_cast<std::size_t>(f)]; }

// A BIO whose ends are the engine's wire.
struct tls_engine::callbacks {
    static tls_engine& of(BIO* b) noexcept { return *static_cast<tls_engine*>(BIO_get_data(b)); }

    static int read(BIO* b, char* into, std::size_t size, std::size_t* bytes) noexcept {
        auto& e = of(b);
        BIO_clear_retry_flags(b);
        const auto got = e.wire_.pull(into, size);
        if (got.what == tls_wire::how::later) BIO_set_retry_read(b);
        if (got.what == tls_wire::how::ended) e.ended_ = true;
        if (got.what != tls_wire::how::moved) return 0;
        if (!e.begun_ && e.is_server_ && *into != handshake_record) {
            e.fault_ = looks_like_http(*into) ? tls_fault::plain_http : tls_fault::not_tls;
            return 0;
        }
        e.begun_ = true;
        *bytes = got.bytes;
        return 1;
    }
    static int write(BIO* b, const char* from, std::size_t size, std::size_t* bytes) noexcept {
        BIO_clear_retry_flags(b);
        const auto sent = of(b).wire_.push(from, size);
        if (sent.what == tls_wire::how::later) BIO_set_retry_write(b);
        if (sent.what != tls_wire::how::moved) return 0;
        *bytes = sent.bytes;
        return 1;
    }
    static long control(BIO* b, int what, long, void*) noexcept {
        if (what == BIO_CTRL_EOF) return of(b).ended_ ? 1 : 0;
        return what == BIO_CTRL_FLUSH ? 1 : 0;
    }
    static const BIO_METHOD* method() {
        static const BIO_METHOD* const made = [] {
            BIO_METHOD* const m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "tollgate wire");
            TOLLGATE_CHECK(
                m != nullptr && BIO_meth_set_read_ex(m, &read) == 1 && BIO_meth_set_write_ex(m, &write) == 1 && BIO_meth_set_ctrl(m, &control) == 1);
            return m;
        }();
        return made;
    }
};

tls_engine::tls_engine(std::shared_ptr<const tls_server> by, tls_wire& wire) : by_(by), wire_(wire), is_server_(true) {
    attach(by->inside().all.front().context.get());
    SSL_set_accept_state(ssl_);
}

tls_engine::tls_engine(std::shared_ptr<const tls_client> by, tls_wire& wire, const std::string& name, std::shared_ptr<tls_session_slot> sessions)
    : by_(by), wire_(wire), sessions_(std::move(sessions)), is_server_(false) {
    attach(by->inside());
    X509_VERIFY_PARAM* const check = SSL_get0_param(ssl_);
    const bool numeric = X509_VERIFY_PARAM_set1_ip_asc(check, name.c_str()) == 1;
    if (!numeric) {
        SSL_set_tlsext_host_name(ssl_, name.c_str());
        X509_VERIFY_PARAM_set_hostflags(check, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        X509_VERIFY_PARAM_set1_host(check, name.data(), name.size());
    }
    ERR_clear_error();
    if (sessions_ && sessions_->get() != nullptr) SSL_set_session(ssl_, sessions_->get());
    SSL_set_connect_state(ssl_);
}

void tls_engine::attach(ssl_ctx_st* context) {
    ssl_ = SSL_new(context);
    BIO* const both = BIO_new(callbacks::method());
    TOLLGATE_CHECK(ssl_ != nullptr && both != nullptr);
    BIO_set_data(both, this);
    BIO_set_init(both, 1);
    SSL_set_bio(ssl_, both, both);
    SSL_set_app_data(ssl_, sessions_.get());  // tls_client.cpp keeps what comes
}

tls_engine::~tls_engine() {
    // Otherwise OpenSSL takes what ends without a farewell for a failure, and the session for one that may not be resumed.
    if (fault_ == tls_fault::none) SSL_set_shutdown(ssl_, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(ssl_);
    ERR_clear_error();
}

void tls_engine::note_fault() noexcept {
    reason_ = ERR_peek_error();
    ERR_clear_error();
    if (fault_ != tls_fault::none) return;
    fault_ = ended_ ? tls_fault::ended : reason_ == 0 ? tls_fault::ended : fault_of(reason_);
}

tls_engine::step tls_engine::after(int returned) noexcept {
    if (fault_ == tls_fault::none) {
        switch (SSL_get_error(ssl_, returned)) {
            case SSL_ERROR_WANT_READ: return step::want_read;
            case SSL_ERROR_WANT_WRITE: return step::want_write;
            case SSL_ERROR_ZERO_RETURN: return step::closed;
            default: break;
        }
    }
    note_fault();
    return step::failed;
}

tls_engine::step tls_engine::handshake() noexcept {
    if (fault_ != tls_fault::none) return step::failed;
    ERR_clear_error();
    const int done = SSL_do_handshake(ssl_);
    return done == 1 ? step::done : after(done);
}

tls_engine::moved tls_engine::read(void* out, std::size_t size) noexcept {
    if (fault_ != tls_fault::none) return {step::failed, 0};
    ERR_clear_error();
    std::size_t bytes = 0;
    if (SSL_read_ex(ssl_, out, size, &bytes) == 1) return {step::done, bytes};
    return {after(0), 0};
}

tls_engine::moved tls_engine::write(const void* from, std::size_t size) noexcept {
    if (fault_ != tls_fault::none) return {step::failed, 0};
    ERR_clear_error();
    std::size_t bytes = 0;
    const bool ok = SSL_write_ex(ssl_, from, size, &bytes) == 1;
    const step what = ok ? step::done : after(0);
    write_pending_ = what == step::want_write;
    return {what, bytes};
}

void tls_engine::close_notify() noexcept {
    if (fault_ != tls_fault::none || write_pending_ || SSL_is_init_finished(ssl_) != 1) return;
    if ((SSL_get_shutdown(ssl_) & SSL_SENT_SHUTDOWN) != 0) return;
    ERR_clear_error();
    SSL_shutdown(ssl_);
    ERR_clear_error();
}

bool tls_engine::amid_record() const noexcept { return SSL_has_pending(ssl_) == 1; }
bool tls_engine::resumed() const noexcept { return SSL_session_reused(ssl_) == 1; }

std::string tls_engine::why() const {
    if (fault_ == tls_fault::certificate) return X509_verify_cert_error_string(SSL_get_verify_result(ssl_));
    if (fault_ == tls_fault::ended) return "the peer went away";
    const char* const said = reason_ == 0 ? nullptr : ERR_reason_error_string(reason_);
    return said != nullptr ? said : std::string(to_string(fault_));
}

}  // namespace tollgate
