// Requests to the authorization endpoint, against a real client in a real store: nobody is sent where the client did not say. (PR-8)
#include "control/authorize_request.hpp"
#include "fuzz/fuzz.hpp"
#include "fuzz/stores.hpp"
#include "tollgate/registry/clients.hpp"

#include <algorithm>

using namespace tollgate;

namespace {

struct store_with_client : fuzz::store {
    store_with_client() : store(0) {
        std::vector<field_problem> problems;
        create_client wish;
        wish.name = "App";
        wish.redirect_uris = {"https://app.example/cb", "com.example.app:/cb"};
        wish.grants = {"authorization_code", "refresh_token"};
        auto made = client_directory(*tokens).add(*fuzz::acme().of, wish, {"operator:0", "unix"}, problems);
        DEMAND(made.has_value());
        id = made->record.id;
    }
    std::string id;
};

}  // namespace

FUZZ_TARGET(authorize_request) {
    static store_with_client with;
    operation_call call;
    call.of = fuzz::acme().of;
    call.origin = "https://acme.example";
    call.query = bytes;
    for (auto at = call.query.find("CLIENT"); at != std::string::npos; at = call.query.find("CLIENT", at + 1)) call.query.replace(at, 6, with.id);
    const auto read = read_authorize_request(*with.tokens, call);
    const std::vector<std::string> known{"https://app.example/cb", "com.example.app:/cb"};
    if (const auto* good = std::get_if<authorize_request>(&read)) {
        DEMAND(std::ranges::find(known, good->redirect_uri) != known.end() && good->code_challenge.size() == 43 && !good->scopes.empty());
        return;
    }
    const auto& wrong = std::get<authorize_problem>(read);
    DEMAND(!wrong.ours);
    DEMAND(!wrong.may_return || std::ranges::find(known, wrong.where) != known.end());
    const auto where = return_to("https://app.example/cb", {{"error", wrong.error}, {"state", wrong.state}});
    DEMAND(where.find_first_of("\r\n \"<>") == std::string::npos);
}
