// upstream_tls.hpp - what a connection to a server of a pool begins with where the server speaks TLS.
//
// Threads: upstream_tls is immutable and shared; the report may be used by any; meet_server() the loop's.
#pragma once

#include "tollgate/base/clock.hpp"
#include "tollgate/base/log.hpp"
#include "tollgate/net/stream.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace tollgate {

// Counts handshakes with servers that failed, and says why, but not more often than every few seconds.
class upstream_tls_report {
 public:
    upstream_tls_report(log_sink& log, const clock& time) noexcept : log_(log), time_(time) {}
    void failed(const std::string& server, const tls_meeting& how);
    // In Prometheus' text form.
    [[nodiscard]] std::string metrics() const;

 private:
    log_sink& log_;
    const clock& time_;
    std::array<std::atomic<std::uint64_t>, tls_fault_count> counts_{};
    std::atomic<std::uint64_t> unsaid_{0};
    std::atomic<std::int64_t> say_at_us_{0};  // monotonic
};

struct upstream_tls {
    std::shared_ptr<const tls_client> by;
    std::string name;  // whom a certificate must name, and who is asked for (SNI); empty: the server's own host
    std::shared_ptr<upstream_tls_report> report;
};

// After connect(), within the read deadline. `host`: the server's. `sessions`: with that server, this thread's.
// Errors: timed_out, or no_protocol_option where the handshake failed, which has been reported then.
task<error_code> meet_server(stream& s, const upstream_tls& tls, std::string host, std::shared_ptr<tls_session_slot> sessions);

}  // namespace tollgate
