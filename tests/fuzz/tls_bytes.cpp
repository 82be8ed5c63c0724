// Bytes where TLS is to be: what a stranger sends never gets past the handshake, and what is changed between two ends never reads as sent. (C-10)
#include "fuzz/fuzz.hpp"
#include "fuzz/worlds.hpp"
#include "support/certificates.hpp"
#include "tollgate/crypto/tls_engine.hpp"

#include <algorithm>
#include <array>

using namespace tollgate;

namespace {

struct sides {
    sides() {
        const test::authority ca;
        const auto pair = ca.sign({.names = {"acme.test"}});
        auto shown = tls_identity::make({"c.pem", secret(pair.certificate)}, {"k.pem", secret(pair.key)});
        DEMAND(shown.has_value());
        tls_server_settings s;
        s.identities.push_back(std::move(*shown));
        static fuzz::repeating random(1);
        auto here = tls_server::make(s, std::make_shared<tls_tickets>(random));
        tls_client_settings c;
        c.authorities = {"ca.pem", secret(ca.certificate())};
        auto there = tls_client::make(c);
        DEMAND(here.has_value() && there.has_value());
        server = *here;
        client = *there;
    }
    std::shared_ptr<const tls_server> server;
    std::shared_ptr<const tls_client> client;
};

const sides& both() {
    static const sides made;
    return made;
}

// `in` in pieces; one byte of all that passes is changed where `change_at` says.
struct wire final : tls_wire {
    wire(std::string& i, std::string& o, std::size_t p) : in(i), out(o), piece(p) {}
    outcome pull(char* into, std::size_t size) noexcept override {
        if (in.empty()) return {ended ? how::ended : how::later, 0};
        const auto n = std::min({size, piece, in.size()});
        in.copy(into, n);
        in.erase(0, n);
        if (change_at >= pulled && change_at - pulled < n) into[change_at - pulled] = static_cast<char>(into[change_at - pulled] ^ change);
        pulled += n;
        return {how::moved, n};
    }
    outcome push(const char* from, std::size_t size) noexcept override {
        out.append(from, size);
        return {how::moved, size};
    }
    std::string &in, &out;
    std::size_t piece, pulled = 0, change_at = ~std::size_t{0};
    char change = 0;
    bool ended = false;
};

tls_fault fault_of(std::string_view bytes, std::size_t piece) {
    std::string in(bytes), out;
    wire w(in, out, piece);
    w.ended = true;
    tls_engine called(both().server, w);
    for (;;) {
        const auto now = called.handshake();
        DEMAND(now != tls_engine::step::done && now != tls_engine::step::closed);
        if (now == tls_engine::step::failed) break;
        DEMAND(now == tls_engine::step::want_write || !in.empty());
    }
    DEMAND(called.fault() != tls_fault::none);
    (void)called.why();
    return called.fault();
}

void meet(fuzz::input& in) {
    std::string up, down;
    wire near(down, up, 1 + in.number()), far(up, down, 1 + in.number());
    auto& changed = in.flag() ? near : far;
    changed.change_at = in.number<std::uint16_t>() % 3000;
    changed.change = static_cast<char>(in.number());
    tls_engine caller(both().client, near, "acme.test", nullptr), called(both().server, far);
    auto a = tls_engine::step::want_read, b = a;
    const auto goes_on = [](tls_engine::step s) { return s == tls_engine::step::want_read || s == tls_engine::step::want_write; };
    for (int i = 0; i < 5000 && (goes_on(a) || goes_on(b)) && a != tls_engine::step::failed && b != tls_engine::step::failed; ++i) {
        if (goes_on(a)) a = caller.handshake();
        if (goes_on(b)) b = called.handshake();
    }
    if (a != tls_engine::step::done || b != tls_engine::step::done) return;
    const std::string sent(in.rest());
    if (!sent.empty()) DEMAND(caller.write(sent.data(), sent.size()).bytes == sent.size());
    caller.close_notify();
    std::string read;
    std::array<char, 300> room;
    auto end = tls_engine::step::done;
    while (end == tls_engine::step::done) {
        const auto got = called.read(room.data(), room.size());
        read.append(room.data(), got.bytes);
        end = got.what;
    }
    DEMAND(sent.starts_with(read));
    if (end == tls_engine::step::closed) DEMAND(read == sent);
}

}  // namespace

FUZZ_TARGET(tls_bytes) {
    fuzz::input in(bytes);
    if (in.flag()) return meet(in);
    const auto piece = 1 + in.number() % 40u;
    const auto wire = in.rest();
    DEMAND(fault_of(wire, piece) == fault_of(wire, ~std::size_t{0}));
}
