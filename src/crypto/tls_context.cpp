#include "tollgate/crypto/tls_context.hpp"

#include "crypto/tls_parts.hpp"
#include "tollgate/base/check.hpp"
#include "tollgate/crypto/sha256.hpp"

#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace tollgate {
namespace {

// Of Mozilla's "intermediate" set (version 5.7), without the finite-field groups.
constexpr const char* ciphers_1_2 =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr const char* groups = "X25519:P-256:P-384";
constexpr long session_seconds = 2 * 3600;  // tickets outlive at most two changes of keys (tls_tickets::kept)

failure invalid(std::string what) { return {errc::invalid, std::move(what)}; }

// RFC 7301. A caller that names protocols and not ours is told so, rather than spoken to in words that it does not know.
int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in, unsigned in_size, void*) {
    constexpr std::string_view ours = "http/1.1";
    for (unsigned at = 0; at + 1 <= in_size && at + 1 + in[at] <= in_size; at += 1u + in[at]) {
        if (std::string_view(reinterpret_cast<const char*>(in + at + 1), in[at]) != ours) continue;
        *out = in + at + 1;
        *out_size = in[at];
        return SSL_TLSEXT_ERR_OK;
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

const tls_server::impl& impl_of(SSL* ssl) { return *static_cast<const tls_server::impl*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl))); }

int choose_certificate(SSL* ssl, int*, void*) {
    const char* const name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    if (name == nullptr) return SSL_TLSEXT_ERR_NOACK;
    SSL_CTX* const fits = impl_of(ssl).find(name);
    if (fits != nullptr && fits != SSL_get_SSL_CTX(ssl)) SSL_set_SSL_CTX(ssl, fits);
    return fits != nullptr ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

bool set_tag_key(EVP_MAC_CTX* mac, tls_tickets::key& key) {
    char digest[] = "SHA256";
    const OSSL_PARAM params[] = {OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key.tag.data(), key.tag.size()),
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0), OSSL_PARAM_construct_end()};
    return EVP_MAC_CTX_set_params(mac, params) == 1;
}

// SSL_CTX_set_tlsext_ticket_key_evp_cb(3): 0 makes a whole handshake of it, 1 takes the ticket, 2 takes it and gives a new one.
int ticket_key(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac, int seals) {
    const auto& tickets = *impl_of(ssl).tickets;
    auto key = seals != 0 ? std::optional(tls_tickets::found{tickets.current(), true}) : tickets.find(name);
    if (!key) return 0;
    int ok = set_tag_key(mac, key->of) ? 1 : 0;
    if (seals != 0) {
        std::ranges::copy(key->of.name, name);
        ok = ok == 1 && RAND_bytes(iv, EVP_CIPHER_get_iv_length(EVP_aes_256_cbc())) == 1 &&
                EVP_EncryptInit_ex(cipher, EVP_aes_256_cbc(), nullptr, key->of.seal.data(), iv) == 1
            ? 1
            : -1;
    } else {
        const bool lasts = key->is_current && SSL_version(ssl) != TLS1_3_VERSION;  // of TLS 1.3 each is used once (RFC 8446 §C.4)
        ok = ok == 1 && EVP_DecryptInit_ex(cipher, EVP_aes_256_cbc(), nullptr, key->of.seal.data(), iv) == 1 ? (lasts ? 1 : 2) : 0;
    }
    wipe(&key->of, sizeof key->of);
    return ok;
}

bool stands_for(std::string_view pattern, std::string_view name) noexcept {
    if (!pattern.starts_with("*.")) return false;
    const auto dot = name.find('.');
    return dot != std::string_view::npos && dot != 0 && name.substr(dot) == pattern.substr(1);
}

// Sessions are resumed only where the same was demanded of callers' certificates.
result<void> demand_certificates(SSL_CTX* context, const tls_server_settings& s) {
    std::string scope = "tollgate";
    if (s.client_authorities) {
        if (auto done = trust(context, *s.client_authorities); !done) return done;
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER | (s.client_required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), nullptr);
        const auto list = read_certificates(*s.client_authorities);
        for (const auto& one : *list) SSL_CTX_add_client_CA(context, one.get());
        scope.append(s.client_required ? " required " : " wanted ").append(s.client_authorities->text.reveal());
    }
    const auto id = sha256(scope);
    static_assert(sizeof id.bytes == SSL_MAX_SID_CTX_LENGTH);
    SSL_CTX_set_session_id_context(context, id.bytes.data(), sizeof id.bytes);
    return {};
}

