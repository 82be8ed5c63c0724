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
inline constexpr std::size_t forwarding_hops = 32;            // trusted proxies in a row; beyond, the last one is the caller
inline constexpr std::size_t trusted_proxies = 1000;          // `trusted_proxies` beyond this is a configuration error
inline constexpr std::size_t proxy_header_bytes = 1024;       // of the PROXY protocol, with extensions; beyond: closed
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
inline constexpr std::size_t generations_per_token = 64;      // rotation forgets the oldest that have ended; none has: errc::full
inline constexpr unsigned secret_bits_min = 128;              // formats with fewer random bits are refused by `check`

// --- Caches, rings, queues ---
inline constexpr std::size_t grants_per_thread = 1 << 17;     // grant cache; least recently visited goes first
inline constexpr std::size_t address_lists_per_thread = 1 << 14;  // beside grants; a grant without its list is read again
inline constexpr std::size_t negatives_per_thread = 1 << 14;  // digests known to be absent; oldest goes first
inline constexpr std::size_t ring_slots = 4096;               // changed keys a thread has not looked at; full: drops its cache
inline constexpr std::size_t pending_reads_per_thread = 1024; // cold reads at once; beyond: 503 overloaded
inline constexpr std::size_t rate_cells = 1 << 18;            // tokens under a rate limit; then the one nearest to being paid back is forgotten
inline constexpr std::size_t idle_upstreams_per_server = 256; // a thread; beyond: closed instead of kept
inline constexpr std::size_t change_puts = 100;               // primary records in one change
inline constexpr std::size_t commit_group = 256;              // changes in one synced batch
inline constexpr std::size_t commit_queue = 4096;             // changes waiting; beyond: errc::full

// --- Idempotent replays ---
inline constexpr std::size_t idempotency_key_bytes = 255;     // 400 idempotency_invalid
inline constexpr std::size_t kept_exchanges = 2048;           // bodies and answers held whole at once, a process; beyond: 503 overloaded
inline constexpr std::size_t replay_body_bytes = 1024 * 1024; // default of a contract's `idempotency.body`: 413; of an answer: not kept
inline constexpr std::size_t replay_body_bytes_max = 16 * 1024 * 1024;  // `idempotency.body` beyond this is refused by `check`
inline constexpr std::chrono::hours replay_time = 24h;        // default of `idempotency.replay`
inline constexpr std::chrono::hours replay_time_max = 30 * 24h;

// --- Tokens that are not stored ---
inline constexpr std::size_t access_token_bytes = 256;        // of its claims and tag, before base64url
inline constexpr std::size_t revoked_access_tokens = 1'000'000;  // revoked one by one and not ended yet; beyond: revoke their parent
inline constexpr std::size_t registered_clients = 1000;       // default of `oauth.register.clients`; beyond: registration says no
inline constexpr std::size_t registered_clients_max = 100'000;
inline constexpr std::size_t mac_keys = 1000;                 // rotations whose key still verifies; beyond: errc::full

// --- Users, sign-in, OAuth ---
inline constexpr std::size_t password_bytes_min = 8;          // 422
inline constexpr std::size_t password_bytes_max = 256;        // 422 of a new one; a longer try is refused unhashed
inline constexpr std::size_t email_bytes = 254;               // 422
inline constexpr std::size_t password_memory_kib = 19 * 1024; // of one Argon2id hash, as OWASP's least
inline constexpr unsigned password_passes = 2;                // over that memory
inline constexpr std::size_t password_threads = 1;            // that hash, at the lowest priority
inline constexpr std::size_t password_waiting = 3;            // beside them; beyond: told to come back, so that blocking threads stay free
inline constexpr std::size_t attempt_cells = 1 << 15;         // accounts and addresses whose tries are counted; then the one quiet longest goes
inline constexpr std::size_t sign_in_tickets = 4096;          // passwords that were right and wait for a code; the oldest goes
inline constexpr std::chrono::minutes sign_in_ticket_time = 5min;
inline constexpr unsigned sign_in_ticket_tries = 5;           // codes a ticket takes
inline constexpr std::size_t recovery_codes = 10;             // of a second factor
inline constexpr std::size_t codes = 10'000;                  // authorization codes not redeemed; the oldest goes
inline constexpr std::chrono::seconds code_time = 60s;
inline constexpr std::size_t redirect_uris = 10;              // of a client: 422
inline constexpr std::size_t redirect_uri_bytes = 1024;       // 422
inline constexpr std::size_t client_scopes = 100;             // 422
inline constexpr std::chrono::hours session_time = 12h;       // of a browser's session, whatever it does
inline constexpr std::chrono::minutes session_idle_time = 60min;
inline constexpr std::size_t sessions_per_user = 20;          // then the oldest ends
inline constexpr std::size_t portal_tokens = 200;             // that a user has and has not revoked; then the portal makes no more: 409

