// scratch.hpp - a directory that a test may fill; gone when the test ends.
#pragma once

#include "tollgate/base/check.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <stdlib.h>

namespace tollgate::test {

class scratch {
 public:
    scratch() {
        auto pattern = (std::filesystem::temp_directory_path() / "tollgate-test-XXXXXX").string();
        TOLLGATE_CHECK(::mkdtemp(pattern.data()) != nullptr);
        path_ = pattern;
    }
    scratch(const scratch&) = delete;
    scratch& operator=(const scratch&) = delete;
    ~scratch() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    [[nodiscard]] std::string path(const std::string& name = "store") const { return path_ + "/" + name; }

 private:
    std::string path_;
};

inline std::string read_file(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

inline void write_file(const std::filesystem::path& file, const std::string& bytes) {
    std::ofstream(file, std::ios::binary | std::ios::trunc).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

// Files under `directory` whose name ends in `ending`, largest first.
inline std::vector<std::filesystem::path> files_of(const std::string& directory, const std::string& ending = {}) {
    std::vector<std::filesystem::path> found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory))
        if (entry.is_regular_file() && entry.path().string().ends_with(ending)) found.push_back(entry.path());
    std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return file_size(a) > file_size(b); });
    return found;
}

}  // namespace tollgate::test