result<context_handle> make_server_context(const tls_server_settings& s, tls_server::impl& of) {
    auto context = make_tls_context(true);
    SSL_CTX_set_app_data(context.get(), &of);
    SSL_CTX_set_min_proto_version(context.get(), s.version_1_2 ? TLS1_2_VERSION : TLS1_3_VERSION);
    SSL_CTX_set_options(context.get(), SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
    SSL_CTX_set_alpn_select_cb(context.get(), &choose_protocol, nullptr);
    SSL_CTX_set_tlsext_servername_callback(context.get(), &choose_certificate);
    SSL_CTX_set_tlsext_ticket_key_evp_cb(context.get(), &ticket_key);
    SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);  // tickets alone: nothing is kept of a caller who left
    SSL_CTX_set_timeout(context.get(), session_seconds);
    if (auto done = demand_certificates(context.get(), s); !done) return done.error();
    return context;
}

}  // namespace

context_handle make_tls_context(bool is_server) {
    context_handle context(SSL_CTX_new(is_server ? TLS_server_method() : TLS_client_method()));
    TOLLGATE_CHECK(context != nullptr);
    SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
    SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(
        context.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_NO_AUTO_CHAIN);
    SSL_CTX_set_read_ahead(context.get(), 1);  // a record comes with one call of the system, not two
    TOLLGATE_CHECK(SSL_CTX_set_cipher_list(context.get(), ciphers_1_2) == 1);
    TOLLGATE_CHECK(SSL_CTX_set1_groups_list(context.get(), groups) == 1);
    return context;
}

result<void> show_identity(SSL_CTX* context, const tls_identity& what) {
    ERR_clear_error();
    const auto& parts = what.inside();
    bool ok = SSL_CTX_use_certificate(context, parts.chain.front().get()) == 1 && SSL_CTX_use_PrivateKey(context, parts.key.get()) == 1;
    for (std::size_t i = 1; ok && i < parts.chain.size(); ++i) ok = SSL_CTX_add1_chain_cert(context, parts.chain[i].get()) == 1;
    if (ok) return {};
    return invalid(parts.source + " cannot be shown: " + openssl_error());
}

result<void> trust(SSL_CTX* context, const pem_text& authorities) {
    const auto list = read_certificates(authorities);
    if (!list) return list.error();
    X509_STORE* const store = SSL_CTX_get_cert_store(context);
    for (const auto& one : *list) X509_STORE_add_cert(store, one.get());
    ERR_clear_error();
    return {};
}

SSL_CTX* tls_server::impl::find(std::string_view asked) const noexcept {
    std::array<char, 256> place;
    if (asked.ends_with('.')) asked.remove_suffix(1);
    if (asked.size() > place.size()) return nullptr;
    std::ranges::transform(asked, place.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
    const std::string_view name(place.data(), asked.size());
    for (const auto& one : all)
        if (std::ranges::find(one.names, name) != one.names.end()) return one.context.get();
    for (const auto& one : all)
        if (std::ranges::any_of(one.names, [&](const auto& pattern) { return stands_for(pattern, name); })) return one.context.get();
    return nullptr;
}

tls_server::tls_server(std::unique_ptr<impl> i) : impl_(std::move(i)) {}
tls_server::~tls_server() = default;

result<std::shared_ptr<const tls_server>> tls_server::make(const tls_server_settings& s, std::shared_ptr<tls_tickets> tickets) {
    if (s.identities.empty()) return invalid("no certificate: write at least one");
    auto made = std::make_unique<impl>();
    made->tickets = std::move(tickets);
    for (const auto& identity : s.identities) {
        auto names = identity.names();
        std::ranges::sort(names);
        const int kind = EVP_PKEY_get_base_id(identity.inside().key.get());
        auto at = std::ranges::find_if(
            made->all, [&](const impl::shown& one) { return one.names == names && std::ranges::find(one.key_kinds, kind) == one.key_kinds.end(); });
        if (at == made->all.end()) {
            auto context = make_server_context(s, *made);
            if (!context) return context.error();
            at = made->all.insert(at, {std::move(names), std::move(*context), {}});
        }
        at->key_kinds.push_back(kind);
        if (auto shown = show_identity(at->context.get(), identity); !shown) return shown.error();
    }
    return std::shared_ptr<const tls_server>(new tls_server(std::move(made)));
}

}  // namespace tollgate
