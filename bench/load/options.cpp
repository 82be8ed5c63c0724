#include "options.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace tollgate {

namespace {

[[noreturn]] void usage(const std::string& wrong, const std::vector<std::string>& known) {
    std::fprintf(stderr, "%s\noptions:", wrong.c_str());
    for (const auto& name : known) std::fprintf(stderr, " --%s", name.c_str());
    std::fprintf(stderr, "\n");
    std::exit(2);
}

}  // namespace

options::options(int argc, char** argv, const std::vector<std::string>& known) {
    for (int i = 1; i < argc; i += 2) {
        const std::string_view word = argv[i];
        const std::string name(word.substr(0, 2) == "--" ? word.substr(2) : word);
        if (std::find(known.begin(), known.end(), name) == known.end()) usage("unknown option " + std::string(word), known);
        if (i + 1 == argc) usage(std::string(word) + " needs a value", known);
        given_[name].emplace_back(argv[i + 1]);
    }
}

const std::vector<std::string>& options::all(std::string_view name) const {
    static const std::vector<std::string> none;
    const auto at = given_.find(name);
    return at == given_.end() ? none : at->second;
}

std::string options::text(std::string_view name, std::string_view fallback) const {
    const auto& values = all(name);
    return values.empty() ? std::string(fallback) : values.back();
}

double options::number(std::string_view name, double fallback) const {
    const auto& values = all(name);
    if (values.empty()) return fallback;
    char* end = nullptr;
    const double value = std::strtod(values.back().c_str(), &end);
    if (end == values.back().c_str() || *end != '\0') usage("--" + std::string(name) + " wants a number", {});
    return value;
}

std::uint64_t options::count(std::string_view name, std::uint64_t fallback) const {
    return static_cast<std::uint64_t>(number(name, static_cast<double>(fallback)));
}

}  // namespace tollgate
