// openapi_security.hpp - `security` and the schemes that it names -> who gets through.
//
// What the gateway verifies is a bearer token with scopes. Schemes that it cannot verify never make an operation easier
// to reach: an alternative that needs one is dropped.
#pragma once

#include "rules/openapi_reader.hpp"
#include "rules/openapi_scopes.hpp"

#include <map>

namespace tollgate::openapi {

struct wanted_scope {
    std::string name;
    place at;
};

// OR of ANDs; public and any_of exclude each other. Empty and not public: a valid token.
struct access {
    bool is_public = false;
    std::vector<std::vector<wanted_scope>> any_of;
};

class security_reader {
 public:
    // `unsupported_is_token`: where no alternative is left, a valid token stands for what cannot be verified.
    security_reader(reader& in, scope_catalogue& scopes, bool unsupported_is_token)
        : in_(in), scopes_(scopes), unsupported_is_token_(unsupported_is_token) {}

    // components.securitySchemes, with the scopes that they declare. First.
    void read_schemes();
    // The value of a `security` key.
    access read(const place& security);

    // Whether a scheme is known and can be verified. After read_schemes().
    [[nodiscard]] bool verifiable(std::string_view scheme) const;

 private:
    struct scheme {
        bool verifiable = false;
        std::string kind;  // for a sentence: "http basic"
    };
    struct alternative {
        std::vector<wanted_scope> scopes;
        std::string unverifiable;  // the first such scheme with its kind; empty: none
    };

    void read_scheme(const std::string& name, const place& at);
    void read_flows(const place& at);
    std::optional<scheme> classify(const place& at);
    std::optional<alternative> read_alternative(const place& at);
    bool read_requirement(const std::string& name, const place& at, alternative& out);

    reader& in_;
    scope_catalogue& scopes_;
    bool unsupported_is_token_;
    std::map<std::string, scheme, std::less<>> schemes_;
};

}  // namespace tollgate::openapi
