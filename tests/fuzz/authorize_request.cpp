// Requests to the authorization endpoint, against a real client in a real store: nobody is sent where the client did not say. (PR-8)
#include "control/authorize_request.hpp"
#include "fuzz/fuzz.hpp"
#include "fuzz/worlds.hpp"
#include "tollgate/base/log.hpp"
#include "tollgate/crypto/os_random.hpp"
#include "tollgate/registry/clients.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

using namespace tollgate;

namespace {

struct store {
    store() {
        DEMAND(::mkdtemp(path.data()) != nullptr);
        auto opened = registry::open({.path = path + "/control", .cache_bytes = 8 << 20}, {time, random, quiet, feed});
        DEMAND(opened.has_value());
        tokens = std::move(*opened);
        std::vector<field_problem> problems;
        create_client wish;
        wish.name = "App";
        wish.redirect_uris = {"https://app.example/cb", "com.example.app:/cb"};
        wish.grants = {"authorization_code", "refresh_token"};
        auto made = client_directory(*tokens).add(*fuzz::acme().of, wish, {"operator:0", "unix"}, problems);
        DEMAND(made.has_value());
        id = made->record.id;
    }
    ~store() {
        tokens.reset();
        std::filesystem::remove_all(path);
    }
    std::string path = (std::filesystem::temp_directory_path() / "tollgate-fuzz-XXXXXX").string();
    manual_clock time{fuzz::now};
    os_random random;
    null_log quiet;
    change_feed feed{1};
    std::unique_ptr<registry> tokens;
    std::string id;
};

}  // namespace

FUZZ_TARGET(authorize_request) {
    static store with;
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
