// answer.hpp - answers of the gateway's own: refusals, preflights, operations. And what of a body is left unread.
#pragma once

#include "connection.hpp"
#include "exchange_state.hpp"
#include "tollgate/gateway/worker.hpp"
#include "workspace.hpp"

#include <string>
#include <string_view>

namespace tollgate {

std::string_view status_text(unsigned status) noexcept;

// The API as the caller reached it: "https://api.example:8443".
std::string origin_of(const connection& c, const workspace& ws);

// Turns `why` into bytes in the API's dialect (the generic one before an API is known), sends them, and says what
// becomes of the connection. Framing errors and unread bodies that are too long close it (W-7).
task<after> refuse(worker& w, connection& c, workspace& ws, refusal why, const route* at);

// A CORS preflight, before authentication (C-15).
bool is_preflight(const workspace& ws) noexcept;
task<after> answer_preflight(worker& w, connection& c, workspace& ws);

// Sends what an operation answered.
task<after> send_answer(worker& w, connection& c, workspace& ws, const operation_answer& answer);

// The header of the contract that tells a caller on a replaced secret when that ends; empty: there is nothing to tell (PL-9).
std::string_view rotation_warning(const workspace& ws) noexcept;
void write_rotation_warning(const workspace& ws, byte_buffer& out);
// Appends what the judgement says to the caller: the version that it was processed with, and its notice (PL-7); how much of
// its pace is left (PR-10). Nothing for an API that has neither.
void write_judged(const exchange_state& x, byte_buffer& out);
// Whether an upstream's field `name` would say the same, so that ours stands for it.
bool is_judged_field(const exchange_state& x, std::string_view name) noexcept;
// Sends ws.kept, with the gateway's own fields written anew (PL-6).
task<after> send_kept(worker& w, connection& c, workspace& ws);

// Appends the CORS fields of an ordinary answer.
void write_cors(const exchange_state& x, byte_buffer& out);

}  // namespace tollgate
