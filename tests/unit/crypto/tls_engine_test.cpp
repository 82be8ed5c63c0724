// Two engines that speak with each other through memory: in pieces of every size, with wires that are full, cut, or said to have ended.
#include "tollgate/crypto/tls_engine.hpp"

#include "support/certificates.hpp"
#include "tollgate/crypto/os_random.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <string>

using namespace tollgate;
using tollgate::test::authority;

namespace {

const authority& ca() {
    static const authority made;
    return made;
}

pem_text pem(std::string source, std::string text) { return {std::move(source), secret(std::move(text))}; }

tls_identity identity(const test::certificate_wish& wish) {
    const auto pair = ca().sign(wish);
    auto made = tls_identity::make(pem("c.pem", pair.certificate), pem("k.pem", pair.key));
    BOOST_REQUIRE_MESSAGE(made, (made ? std::string() : made.error().what));
    return std::move(*made);
}

std::shared_ptr<tls_tickets> tickets() {
    static os_random random;
    return std::make_shared<tls_tickets>(random);
}

std::shared_ptr<const tls_server> server(std::shared_ptr<tls_tickets> with = tickets()) {
    tls_server_settings s;
    s.identities.push_back(identity({.names = {"acme.test", "127.0.0.1"}}));
    return *tls_server::make(s, std::move(with));
}

std::shared_ptr<const tls_client> client(bool trusting_all = false) {
    tls_client_settings s;
    s.verify = !trusting_all;
    s.authorities = pem("ca.pem", ca().certificate());
    return *tls_client::make(s);
}

// One direction: bytes on their way, handed out at most `piece` at a time; `room`: what it takes until somebody reads.
struct channel {
    std::string bytes;
    std::size_t piece = ~std::size_t{0}, room = ~std::size_t{0};
    bool ended = false;
};

struct end_of_channels final : tls_wire {
    end_of_channels(channel& i, channel& o) : in(i), out(o) {}
    outcome pull(char* into, std::size_t size) noexcept override {
        if (in.bytes.empty()) return {in.ended ? how::ended : how::later, 0};
        const auto n = std::min({size, in.piece, in.bytes.size()});
        in.bytes.copy(into, n);
        in.bytes.erase(0, n);
        return {how::moved, n};
    }
    outcome push(const char* from, std::size_t size) noexcept override {
        if (out.bytes.size() >= out.room) return {how::later, 0};
        const auto n = std::min(size, out.room - out.bytes.size());
        out.bytes.append(from, n);
        return {how::moved, n};
    }
    channel &in, &out;
};

struct pair_of_engines {
    explicit pair_of_engines(std::string name = "acme.test", std::shared_ptr<const tls_server> s = server(),
        std::shared_ptr<const tls_client> c = client(), std::shared_ptr<tls_session_slot> slot = {})
        : near_wire(down, up), far_wire(up, down), caller(std::move(c), near_wire, name, std::move(slot)), called(std::move(s), far_wire) {}
    // Whether both are done.
    bool meet() {
        for (int i = 0; i < 100'000; ++i) {
            const auto a = caller.handshake(), b = called.handshake();
            if (a == tls_engine::step::failed || b == tls_engine::step::failed) return false;
            if (a == tls_engine::step::done && b == tls_engine::step::done) return true;
        }
        return false;
    }
    channel up, down;
    end_of_channels near_wire, far_wire;
    tls_engine caller, called;
};

std::string read_all(tls_engine& from, tls_engine::step& end) {
    std::string out;
    std::array<char, 1000> part;
    for (;;) {
        const auto got = from.read(part.data(), part.size());
        out.append(part.data(), got.bytes);
        end = got.what;
        if (got.what != tls_engine::step::done) return out;
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tls_engines)

BOOST_AUTO_TEST_CASE(bytes_arrive_whatever_the_pieces) {
    for (const std::size_t piece : {1u, 2u, 5u, 6u, 100u, 16'384u, 65'536u}) {
        pair_of_engines p;
        p.up.piece = p.down.piece = piece;
        BOOST_TEST_REQUIRE(p.meet(), piece);
        std::string sent(50'000, 's');
        for (std::size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<char>(i * 31);
        for (std::size_t at = 0; at < sent.size();) {
            const auto n = p.caller.write(sent.data() + at, std::min<std::size_t>(16'384, sent.size() - at));
            BOOST_REQUIRE(n.what == tls_engine::step::done);
            at += n.bytes;
        }
        p.caller.close_notify();
        auto end = tls_engine::step::done;
        BOOST_TEST((read_all(p.called, end) == sent), piece);
        BOOST_TEST((end == tls_engine::step::closed));
        BOOST_TEST(!p.called.amid_record());
    }
}

BOOST_AUTO_TEST_CASE(a_full_wire_takes_the_same_record_later) {
    pair_of_engines p;
    BOOST_TEST_REQUIRE(p.meet());
    p.up.room = p.up.bytes.size() + 100;
    const std::string sent(10'000, 'r');
    BOOST_TEST((p.caller.write(sent.data(), sent.size()).what == tls_engine::step::want_write));
    p.caller.close_notify();  // would be a lie
    auto end = tls_engine::step::done;
    BOOST_TEST(read_all(p.called, end).empty());
    BOOST_TEST((end == tls_engine::step::want_read));
    BOOST_TEST(p.called.amid_record());
    p.up.room = ~std::size_t{0};
    const auto again = p.caller.write(sent.data(), sent.size());
    BOOST_TEST((again.what == tls_engine::step::done));
    BOOST_TEST(again.bytes == sent.size());
    BOOST_TEST(read_all(p.called, end) == sent);
    BOOST_TEST((end == tls_engine::step::want_read));
}

BOOST_AUTO_TEST_CASE(an_end_without_a_farewell_is_a_fault) {
    for (const bool amid : {false, true}) {
        pair_of_engines p;
        BOOST_TEST_REQUIRE(p.meet());
        const std::string sent(100, 'c');
        p.caller.write(sent.data(), sent.size());
        if (amid) p.up.bytes.resize(p.up.bytes.size() - 1);
        p.up.ended = true;
        auto end = tls_engine::step::done;
        BOOST_TEST(read_all(p.called, end) == (amid ? "" : sent));
        BOOST_TEST((end == tls_engine::step::failed));
        BOOST_TEST((p.called.fault() == tls_fault::ended));
        BOOST_TEST(read_all(p.called, end).empty());  // and it stays one
        BOOST_TEST((end == tls_engine::step::failed));
        BOOST_TEST((p.called.write("x", 1).what == tls_engine::step::failed));
    }
}

BOOST_AUTO_TEST_CASE(a_changed_record_is_a_fault) {
    pair_of_engines p;
    BOOST_TEST_REQUIRE(p.meet());
    p.caller.write("hello", 5);
    p.up.bytes.back() ^= 1;
    auto end = tls_engine::step::done;
    BOOST_TEST(read_all(p.called, end).empty());
    BOOST_TEST((end == tls_engine::step::failed));
    BOOST_TEST((p.called.fault() == tls_fault::other));
    BOOST_TEST(!p.called.why().empty());
}

BOOST_AUTO_TEST_CASE(the_server_must_be_whom_it_was_taken_for) {
    struct row {
        const char* name;
        bool good;
    };
    for (const auto& r : {row{"acme.test", true}, row{"other.test", false}, row{"127.0.0.1", true}, row{"127.0.0.2", false}}) {
        pair_of_engines p(r.name);
        BOOST_TEST(p.meet() == r.good, r.name);
        BOOST_TEST((p.caller.fault() == (r.good ? tls_fault::none : tls_fault::certificate)), r.name << ": " << p.caller.why());
    }
    pair_of_engines careless("other.test", server(), client(true));
    BOOST_TEST(careless.meet());
    tls_client_settings of_others;
    of_others.authorities = pem("other.pem", authority("Other").certificate());
    pair_of_engines strange("acme.test", server(), *tls_client::make(of_others));
    BOOST_TEST(!strange.meet());
    BOOST_TEST(strange.caller.why() == "unable to get local issuer certificate");
}

BOOST_AUTO_TEST_CASE(what_is_no_handshake_is_told_apart) {
    struct row {
        std::string bytes;
        tls_fault fault;
    };
    for (const auto& r :
        {row{"GET / HTTP/1.1\r\n\r\n", tls_fault::plain_http}, row{"\x80\x2e\x01", tls_fault::not_tls}, row{"get", tls_fault::not_tls}}) {
        channel in{r.bytes}, out;
        end_of_channels wire(in, out);
        tls_engine e(server(), wire);
        BOOST_TEST((e.handshake() == tls_engine::step::failed));
        BOOST_TEST((e.fault() == r.fault), to_string(e.fault()));
        BOOST_TEST(out.bytes.empty());
    }
}

BOOST_AUTO_TEST_CASE(a_session_is_resumed_until_its_key_is_forgotten) {
    const auto keys = tickets();
    const auto s = server(keys);
    const auto c = client();
    const auto slot = std::make_shared<tls_session_slot>();
    const auto meets_again = [&] {
        pair_of_engines p("acme.test", s, c, slot);
        BOOST_TEST_REQUIRE(p.meet());
        p.called.write("x", 1);
        auto end = tls_engine::step::done;
        read_all(p.caller, end);  // tickets come behind the handshake
        return p.called.resumed() && p.caller.resumed();
    };
    BOOST_TEST(!meets_again());
    BOOST_TEST(meets_again());
    keys->rotate();
    keys->rotate();
    BOOST_TEST(meets_again());  // by the oldest key that is kept; and gets a ticket of the newest
    for (std::size_t i = 0; i + 1 < tls_tickets::kept; ++i) keys->rotate();
    BOOST_TEST(meets_again());
    for (std::size_t i = 0; i < tls_tickets::kept; ++i) keys->rotate();
    BOOST_TEST(!meets_again());
}

BOOST_AUTO_TEST_CASE(certificates_and_keys_that_do_not_do) {
    const auto good = ca().sign({}), other = ca().sign({});
    struct row {
        std::string certificate, key, says;
    };
    const std::string broken = good.certificate.substr(0, 100) + "!!!!" + good.certificate.substr(104);
    for (const auto& r : {row{"", good.key, "c.pem holds no certificate"}, row{good.key, good.key, "c.pem holds no certificate"},
             row{broken, good.key, "c.pem: its certificate number 1 cannot be read"}, row{good.certificate, "", "k.pem holds no private key"},
             row{good.certificate, good.certificate, "k.pem holds no private key"},
             row{good.certificate, test::encrypted_key(), "k.pem is encrypted"}, row{good.certificate, other.key, "k.pem is not the key of"}}) {
        const auto made = tls_identity::make(pem("c.pem", r.certificate), pem("k.pem", r.key));
        BOOST_TEST_REQUIRE(!made.has_value(), r.says);
        BOOST_TEST(made.error().what.find(r.says) == 0u, made.error().what);
    }
    const auto one = identity({.names = {"A.Example.test", "*.example.test", "192.0.2.1"}});
    BOOST_TEST((one.names() == std::vector<std::string>{"a.example.test", "*.example.test"}));
    BOOST_TEST((one.ends() - one.begins() == std::chrono::hours(366 * 24)));
}

BOOST_AUTO_TEST_SUITE_END()
