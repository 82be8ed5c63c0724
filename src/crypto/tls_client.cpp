#include "crypto/tls_parts.hpp"
#include "tollgate/crypto/tls_engine.hpp"

namespace tollgate {
namespace {

// Takes the session's reference where it answers 1.
int keep_session(SSL* ssl, SSL_SESSION* session) noexcept {
    auto* const slot = static_cast<tls_session_slot*>(SSL_get_app_data(ssl));
    if (slot != nullptr) slot->put(session);
    return slot != nullptr ? 1 : 0;
}

}  // namespace

tls_session_slot::~tls_session_slot() { put(nullptr); }

void tls_session_slot::put(ssl_session_st* taken) noexcept {
    if (held_ != nullptr) SSL_SESSION_free(held_);
    held_ = taken;
}

tls_client::~tls_client() { SSL_CTX_free(context_); }

result<std::shared_ptr<const tls_client>> tls_client::make(const tls_client_settings& s) {
    auto context = make_tls_context(false);
    // Sessions go to their connection's slot; the context keeps none.
    SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context.get(), &keep_session);
    constexpr unsigned char ours[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
    SSL_CTX_set_alpn_protos(context.get(), ours, sizeof ours);
    if (s.authorities) {
        if (auto done = trust(context.get(), *s.authorities); !done) return done.error();
    } else if (SSL_CTX_set_default_verify_paths(context.get()) != 1) {
        return failure{errc::invalid, "the system's authorities cannot be read: " + openssl_error()};
    }
    if (s.identity) {
        if (auto shown = show_identity(context.get(), *s.identity); !shown) return shown.error();
    }
    SSL_CTX_set_verify(context.get(), s.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
    return std::shared_ptr<const tls_client>(new tls_client(context.release(), s.verify));
}

}  // namespace tollgate
