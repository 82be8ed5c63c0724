// oauth_input.hpp - what a client sent to an OAuth endpoint: a form or a JSON object, and its credentials.
//
// Strict where two readings would differ: a parameter that stands twice, or credentials in two places, are invalid_request. Lenient
// where real clients are: ids and secrets in Basic come raw or percent-encoded, and JSON is taken as well as a form.
// Threads: values of one call.
#pragma once

#include "tollgate/rules/operation.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tollgate {

class oauth_input {
 public:
    // The parameters, or what is wrong with the request.
    static std::variant<oauth_input, std::string> read(const operation_call& call);

    [[nodiscard]] const std::string& get(std::string_view name) const;  // empty where it is absent
    [[nodiscard]] bool has(std::string_view name) const { return values_.contains(name); }
    // RFC 8707: may stand more than once.
    [[nodiscard]] const std::vector<std::string>& resources() const noexcept { return resources_; }

 private:
    bool put(std::string name, std::string value);
    std::optional<std::string> read_form(std::string_view body);
    std::optional<std::string> read_json(std::string_view body);
    std::map<std::string, std::string, std::less<>> values_;
    std::vector<std::string> resources_;
};

// How a client says who it is.
struct client_credentials {
    struct pair {
        std::string id, secret;
    };
    bool by_header = false;    // Authorization: Basic
    std::vector<pair> tries;   // as they stand; from a header also percent-decoded. Empty: the client does not say who it is
};

// The credentials, or what is wrong with the request.
std::variant<client_credentials, std::string> read_credentials(const operation_call& call, const oauth_input& in);

// RFC 6749 §3.3: the names between single spaces. Nothing: not a scope.
std::optional<std::vector<std::string>> read_scope(std::string_view text);

}  // namespace tollgate
