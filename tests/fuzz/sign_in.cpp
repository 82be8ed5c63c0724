// What stands in an account's record and what is typed against it: password texts, one-time codes; redirect URIs of clients.
#include "fuzz/fuzz.hpp"
#include "registry/plain_text.hpp"
#include "registry/redirect_uri.hpp"
#include "tollgate/crypto/password.hpp"
#include "tollgate/crypto/totp.hpp"

using namespace tollgate;

FUZZ_TARGET(sign_in) {
    fuzz::input in(bytes);
    const auto secret_bytes = in.take(20);
    const auto at = timestamp{static_cast<std::int64_t>(in.number<std::uint32_t>()) * 1'000'000};
    const auto text = in.rest();
    const auto step = totp_match(secret_bytes, text, at);
    if (step) DEMAND(*step + 1 >= totp_step(at) && *step <= totp_step(at) + 1 && totp_code(secret_bytes, *step) == text);
    DEMAND(totp_match(secret_bytes, totp_code(secret_bytes, totp_step(at)), at).has_value());
    // Verifying would cost what the text says; whether it is one is found out without.
    (void)is_of_other_cost(std::string(text));
    (void)is_of_other_cost("$argon2id$" + std::string(text));
    if (objection_to_redirect_uri(text).empty()) {
        DEMAND(text.find_first_of("\r\n \"<>\\#") == std::string_view::npos && text.find(':') != std::string_view::npos);
        DEMAND(!text.starts_with("http:") || text.starts_with("http://127.0.0.1") || text.starts_with("http://[::1]") ||
            text.starts_with("http://localhost"));
    }
    const auto shown = printable(text);
    DEMAND(shown.size() <= 70);
    if (is_header_text(text)) DEMAND(text.find_first_of("\r\n") == std::string_view::npos);
}
