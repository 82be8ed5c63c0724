// fuzz_smoke - every fuzz target over its seeds, and over a bounded number of mutations of them, the same each time.
//
//   fuzz_smoke TABLE MUTATIONS [TARGET...]     TABLE: what CMake wrote (tests/fuzz/CMakeLists.txt), a line a target
//
// No coverage guides it: this shows that the targets, their seeds and the demands in them hold, not that nothing is to be found.
// That is for libFuzzer (tools/fuzz). The input that a target dies of is left in the working directory as crash-TARGET.
#include "fuzz/fuzz.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

#include <fcntl.h>
#include <unistd.h>

namespace {

using tollgate::fuzz::exact;

// xorshift64*: it need only repeat.
class dice {
 public:
    explicit dice(std::uint64_t seed) : state_(seed | 1) {}
    std::uint64_t next() {
        state_ ^= state_ >> 12;
        state_ ^= state_ << 25;
        state_ ^= state_ >> 27;
        return state_ * 0x2545'f491'4f6c'dd1du;
    }
    std::size_t below(std::size_t n) { return n == 0 ? 0 : static_cast<std::size_t>((next() >> 16) % n); }

 private:
    std::uint64_t state_;
};

struct plan {
    std::string name;
    std::size_t longest = 4096;
    std::vector<std::string> seeds, words;
};

std::string slurp(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

// The quoted words of a libFuzzer dictionary.
std::vector<std::string> dictionary(const std::string& path) {
    std::vector<std::string> out;
    std::istringstream lines(slurp(path));
    for (std::string line; std::getline(lines, line);) {
        const auto begin = line.find('"'), end = line.rfind('"');
        if (line.starts_with('#') || begin == end) continue;
        std::string word;
        for (auto i = begin + 1; i < end; ++i) {
            if (line[i] != '\\' || i + 1 >= end) word += line[i];
            else if (line[i + 1] == 'x') word += static_cast<char>(std::stoi(line.substr(i + 2, 2), nullptr, 16)), i += 3;
            else word += line[++i];
        }
        out.push_back(std::move(word));
    }
    return out;
}

// A line: name, longest input, dictionary or "-", then files and directories of seeds.
std::vector<plan> read_table(const std::string& path) {
    std::vector<plan> out;
    std::istringstream lines(slurp(path));
    for (std::string line; std::getline(lines, line);) {
        std::istringstream parts(line);
        plan p;
        std::string words, place;
        parts >> p.name >> p.longest >> words;
        if (words != "-") p.words = dictionary(words);
        std::vector<std::filesystem::path> files;
        while (parts >> place) {
            if (!std::filesystem::is_directory(place)) files.emplace_back(place);
            else
                for (const auto& entry : std::filesystem::directory_iterator(place)) files.push_back(entry.path());
        }
        std::sort(files.begin(), files.end());
        for (const auto& file : files) p.seeds.push_back(slurp(file));
        p.seeds.emplace_back();
        out.push_back(std::move(p));
    }
    return out;
}

void change_once(std::string& bytes, const plan& p, dice& d) {
    const auto at = d.below(bytes.size() + 1);
    switch (d.below(8)) {
        case 0:
            if (at < bytes.size()) bytes[at] = static_cast<char>(bytes[at] ^ (1 << d.below(8)));
            break;
        case 1:
            if (at < bytes.size()) bytes[at] = static_cast<char>(d.next() >> 32);
            break;
        case 2: bytes.insert(at, 1, static_cast<char>(d.next() >> 32)); break;
        case 3: bytes.erase(at, 1 + d.below(8)); break;
        case 4:
            if (!p.words.empty()) bytes.insert(at, p.words[d.below(p.words.size())]);
            break;
        case 5:
            if (!bytes.empty()) bytes.insert(at, bytes.substr(d.below(bytes.size()), 1 + d.below(32)));
            break;
        case 6: {
            const auto& other = p.seeds[d.below(p.seeds.size())];
            bytes = bytes.substr(0, at) + other.substr(std::min(other.size(), d.below(other.size() + 1)));
            break;
        }
        default: bytes.resize(at);
    }
}

// For the handler: what is under way.
std::string crash_file;
std::string_view under_way;

void keep_input(int signal) {
    const int file = ::open(crash_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file >= 0 && ::write(file, under_way.data(), under_way.size()) >= 0) ::close(file);
    std::signal(signal, SIG_DFL);
    std::raise(signal);
}

void run(const tollgate::fuzz::target& t, std::string_view bytes) {
    const exact copy(bytes);
    under_way = copy.view();
    t.run(copy.view());
}

void run_all(const tollgate::fuzz::target& t, const plan& p, std::size_t mutations) {
    crash_file = "crash-" + p.name;
    for (const auto& seed : p.seeds) run(t, std::string_view(seed).substr(0, p.longest));
    dice d(std::hash<std::string>{}(p.name));
    for (std::size_t i = 0; i < mutations; ++i) {
        auto bytes = p.seeds[d.below(p.seeds.size())].substr(0, p.longest);
        for (auto n = 1 + d.below(5); n > 0; --n) change_once(bytes, p, d);
        run(t, std::string_view(bytes).substr(0, p.longest));
    }
    std::printf("%-20s %3zu seeds, %zu mutations\n", p.name.c_str(), p.seeds.size(), mutations);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) return std::fprintf(stderr, "usage: fuzz_smoke TABLE MUTATIONS [TARGET...]\n"), 2;
    std::signal(SIGABRT, keep_input);
    std::signal(SIGSEGV, keep_input);
    const std::vector<std::string> wanted(argv + 3, argv + argc);
    std::size_t done = 0;
    for (const auto& p : read_table(argv[1])) {
        if (wanted.empty() ? p.name == "canary" : std::find(wanted.begin(), wanted.end(), p.name) == wanted.end()) continue;
        const auto& all = tollgate::fuzz::targets();
        const auto t = std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.name == p.name; });
        if (t == all.end()) return std::fprintf(stderr, "no target is called %s\n", p.name.c_str()), 2;
        run_all(*t, p, std::strtoul(argv[2], nullptr, 10));
        ++done;
    }
    return done != 0 ? 0 : (std::fprintf(stderr, "nothing to run\n"), 2);
}
