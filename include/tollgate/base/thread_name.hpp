// thread_name.hpp - what the calling thread is called by `top -H`, debuggers and /proc: a handful of words, at most 15 bytes.
#pragma once

#include <pthread.h>

#include <string>

namespace tollgate {

inline void name_this_thread(const std::string& name) noexcept {
    static_cast<void>(::pthread_setname_np(::pthread_self(), name.substr(0, 15).c_str()));
}

}  // namespace tollgate
