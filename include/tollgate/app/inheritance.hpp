// inheritance.hpp - listening sockets that a process gets from the one that it takes over from, by the names that configuration gives them.
//
// Threads: one's. Lifetime: owns the descriptors that nobody has taken; closing them is how a listener ends that is no longer wanted.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate {

struct listening_set {
    std::size_t number = 0;        // among those of the process that listened
    std::string name;              // "127.0.0.1:8080" as configured, port 0 included, or a path
    bool own_file = false;         // a path that is removed at the end
    std::vector<int> descriptors;  // of one socket or more
};

class inheritance {
 public:
    inheritance() = default;
    ~inheritance();
    inheritance(const inheritance&) = delete;
    inheritance& operator=(const inheritance&) = delete;

    // Takes the descriptors; those of one number go together.
    void add(listening_set set);
    // The first of this name, which is the caller's then.
    std::optional<listening_set> take(std::string_view name);
    // Closes what is left. How many there were.
    std::size_t close();

 private:
    std::vector<listening_set> sets_;
};

}  // namespace tollgate
