// kept_answer.hpp - an answer as it is kept for idempotent repeats: status, end-to-end fields, body. (PL-6)
//
// Not the gateway's own fields (X-Request-Id, CORS, framing): those are written anew for each answer.
// Threads: values and functions. Errors: read_kept_answer() answers nothing where the bytes are no answer.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tollgate {

struct kept_answer {
    bool ours = false;   // the gateway's own: a repeat says that it is one, since a secret may be missing
    unsigned status = 200;
    std::string reason;  // as it stood in the status line
    std::string fields;  // whole lines, "Name: value\r\n" each
    std::string body;
    friend bool operator==(const kept_answer&, const kept_answer&) = default;
};

// As src/store/FORMAT.md has it under `answer`.
std::string write_kept_answer(const kept_answer& a);
std::optional<kept_answer> read_kept_answer(std::string_view bytes);

}  // namespace tollgate
