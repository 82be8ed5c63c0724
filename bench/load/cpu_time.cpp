#include "cpu_time.hpp"

#include <filesystem>
#include <fstream>

namespace tollgate {

std::uint64_t cpu_time_ns(const std::vector<std::string>& pids) {
    std::uint64_t total = 0;
    for (const auto& pid : pids) {
        std::error_code gone;
        for (const auto& thread : std::filesystem::directory_iterator("/proc/" + pid + "/task", gone)) {
            std::ifstream file(thread.path() / "schedstat");
            std::uint64_t on_cpu = 0;
            if (file >> on_cpu) total += on_cpu;
        }
    }
    return total;
}

}  // namespace tollgate