// --- Lists ---
inline constexpr std::size_t page_rows = 100;                 // default and largest `limit`
inline constexpr std::size_t bulk_tokens = 1'000'000;         // revoked by one call; beyond: errc::full
inline constexpr std::size_t listed_words = 16;               // words of a name that `q` finds; later ones it does not
inline constexpr std::size_t listed_word_bytes = 24;          // of each
inline constexpr std::size_t page_scan_rows = 500;            // index rows looked at for one page (some 10 us each); then a short page

// --- Audit log and use ---
inline constexpr std::size_t audit_findings = 100;            // kept by one verification; all are counted
inline constexpr std::size_t audit_recent_links = 2048;       // rows back that a verification knows a row's place among
inline constexpr std::size_t audit_segment_rows = 10'000;     // an open segment is sealed then, or when a day old
inline constexpr std::size_t use_entries = 1 << 13;           // token, generation, minute, address and route a thread; full: handed over early
inline constexpr std::size_t use_batches = 64;                // handed over and not added up yet; beyond: dropped and counted
inline constexpr std::size_t uses_pending = 1 << 19;          // added up and not written yet (100 MB); then they are
inline constexpr std::size_t denials_per_thread = 512;        // a second; beyond: counted, not written
inline constexpr std::size_t denials_per_token = 10;          // rows a minute and thread; beyond: one row with their number
inline constexpr std::size_t denial_path_bytes = 200;         // of a denied request's path; longer ones are cut
inline constexpr std::size_t addresses_per_token = 64;        // remembered; the one not seen longest goes first
inline constexpr std::size_t routes_per_token = 256;          // likewise, of the routes that it called
inline constexpr std::size_t expiring_counted = 100'000;      // tokens that expire soon; beyond: "at least"
inline constexpr std::size_t expiring_said = 100;             // log lines about them in a round; beyond: one with their number
inline constexpr std::size_t usage_rows = 1500;               // steps of one answer; more: 422

// --- Traces ---
inline constexpr std::size_t spans_waiting = 2048;            // traced requests that have ended and are not sent yet; beyond: dropped and counted
inline constexpr std::size_t spans_batch = 256;               // of them at once: 512 spans, with those of upstreams
inline constexpr std::size_t spans_per_thread = 64;           // handed over at the latest then

// --- Moving in and out ---
inline constexpr std::size_t export_rows = 1000;              // records a page of an export
inline constexpr std::size_t import_batch_bytes = 900 * 1024; // of lines that the command line sends at once
inline constexpr std::size_t import_line_bytes = 64 * 1024;   // a longer one is refused by its number
inline constexpr std::size_t hint_bytes = 64;                 // of an imported hint

// --- Documents ---
inline constexpr std::size_t document_bytes = 64 * 1024 * 1024;
inline constexpr std::size_t document_depth = 256;
inline constexpr std::size_t ref_depth = 64;

static_assert(head_bytes <= head_bytes_max && header_count <= header_count_max);
static_assert(chunk_line_bytes < body_window_bytes && trailer_bytes < body_window_bytes);
static_assert(import_batch_bytes + import_line_bytes < operation_body_bytes);
static_assert((ring_slots & (ring_slots - 1)) == 0, "ring indexes are masked");

}  // namespace tollgate::bounds
