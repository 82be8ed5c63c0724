// http_witness.hpp - a second reader: Beast's parser over bytes that the guard has read. (W-1, W-5)
//
// Beast alone is too lenient for a front door; the guard alone is one opinion. A head passes only where both saw the same
// start line, the same Host, Content-Length and Transfer-Encoding at the same places, and the same framing. The other fields
// are not shown to Beast: they say nothing about where a message ends, and showing them costs more than the whole guard. Heads
// without Content-Length and Transfer-Encoding are not shown at all: there is nothing to differ about. Nor are answers without
// Transfer-Encoding: they come from our own side, and one Content-Length of digits has one meaning.
// Private to codec. Pure; no allocation.
#pragma once

#include "tollgate/codec/http_head.hpp"

#include <string_view>

namespace tollgate {

// `bytes`: the whole head without leading empty lines.
bool witness_agrees(std::string_view bytes, const request_head& head) noexcept;
bool witness_agrees(std::string_view bytes, const response_head& head) noexcept;

}  // namespace tollgate
