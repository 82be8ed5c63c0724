#include "tollgate/crypto/tls_identity.hpp"

#include "crypto/tls_parts.hpp"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <ctime>

namespace tollgate {
namespace {

timestamp time_of(const ASN1_TIME* t) {
    std::tm parts{};
    if (t == nullptr || ASN1_TIME_to_tm(t, &parts) != 1) return {};
    return {static_cast<std::int64_t>(::timegm(&parts)) * 1'000'000};
}

std::string lowered(const unsigned char* text, int size) {
    std::string out(reinterpret_cast<const char*>(text), static_cast<std::size_t>(std::max(size, 0)));
    std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
    return out;
}

std::string common_name(X509& of) {
    X509_NAME* const subject = X509_get_subject_name(&of);
    const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    if (at < 0) return {};
    const ASN1_STRING* const text = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at));
    return lowered(ASN1_STRING_get0_data(text), ASN1_STRING_length(text));
}

std::vector<std::string> names_of(X509& of) {
    std::vector<std::string> out;
    using names_handle = std::unique_ptr<GENERAL_NAMES, openssl_end<&GENERAL_NAMES_free>>;
    const names_handle listed(static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(&of, NID_subject_alt_name, nullptr, nullptr)));
    for (int i = 0; i < (listed ? sk_GENERAL_NAME_num(listed.get()) : 0); ++i) {
        const GENERAL_NAME* const one = sk_GENERAL_NAME_value(listed.get(), i);
        if (one->type == GEN_DNS) out.push_back(lowered(ASN1_STRING_get0_data(one->d.dNSName), ASN1_STRING_length(one->d.dNSName)));
    }
    if (auto name = listed ? std::string() : common_name(of); !name.empty()) out.push_back(std::move(name));
    return out;
}

int no_passphrase(char*, int, int, void* asked) {
    *static_cast<bool*>(asked) = true;
    return -1;
}

result<key_handle> read_key(const pem_text& from) {
    ERR_clear_error();
    bool is_encrypted = false;
    const auto text = reader_of(from.text.reveal());
    key_handle key(PEM_read_bio_PrivateKey(text.get(), nullptr, &no_passphrase, &is_encrypted));
    if (key) return key;
    ERR_clear_error();
    if (is_encrypted)
        return failure{errc::invalid,
            from.source +
                " is encrypted: write the key without a passphrase (openssl pkey -in FILE -out NEW), in a file that only the gateway reads"};
    return failure{errc::invalid, from.source + " holds no private key: write a PEM file that begins with -----BEGIN PRIVATE KEY-----"};
}

}  // namespace

result<std::vector<certificate_handle>> read_certificates(const pem_text& from) {
    ERR_clear_error();
    std::vector<certificate_handle> out;
    const auto text = reader_of(from.text.reveal());
    while (X509* const one = PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr)) out.emplace_back(one);
    const auto last = ERR_peek_last_error();
    const bool at_end = ERR_GET_LIB(last) == ERR_LIB_PEM && ERR_GET_REASON(last) == PEM_R_NO_START_LINE;
    if (!at_end && last != 0)
        return failure{
            errc::invalid, from.source + ": its certificate number " + std::to_string(out.size() + 1) + " cannot be read: " + openssl_error()};
    ERR_clear_error();
    if (!out.empty()) return out;
    return failure{errc::invalid, from.source + " holds no certificate: write a PEM file that begins with -----BEGIN CERTIFICATE-----"};
}

result<tls_identity> tls_identity::make(const pem_text& certificate, const pem_text& key) {
    auto chain = read_certificates(certificate);
    if (!chain) return chain.error();
    auto own = read_key(key);
    if (!own) return own.error();
    X509& leaf = *chain->front();
    if (X509_check_private_key(&leaf, own->get()) != 1) {
        ERR_clear_error();
        return failure{errc::invalid,
            key.source + " is not the key of the first certificate in " + certificate.source +
                ": write the key that the certificate was made for, and the gateway's own certificate before those of its authority"};
    }
    auto made = std::make_shared<parts>();
    made->source = certificate.source;
    made->names = names_of(leaf);
    made->begins = time_of(X509_get0_notBefore(&leaf));
    made->ends = time_of(X509_get0_notAfter(&leaf));
    made->chain = std::move(*chain);
    made->key = std::move(*own);
    return tls_identity(std::move(made));
}

const std::vector<std::string>& tls_identity::names() const noexcept { return parts_->names; }
const std::string& tls_identity::source() const noexcept { return parts_->source; }
timestamp tls_identity::begins() const noexcept { return parts_->begins; }
timestamp tls_identity::ends() const noexcept { return parts_->ends; }

}  // namespace tollgate
