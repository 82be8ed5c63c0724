// The target that this program is linked with, as libFuzzer calls it.
#include "fuzz/fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    tollgate::fuzz::targets().front().run({reinterpret_cast<const char*>(data), size});
    return 0;
}
