#include "support/certificates.hpp"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <memory>
#include <stdexcept>

namespace tollgate::test {
namespace {

template <auto Free>
struct end {
    template <class T>
    void operator()(T* what) const {
        Free(what);
    }
};
using bio = std::unique_ptr<BIO, end<&BIO_free>>;
using key = std::unique_ptr<EVP_PKEY, end<&EVP_PKEY_free>>;
using certificate_handle = std::unique_ptr<X509, end<&X509_free>>;

void must(bool ok) {
    if (!ok) throw std::runtime_error("no certificate for the test");
}

std::string text_of(const bio& from) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(from.get(), &data);
    return {data, static_cast<std::size_t>(size)};
}

key make_key(bool rsa) {
    key out(rsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256"));
    must(out != nullptr);
    return out;
}

std::string pem_of(const key& k) {
    const bio to(BIO_new(BIO_s_mem()));
    must(PEM_write_bio_PrivateKey(to.get(), k.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
    return text_of(to);
}

std::string pem_of(const certificate_handle& c) {
    const bio to(BIO_new(BIO_s_mem()));
    must(PEM_write_bio_X509(to.get(), c.get()) == 1);
    return text_of(to);
}

void extend(X509& c, int what, const std::string& value) {
    X509_EXTENSION* const made = X509V3_EXT_conf_nid(nullptr, nullptr, what, value.c_str());
    must(made != nullptr);
    must(X509_add_ext(&c, made, -1) == 1);
    X509_EXTENSION_free(made);
}

certificate_handle begin_certificate(const key& of, const std::string& name, std::chrono::hours begins, std::chrono::hours ends) {
    static std::atomic<long> serial{1};
    certificate_handle c(X509_new());
    must(c != nullptr && X509_set_version(c.get(), 2) == 1 && ASN1_INTEGER_set(X509_get_serialNumber(c.get()), serial++) == 1);
    X509_gmtime_adj(X509_getm_notBefore(c.get()), static_cast<long>(begins.count() * 3600));
    X509_gmtime_adj(X509_getm_notAfter(c.get()), static_cast<long>(ends.count() * 3600));
    X509_set_pubkey(c.get(), of.get());
    X509_NAME_add_entry_by_txt(X509_get_subject_name(c.get()), "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    return c;
}

bool is_numeric(const std::string& name) { return name.find_first_not_of("0123456789.") == std::string::npos || name.find(':') != std::string::npos; }

}  // namespace

authority::authority(const std::string& name) {
    const auto k = make_key(false);
    const auto c = begin_certificate(k, name, std::chrono::hours(-48), std::chrono::hours(10 * 365 * 24));
    X509_set_issuer_name(c.get(), X509_get_subject_name(c.get()));
    extend(*c, NID_basic_constraints, "critical,CA:TRUE");
    extend(*c, NID_key_usage, "critical,keyCertSign,cRLSign");
    must(X509_sign(c.get(), k.get(), EVP_sha256()) != 0);
    own_ = {pem_of(c), pem_of(k)};
}

pem_pair authority::sign(const certificate_wish& wish) const {
    const bio certificate_text(BIO_new_mem_buf(own_.certificate.data(), static_cast<int>(own_.certificate.size())));
    const bio key_text(BIO_new_mem_buf(own_.key.data(), static_cast<int>(own_.key.size())));
    const certificate_handle issuer(PEM_read_bio_X509(certificate_text.get(), nullptr, nullptr, nullptr));
    const key by(PEM_read_bio_PrivateKey(key_text.get(), nullptr, nullptr, nullptr));
    const auto k = make_key(wish.rsa);
    const auto c = begin_certificate(k, wish.names.front(), wish.begins, wish.ends);
    X509_set_issuer_name(c.get(), X509_get_subject_name(issuer.get()));
    std::string names;
    for (const auto& n : wish.names) names += (names.empty() ? "" : ",") + std::string(is_numeric(n) ? "IP:" : "DNS:") + n;
    extend(*c, NID_subject_alt_name, names);
    extend(*c, NID_basic_constraints, "CA:FALSE");
    extend(*c, NID_ext_key_usage, wish.client ? "clientAuth" : "serverAuth");
    must(X509_sign(c.get(), by.get(), EVP_sha256()) != 0);
    return {pem_of(c), pem_of(k)};
}

std::string encrypted_key() {
    const auto k = make_key(false);
    const bio to(BIO_new(BIO_s_mem()));
    must(PEM_write_bio_PKCS8PrivateKey(to.get(), k.get(), EVP_aes_128_cbc(), "secret", 6, nullptr, nullptr) == 1);
    return text_of(to);
}

}  // namespace tollgate::test
