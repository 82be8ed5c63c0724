// A write-ahead log as a crash left it: where it ends is found whatever stands in it, and zeros behind it change nothing. (src/store/log_end.hpp)
#include "store/log_end.hpp"
#include "fuzz/fuzz.hpp"

#include <string>

using namespace tollgate;

FUZZ_TARGET(log_end) {
    fuzz::input in(bytes);
    const std::size_t zeros = in.number();
    const fuzz::exact log(in.rest());
    const auto text = log.view();
    const auto end = find_log_end(text);
    DEMAND(end.whole <= text.size());
    if (end.behind != tollgate::log_end::rest::none) return;
    DEMAND(text.substr(end.whole).find_first_not_of('\0') == std::string_view::npos);
    for (const auto& same : {std::string(text.substr(0, end.whole)), std::string(text).append(zeros, '\0')}) {
        const auto again = find_log_end(same);
        DEMAND(again.whole == end.whole && again.behind == end.behind);
    }
}
