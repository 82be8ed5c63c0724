// hand_over_words.hpp - what the process before says (app/hand_over.hpp), read from a message.
//
// Threads: functions. Descriptors that a word takes along leave the message; those of what is not understood are closed with it.
#pragma once

#include "tollgate/app/inheritance.hpp"
#include "tollgate/base/error.hpp"
#include "tollgate/gateway/passed_connection.hpp"
#include "tollgate/model/digest.hpp"
#include "tollgate/net/descriptor_channel.hpp"

#include <string>
#include <variant>

namespace tollgate {

struct said_hello {
    int protocol = 0;
};
struct said_prepare {};
struct said_yours {};
struct said_claim {
    digest key, fingerprint;
};
struct said_write {
    result<std::string> operations;  // errors: as read_memory_file()
};
struct said_ended {
    digest key;
};

// std::monostate: it is none of them.
using hand_over_word =
    std::variant<std::monostate, said_hello, listening_set, said_prepare, said_claim, said_yours, passed_connection, said_write, said_ended>;

hand_over_word read_word(descriptor_channel::message& m);

}  // namespace tollgate
