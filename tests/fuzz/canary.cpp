// Not about the gateway: a fault that a fuzzer must find within seconds. Where it does not, the others' silence means nothing.
#include "fuzz/fuzz.hpp"

FUZZ_TARGET(canary) {
    if (bytes.size() < 8 || bytes.substr(0, 4) != "toll") return;
    DEMAND(bytes[4] != 'g' || bytes[7] != 'e');
}
