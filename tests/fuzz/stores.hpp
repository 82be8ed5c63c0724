// stores.hpp - a real store in a scratch directory, with tokens of the world's API in it, made once a target.
#pragma once

#include "fuzz/fuzz.hpp"
#include "fuzz/worlds.hpp"
#include "tollgate/base/log.hpp"
#include "tollgate/crypto/os_random.hpp"
#include "tollgate/registry/registry.hpp"

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace tollgate::fuzz {

struct store {
    explicit store(int count) {
        DEMAND(::mkdtemp(path.data()) != nullptr);
        auto opened = registry::open({.path = path + "/control", .cache_bytes = 8 << 20}, {time, random, quiet, feed});
        DEMAND(opened.has_value());
        tokens = std::move(*opened);
        std::vector<field_problem> problems;
        for (int i = 0; i < count; ++i) {
            create_token wish;
            wish.name = "Token of some " + std::to_string(i);
            wish.environment = "test";
            wish.scopes = {"read"};
            DEMAND(tokens->create(*acme().of, wish, {"operator:0", "unix"}, problems).has_value());
        }
    }
    ~store() {
        tokens.reset();
        std::filesystem::remove_all(path);
    }
    std::string path = (std::filesystem::temp_directory_path() / "tollgate-fuzz-XXXXXX").string();
    manual_clock time{now};
    os_random random;
    null_log quiet;
    change_feed feed{1};
    std::unique_ptr<registry> tokens;
};

}  // namespace tollgate::fuzz
