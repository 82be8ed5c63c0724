// config_api.hpp - readers for the keys of an API whose values are more than one scalar.
//
// `into` is the api_config (for origins: the cors_rules) that the key belongs to. (config_table.hpp)
#pragma once

#include "app/config_table.hpp"

namespace tollgate {

void read_api_name(config_place& at, const config_key& key, const node& value, void* into);
void read_api_hosts(config_place& at, const config_key& key, const node& value, void* into);
void read_api_upstream(config_place& at, const config_key& key, const node& value, void* into);
void read_api_unlisted(config_place& at, const config_key& key, const node& value, void* into);
void read_api_publish(config_place& at, const config_key& key, const node& value, void* into);
void read_api_unsupported_security(config_place& at, const config_key& key, const node& value, void* into);
void read_cors_origins(config_place& at, const config_key& key, const node& value, void* into);

// What only shows once the whole file is read: names and hosts that stand twice, what is missing.
void check_apis(const std::string& file, const std::vector<api_config>& apis, problem_list& problems);

}  // namespace tollgate
