#include "app/password_input.hpp"

#include <termios.h>
#include <unistd.h>

#include <iostream>
#include <string>

namespace tollgate {
namespace {

// What is typed is not shown while this lives.
class unseen {
 public:
    unseen() {
        if (::tcgetattr(STDIN_FILENO, &before_) != 0) return;
        auto hidden = before_;
        hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        changed_ = ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden) == 0;
    }
    ~unseen() {
        if (changed_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    }
    unseen(const unseen&) = delete;
    unseen& operator=(const unseen&) = delete;

 private:
    termios before_{};
    bool changed_ = false;
};

}  // namespace

result<secret> read_password(std::istream& in, std::ostream& err, const char* prompt) {
    const bool asked = &in == &std::cin && ::isatty(STDIN_FILENO) == 1;
    std::string line;
    if (asked) {
        const unseen typing;
        err << prompt << std::flush;
        std::getline(in, line);
        err << '\n';
    } else {
        std::getline(in, line);
    }
    if (line.ends_with('\r')) line.pop_back();
    if (line.empty()) return failure{errc::invalid, "no password was given: type one, or pipe one line"};
    return secret(std::move(line));
}

}  // namespace tollgate
