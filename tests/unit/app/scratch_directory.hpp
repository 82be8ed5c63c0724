// scratch_directory.hpp - a directory for one test, gone with it.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace tollgate::test {

class scratch_directory {
 public:
    scratch_directory() {
        std::string name = (std::filesystem::temp_directory_path() / "tollgate-test-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) std::abort();
        path_ = name;
    }
    ~scratch_directory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    scratch_directory(const scratch_directory&) = delete;
    scratch_directory& operator=(const scratch_directory&) = delete;

    // Writes a file; answers its whole name.
    std::string write(std::string_view name, std::string_view text) const {
        const auto file = path_ / name;
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file, std::ios::binary) << text;
        return file.string();
    }
    [[nodiscard]] std::string name(std::string_view inside) const { return (path_ / inside).string(); }

 private:
    std::filesystem::path path_;
};

}  // namespace tollgate::test
