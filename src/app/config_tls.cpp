#include "app/config_tls.hpp"

#include "app/config_fields.hpp"

namespace tollgate {
namespace {

using namespace config_fields;

template <auto Member>
void pem(config_place& at, const config_key&, const node& value, void* into) {
    if (auto source = read_pem_source(at, value)) field<Member>(into) = std::move(*source);
}

void tls_version(config_place& at, const config_key&, const node& value, void* into) {
    if (const auto choice = read_choice(at, value, {"1.2", "1.3"})) static_cast<listener_tls_config*>(into)->version_1_2 = *choice == 0;
}

const config_key certificate_keys[] = {
    {.name = "certificate",
        .fallback = "",
        .doc = "PEM file: the certificate, then those that lead to its authority; or credential:<name>",
        .read = pem<&certificate_config::certificate>,
        .example = "fullchain.pem",
        .required = true},
    {.name = "key",
        .fallback = "",
        .doc = "PEM file of its key, without a passphrase; or credential:<name>",
        .read = pem<&certificate_config::key>,
        .example = "key.pem",
        .required = true},
};
const config_section certificate_section{"certificates", certificate_keys};

const config_key client_certificates_keys[] = {
    {.name = "authorities",
        .fallback = "",
        .doc = "PEM file of who may have signed callers' certificates; or credential:<name>",
        .read = pem<&client_certificates_config::authorities>,
        .example = "ca.pem",
        .required = true},
    {.name = "required",
        .fallback = "true",
        .doc = "false: a caller without a certificate is let in, one with a bad one never",
        .read = boolean<&client_certificates_config::required>},
};
const config_section client_certificates_section{"client_certificates", client_certificates_keys};

const config_key listener_tls_keys[] = {
    {.name = "certificates",
        .fallback = "",
        .doc = "chosen by the name that a caller asks for (SNI); the first where none fits",
        .read = items<&listener_tls_config::certificates>,
        .section = &certificate_section,
        .items = true,
        .required = true},
    {.name = "client_certificates",
        .fallback = "",
        .doc = "callers show a certificate of their own, beside their token",
        .read = section<&listener_tls_config::client_certificates>,
        .section = &client_certificates_section,
        .optional = true},
    {.name = "minimum", .fallback = "1.2", .doc = "oldest version of TLS: 1.2 or 1.3", .read = tls_version},
};
const config_section listener_section{"tls", listener_tls_keys};

void server_name(config_place& at, const config_key&, const node& value, void* into) {
    const auto text = read_text(at, value);
    if (!text || *text == "*") return at.error(value, "write the name that the servers' certificates have, like billing.internal");
    if (auto name = read_host(at, *text, value)) static_cast<upstream_tls_config*>(into)->server_name = std::move(*name);
}

const config_key upstream_tls_keys[] = {
    {.name = "authorities",
        .fallback = "",
        .doc = "PEM file of who may have signed the servers' certificates; without it, whom the system trusts",
        .read = pem<&upstream_tls_config::authorities>,
        .example = "ca.pem"},
    {.name = "server_name",
        .fallback = "",
        .doc = "whom the certificates must name, and who is asked for (SNI); without it, the server's host",
        .read = server_name,
        .example = "billing.internal"},
    {.name = "certificate",
        .fallback = "",
        .doc = "PEM file of the gateway's own certificate, where servers ask for one",
        .read = pem<&upstream_tls_config::certificate>,
        .example = "gateway.pem"},
    {.name = "key", .fallback = "", .doc = "PEM file of its key", .read = pem<&upstream_tls_config::key>, .example = "gateway.key"},
    {.name = "verify",
        .fallback = "true",
        .doc = "false: any certificate is taken, and whoever is in between reads and changes everything",
        .read = boolean<&upstream_tls_config::verify>},
};
const config_section upstream_section{"tls", upstream_tls_keys};

}  // namespace

const config_section& upstream_tls_section() noexcept { return upstream_section; }
const config_section& listener_tls_section() noexcept { return listener_section; }

}  // namespace tollgate
