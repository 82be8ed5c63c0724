// bounds.hpp - every fixed limit of the program, and what happens when it is reached.
//
// What an operator may change is a configuration key (conf/tollgate.yaml); what stands here may not change without a build.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace tollgate::bounds {

using namespace std::chrono_literals;

// --- HTTP (defaults of `limits:`; reaching one is the refusal named) ---
inline constexpr std::size_t head_bytes = 32 * 1024;          // 431 head_too_large
inline constexpr std::size_t head_bytes_max = 256 * 1024;     // `limits.head` beyond this is a configuration error
inline constexpr std::size_t header_count = 100;              // 431 head_too_large
inline constexpr std::size_t header_count_max = 256;          // slots in a workspace
inline constexpr std::size_t target_bytes = 8 * 1024;         // 414 target_too_long
inline constexpr std::size_t chunk_line_bytes = 256;          // 400: size and extensions of one chunk
inline constexpr std::size_t trailer_bytes = 8 * 1024;        // 400
inline constexpr std::size_t tiny_chunks_in_a_row = 4096;     // 400: chunks under 16 bytes, one after the other
inline constexpr std::size_t interim_answers = 8;             // 502: more 1xx than this from an upstream
inline constexpr std::size_t body_window_bytes = 64 * 1024;   // buffered of one body at a time, each way
inline constexpr std::size_t drain_bytes = 256 * 1024;        // an early answer reads this much of the body, else closes
inline constexpr std::size_t operation_body_bytes = 1024 * 1024;  // 413: body of a request that the gateway answers itself

// --- Tokens ---
inline constexpr std::size_t scopes_per_api = 512;            // beyond: the document is refused by `check`
inline constexpr std::size_t name_bytes = 200;                // 422
inline constexpr std::size_t secret_bytes = 512;              // longer bearer texts are invalid_token
inline constexpr std::size_t secret_bytes_min = 8;
inline constexpr std::size_t allowed_ips_per_token = 100;     // 422
inline constexpr unsigned secret_bits_min = 128;              // formats with fewer random bits are refused by `check`

// --- Caches, rings, queues ---
inline constexpr std::size_t grants_per_thread = 1 << 17;     // grant cache; least recently visited goes first
inline constexpr std::size_t negatives_per_thread = 1 << 14;  // digests known to be absent; oldest goes first
inline constexpr std::size_t ring_slots = 4096;               // changed keys a thread has not looked at; full: drops its cache
inline constexpr std::size_t pending_reads_per_thread = 1024; // cold reads at once; beyond: 503 overloaded
inline constexpr std::size_t idle_upstreams_per_server = 256; // a thread; beyond: closed instead of kept
inline constexpr std::size_t change_puts = 100;               // primary records in one change
inline constexpr std::size_t commit_group = 256;              // changes in one synced batch
inline constexpr std::size_t commit_queue = 4096;             // changes waiting; beyond: errc::full

// --- Lists ---
inline constexpr std::size_t page_rows = 100;                 // default and largest `limit`
inline constexpr std::size_t page_scan_rows = 2000;           // index rows looked at for one page; then a short page

// --- Documents ---
inline constexpr std::size_t document_bytes = 64 * 1024 * 1024;
inline constexpr std::size_t document_depth = 256;
inline constexpr std::size_t ref_depth = 64;

static_assert(head_bytes <= head_bytes_max && header_count <= header_count_max);
static_assert(chunk_line_bytes < body_window_bytes && trailer_bytes < body_window_bytes);
static_assert((ring_slots & (ring_slots - 1)) == 0, "ring indexes are masked");

}  // namespace tollgate::bounds
