// demo.hpp - the gateway with every shipped API, a sample upstream and one token each, in a temporary directory.
//
// Everything it needs is inside the binary; what it serves is data (conf/demo.yaml). Ctrl-C leaves nothing behind.
#pragma once

#include <ostream>
#include <string>

namespace tollgate {

struct demo_options {
    std::string gateway = "127.0.0.1:8080";  // port 0 picks one
    std::string console = "127.0.0.1:8081";
    bool json = false;                       // one line when ready, instead of words
};

// Until SIGTERM or SIGINT. The process' exit code.
int run_demo(const demo_options& options, std::ostream& out, std::ostream& err);

}  // namespace tollgate
