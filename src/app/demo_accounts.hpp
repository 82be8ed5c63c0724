// demo_accounts.hpp - the people and programs of the demo: users and OAuth clients of conf/demo.yaml, with passwords made up each time.
//
// Threads: one. Errors: what the registry says, in words.
#pragma once

#include "tollgate/app/server.hpp"
#include "tollgate/codec/document.hpp"
#include "tollgate/codec/json.hpp"

#include <string>
#include <vector>

namespace tollgate {

struct demo_sign_in {
    std::string api, user_name, password;
    std::string client_id, client_secret, redirect_uri;  // of the API's client; empty: it has none
};

struct demo_accounts {
    demo_sign_in owner;                // of the console
    std::vector<demo_sign_in> of_apis;

    // Somebody of an API; nullptr: it has nobody.
    [[nodiscard]] const demo_sign_in* user_of(std::string_view api) const noexcept;
    // `oauth` of one API in the demo's line; empty: it has no client.
    [[nodiscard]] json::object oauth(std::string_view api) const;
};

// `root`: of conf/demo.yaml.
result<demo_accounts> make_demo_accounts(server& gateway, const node& root);

}  // namespace tollgate
