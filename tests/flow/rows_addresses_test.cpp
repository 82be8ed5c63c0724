// Where a request comes from, whether by HTTPS, and what an API lets through that does not enforce: row by row.
#include "flow/rows.hpp"
#include "support/wire.hpp"

namespace tollgate::test {

BOOST_TEST_GLOBAL_FIXTURE(world);

namespace {

const std::string kAdmin = "/api/v1/admin/users", kAdminHost = "paymenter.test";
const std::string kNoPermission = R"({"error":"You do not have permission to access this resource."})";
const std::string kBadKey = R"({"error":"The provided API key is invalid or has been disabled."})";
const std::string kProxy = "trusted_proxies: [ 127.0.0.1, 10.0.0.0/8, \"fd00::/8\" ]\n";  // the tests' own connections come from one

gateway_options behind(const std::string& more, bool secure = true, bool proxy_protocol = false) {
    gateway_options o;
    o.threads = 1;  // the log's lines are in the order of the requests
    o.more = more;
    o.secure = secure;
    o.proxy_protocol = proxy_protocol;
    return o;
}

// A gateway with every shipped API behind a proxy.
struct proxied {
    explicit proxied(const gateway_options& options = behind(kProxy)) : g(shipped_apis(), shipped_files(), &up, options) {}
    upstream up;
    gateway g;
    std::string key(std::vector<std::string> addresses = {}) {
        auto wish = named("Key", {"users.view"});
        wish.allowed_ips = std::move(addresses);
        return g.create("paymenter", std::move(wish));
    }
    unsigned status(const std::string& token, const std::string& fields) { return g.ask("GET", kAdminHost, kAdmin, token, fields).status(); }
    // What the upstream received last.
    message seen() const { return up.requests().empty() ? message() : up.requests().back(); }
};

std::string from(const std::string& address) { return "X-Forwarded-For: " + address + "\r\n"; }

// The lines of the access log.
std::vector<json::value> lines(const std::string& log) {
    std::vector<json::value> out;
    for (std::size_t at = 0; at < log.size();) {
        const auto end = std::min(log.find('\n', at), log.size());
        out.push_back(parsed(log.substr(at, end - at)));
        at = end + 1;
    }
    return out;
}

// What the gateway says to these bytes: a status, or 0 where it only closes.
unsigned said_to(const gateway& g, const std::string& bytes) {
    auto s = socket::connect(g.port());
    s.send(bytes);
    reader in(s);
    const auto answer = in.response();
    return answer.complete ? answer.status() : 0;
}

std::string binary_header(unsigned command, const std::string& payload) {
    std::string out("\r\n\r\n\0\r\nQUIT\n", 12);
    out += static_cast<char>(command);
    out += '\x11';
    out += '\0';
    out += static_cast<char>(payload.size());
    return out + payload;
}
const std::string kSeven("\xcb\x00\x71\x07\x7f\x00\x00\x01\x12\x67\x01\xbb", 12);  // 203.0.113.7

}  // namespace

BOOST_AUTO_TEST_SUITE(rows_addresses)

// An admin key: a name, a type, at least one permission, and addresses where they are wanted.
BOOST_AUTO_TEST_CASE(row_PM_1) {
    proxied p;
    const auto make = [&](json::object wish) {
        wish["api"] = "paymenter";
        return manage(p.g, "POST", "/api-tokens", wish);
    };
    const auto made = make({{"name", "Admin"}, {"kind", "admin"}, {"scopes", {"users.view", "orders.view"}},
        {"allowed_ips", {"203.0.113.7", "198.51.100.0/24", "2001:db8::1", "2001:db8:1::/48"}}});
    BOOST_TEST(made.status() == 201u, made.body);
    const auto record = parsed(made.body);
    BOOST_TEST((text_at(record, "name") == "Admin" && text_at(record, "kind") == "admin"));
    BOOST_TEST(member(record, "allowed_ips").as_array().size() == 4u);
    const auto token = text_at(record, "token");
    for (const char* listed : {"203.0.113.7", "198.51.100.9", "2001:db8::1", "2001:db8:1:2::3"})
        BOOST_TEST(p.status(token, from(listed)) == 200u, listed);
    BOOST_TEST(p.status(token, from("2001:db8:2::3")) == 403u);
    const json::object wrong[] = {
        {{"name", ""}, {"kind", "admin"}, {"scopes", {"users.view"}}},
        {{"name", "No permission"}, {"kind", "admin"}},
        {{"name", "Other type"}, {"kind", "user"}, {"scopes", {"users.view"}}},
        {{"name", "Odd address"}, {"kind", "admin"}, {"scopes", {"users.view"}}, {"allowed_ips", {"010.0.0.1"}}},
    };
    for (const auto& wish : wrong) BOOST_TEST(make(wish).status() == 422u, json::serialize(wish));
}

// A changed list is obeyed at once, on a connection that was just served.
BOOST_AUTO_TEST_CASE(row_C_5_addresses) {
    proxied p;
    auto wish = named("Key", {"users.view"});
    wish.allowed_ips = {"203.0.113.7"};
    const auto made = p.g.create_record("paymenter", wish);
    conversation talk(p.g.port());
    const auto ask = [&](const std::string& address) {
        return talk.ask(request_text("GET", kAdminHost, kAdmin, std::string(made.text.reveal()), from(address))).status();
    };
    const auto change = [&](const json::value& list) {
        return manage(p.g, "PATCH", "/api-tokens/" + made.record.id, json::object{{"allowed_ips", list}}).status();
    };
    BOOST_TEST((ask("203.0.113.7") == 200u && ask("198.51.100.7") == 403u));
    BOOST_TEST(change(json::array{"198.51.100.7"}) == 200u);
    BOOST_TEST((ask("203.0.113.7") == 403u && ask("198.51.100.7") == 200u));
    BOOST_TEST(change(json::array{}) == 200u);
    BOOST_TEST((ask("203.0.113.7") == 200u && ask("198.51.100.7") == 200u));
}

// An address that is not on the key's list is a missing permission to the caller, in the system's words, and in its place in the order.
BOOST_AUTO_TEST_CASE(row_PM_7) {
    proxied p;
    const auto bound = p.key({"203.0.113.0/24", "2001:db8::/32", "198.51.100.7"});
    const auto ask = [&](const std::string& address, const std::string& path = kAdmin, const std::string& token = {}) {
        return p.g.ask("GET", kAdminHost, path, token.empty() ? bound : token, from(address));
    };
    for (const char* listed : {"203.0.113.0", "203.0.113.255", "2001:db8:ffff::1", "198.51.100.7"}) BOOST_TEST(ask(listed).status() == 200u, listed);
    const auto before = p.up.requests().size();
    for (const char* other : {"203.0.114.0", "2001:db9::1", "198.51.100.8", "10.0.0.1"})
        check_answer(ask(other), {403, "", kJson, kNoPermission}, other);
    check_answer(ask("198.51.100.8", "/api/v1/admin/nowhere"), {403, "", kJson, kNoPermission}, "before route");
    check_answer(ask("198.51.100.8", "/api/v1/admin/orders"), {403, "", kJson, kNoPermission}, "before scope");
    BOOST_TEST(p.up.requests().size() == before, "nothing was forwarded");
    auto wish = named("Over", {"users.view"});
    wish.allowed_ips = {"203.0.113.7"};
    const auto dead = revoked_token(p.g, "paymenter", wish), over = expired_token(p.g, "paymenter", wish);
    check_answer(ask("198.51.100.8", kAdmin, dead), {401, kInvalid, kJson, kBadKey}, "revoked comes before the address");
    check_answer(ask("198.51.100.8", kAdmin, over), {401, kInvalid, kJson, kBadKey}, "and so does expired");
    const auto refused = figure(p.g, "tollgate_refusals_total{api=\"paymenter\",reason=\"address_not_allowed\"}");
    BOOST_TEST(refused == 6);
}

BOOST_AUTO_TEST_CASE(row_PM_8) {
    proxied p;
    const auto seven = p.key({"203.0.113.7"}), any = p.key(), own = p.key({"127.0.0.1"});
    struct row {
        std::string fields;
        bool is_seven;
    };
    const std::vector<row> rows{{from("203.0.113.7"), true}, {from("198.51.100.1, 203.0.113.7"), true}, {from("203.0.113.7, 198.51.100.1"), false},
        {from("203.0.113.7, 10.1.1.1, fd00::1"), true}, {from("203.0.113.7") + from("10.1.1.1"), true}, {from("203.0.113.7, junk"), false},
        {from("203.0.113.7, junk, 10.1.1.1"), false}, {from("203.0.113.7, , 10.1.1.1"), false}, {from("::ffff:203.0.113.7"), true},
        {from("203.0.113.7:4711"), true}, {from("203.0.113.007"), false}, {"Forwarded: for=203.0.113.7\r\n", true},
        {"Forwarded: for=\"203.0.113.7:80\";proto=http, for=10.1.1.1\r\n", true}, {"Forwarded: for=203.0.113.7, for=198.51.100.1\r\n", false},
        {"Forwarded: for=203.0.113.7, for=unknown\r\n", false}, {"Forwarded: for=\", for=203.0.113.7\r\n", true},
        {from("198.51.100.1") + "Forwarded: for=203.0.113.7\r\n", false}, {from("203.0.113.7") + "Forwarded: for=198.51.100.1\r\n", false},
        {from("203.0.113.7") + "Forwarded: for=203.0.113.7\r\n", true}, {"X-Real-IP: 203.0.113.7\r\n", false},
        {"X_Forwarded_For: 203.0.113.7\r\n", false}, {from("203.0.113.7") + "Connection: X-Forwarded-For\r\n", true}, {"", false}};
    for (const auto& r : rows) {
        BOOST_TEST(p.status(seven, r.fields) == (r.is_seven ? 200u : 403u), r.fields);
        BOOST_TEST(p.status(any, r.fields) == 200u, r.fields);
    }
    BOOST_TEST(p.status(own, "") == 200u, "without a word of the proxy it is the caller itself");
    BOOST_TEST(p.status(own, from("203.0.113.7")) == 403u);
    BOOST_TEST(p.status(own, from("203.0.113.7") + "Forwarded: for=127.0.0.1\r\n") == 403u, "contradictions make nobody of the caller");

    // What a trusted proxy said goes on, with the proxy behind it.
    p.status(seven, from("203.0.113.7, 10.1.1.1") + "X-Forwarded-Proto: https\r\nX-Forwarded-Host: shop.example\r\nVia: 1.1 edge\r\n");
    auto seen = p.seen();
    BOOST_TEST(seen.field("X-Forwarded-For") == "203.0.113.7, 10.1.1.1, 127.0.0.1");
    BOOST_TEST(seen.field("Forwarded") == "for=203.0.113.7;proto=https, for=127.0.0.1;proto=https;host=\"paymenter.test\"");
    BOOST_TEST(seen.field("X-Forwarded-Proto") == "https");
    BOOST_TEST(seen.field("X-Forwarded-Host") == "shop.example");
    BOOST_TEST(seen.field("Via") == "1.1 edge, 1.1 tollgate");
    p.status(any, "Forwarded: for=\"[2001:db8::7]\"\r\n");
    seen = p.seen();
    BOOST_TEST(seen.field("Forwarded") == "for=\"[2001:db8::7]\", for=127.0.0.1;proto=https;host=\"paymenter.test\"");
    BOOST_TEST(seen.field("X-Forwarded-For") == "2001:db8::7, 127.0.0.1");
    for (const char* name : {"X-Forwarded-For", "Forwarded", "X-Forwarded-Proto", "X-Forwarded-Host", "Via"})
        BOOST_TEST(seen.count(name) == 1u, name);
    p.status(any, from("203.0.113.7") + "Forwarded: for=10.9.9.9\r\n");
    BOOST_TEST(p.seen().field("X-Forwarded-For") == "127.0.0.1", "a contradiction is not passed on");
    BOOST_TEST(p.seen().field("Forwarded").find("10.9.9.9") == std::string::npos);

    // Two callers on one connection of the proxy.
    conversation kept(p.g.port());
    for (int i = 0; i < 3; ++i) {
        BOOST_TEST(kept.ask(request_text("GET", kAdminHost, kAdmin, seven, from("203.0.113.7"))).status() == 200u);
        BOOST_TEST(kept.ask(request_text("GET", kAdminHost, kAdmin, seven, from("203.0.113.8"))).status() == 403u);
    }
    const auto log = lines(p.g.access_log());
    BOOST_TEST(text_at(log.front(), "client") == "203.0.113.7");
    BOOST_TEST(text_at(log.back(), "client") == "203.0.113.8");
}

BOOST_AUTO_TEST_CASE(row_PM_8_and_peers_that_nobody_trusts) {
    proxied p(behind("trusted_proxies: [ 10.0.0.0/8 ]\n"));
    const auto seven = p.key({"203.0.113.7"}), own = p.key({"127.0.0.1"});
    for (const std::string& fields : {from("203.0.113.7"), from("203.0.113.7, 10.0.0.1"), std::string("Forwarded: for=203.0.113.7\r\n"),
             from("203.0.113.7") + "Forwarded: for=203.0.113.7\r\nX-Forwarded-Proto: https\r\nVia: 1.1 edge\r\nX-Forwarded-Host: x\r\n",
             std::string()}) {
        BOOST_TEST(p.status(seven, fields) == 403u, fields);
        BOOST_TEST(p.status(own, fields) == 200u, fields);
        BOOST_TEST(p.seen().field("X-Forwarded-For") == "127.0.0.1");
        BOOST_TEST(p.seen().field("Forwarded") == "for=127.0.0.1;proto=https;host=\"paymenter.test\"");
        BOOST_TEST(p.seen().field("X-Forwarded-Host") == kAdminHost);
        BOOST_TEST(p.seen().field("Via") == "1.1 tollgate");
    }
    for (const auto& line : lines(p.g.access_log())) BOOST_TEST(text_at(line, "client") == "127.0.0.1");
}

BOOST_AUTO_TEST_CASE(row_T_7) {
    proxied p;
    struct row {
        std::string listed, address;
        unsigned status;
    };
    const std::vector<row> rows{{"203.0.113.7", "::ffff:203.0.113.7", 200}, {"::ffff:203.0.113.7", "203.0.113.7", 200},
        {"::ffff:203.0.113.0/120", "203.0.113.9", 200}, {"203.0.113.0/24", "::FFFF:cb00:7109", 200}, {"0.0.0.0/0", "203.0.113.9", 200},
        {"0.0.0.0/0", "2001:db8::1", 403}, {"2001:db8::1", "2001:DB8:0::0:1", 200}, {"203.0.113.7", "203.0.113.07", 403},
        {"203.0.113.7", "203.0.113.7.", 403}, {"203.0.113.7", "0xcb.0.113.7", 403}, {"203.0.113.7", "3405803783", 403},
        {"fe80::1", "fe80::1%eth0", 403}};
    for (const auto& r : rows) BOOST_TEST(p.status(p.key({r.listed}), from(r.address)) == r.status, r.listed << " and " << r.address);
    for (const char* odd : {"010.0.0.1", "10.0.0.1/33", "10.1", "fe80::1%eth0", "10.0.0.0/255.0.0.0", "localhost", ""}) {
        const auto made = manage(p.g, "POST", "/api-tokens",
            json::object{{"api", "paymenter"}, {"name", "Odd"}, {"scopes", json::array{"users.view"}}, {"allowed_ips", json::array{odd}}});
        BOOST_TEST(made.status() == 422u, odd);
        BOOST_TEST(text_at(member(parsed(made.body), "errors").as_array().at(0), "field") == "allowed_ips[0]", odd);
    }
    const auto made = manage(p.g, "POST", "/api-tokens",
        json::object{{"api", "paymenter"}, {"name", "One spelling"}, {"scopes", json::array{"users.view"}},
            {"allowed_ips", json::array{"10.1.2.3/8", "10.0.0.0/8"}}});
    BOOST_TEST(made.status() == 201u);
    BOOST_TEST(member(parsed(made.body), "allowed_ips") == json::value(json::array{"10.0.0.0/8"}));
}

// The PROXY protocol, where it is demanded: from whom it may come, what it must be, and that nothing else is let in.
BOOST_AUTO_TEST_CASE(row_T_7_and_the_proxy_protocol) {
    proxied p(behind(kProxy, true, true));
    const auto seven = p.key({"203.0.113.7"}), own = p.key({"127.0.0.1"});
    const auto ask = [&](const std::string& token, const std::string& fields = {}) { return request_text("GET", kAdminHost, kAdmin, token, fields); };
    const std::string text = "PROXY TCP4 203.0.113.7 127.0.0.1 4711 443\r\n", binary = binary_header(0x21, kSeven);
    for (const auto& header : {text, binary}) {
        BOOST_TEST(said_to(p.g, header + ask(seven)) == 200u);
        BOOST_TEST(said_to(p.g, header + ask(own)) == 403u);
        BOOST_TEST(said_to(p.g, header + ask(own, from("127.0.0.1"))) == 403u, "whom it names is no proxy, and says nothing of others");
        BOOST_TEST(said_to(p.g, header + header + ask(seven)) == 400u, "one a connection");
    }
    BOOST_TEST(p.seen().field("X-Forwarded-For") == "203.0.113.7");
    BOOST_TEST(said_to(p.g, "PROXY TCP4 10.1.1.1 127.0.0.1 4711 443\r\n" + ask(seven, from("203.0.113.7"))) == 200u, "it names a proxy");
    BOOST_TEST(said_to(p.g, "PROXY UNKNOWN\r\n" + ask(own)) == 200u);
    BOOST_TEST(said_to(p.g, binary_header(0x20, "") + ask(own)) == 200u, "the proxy's own connection");
    for (std::size_t cut = 1; cut < text.size(); cut += 5) {
        auto s = socket::connect(p.g.port());
        s.send(text.substr(0, cut));
        s.send(text.substr(cut) + ask(seven) + ask(seven));
        reader in(s);
        BOOST_TEST(in.response().status() == 200u, "cut at " << cut);
        BOOST_TEST(in.response().status() == 200u, "the next request of the same connection");
    }
    const auto before = p.up.requests().size();
    const std::string refused[] = {ask(own), "PROXY TCP4 010.0.113.7 127.0.0.1 4711 443\r\n" + ask(own), "PROXY TCP4 203.0.113.7\r\n" + ask(own),
        binary_header(0x21, "") + ask(own), "PROXY UNKNOWN" + std::string(120, ' ') + "\r\n" + ask(own), "\r\n" + text + ask(seven)};
    for (const auto& bytes : refused) BOOST_TEST(said_to(p.g, bytes) == 0u, bytes);
    BOOST_TEST(p.up.requests().size() == before);
    BOOST_TEST(figure(p.g, "tollgate_proxy_headers_refused_total") == static_cast<double>(std::size(refused)));

    proxied stranger(behind("trusted_proxies: [ 10.0.0.0/8 ]\n", true, true));
    const auto key = stranger.key();
    BOOST_TEST(said_to(stranger.g, text + ask(key)) == 0u, "from nobody who is trusted");
    BOOST_TEST(stranger.up.saw_nothing());
    proxied plain;
    BOOST_TEST(said_to(plain.g, text + ask(plain.key())) == 400u, "only where it is demanded");
}

BOOST_AUTO_TEST_CASE(row_C_10) {
    proxied open(behind(kProxy, false));
    const std::string https = "X-Forwarded-Proto: https\r\n";
    struct place_of {
        std::string api, host, path, environment;
        std::vector<std::string> scopes;
    };
    for (const auto& at : {place_of{"payrequest", "payrequest.test", "/api/v1/invoices", "", {"billing.read"}},
             place_of{"client-portal", "client-portal.test", "/api/v1/services", "", {}},
             place_of{"paylera", "live.paylera.test", "/v1/customers", "live", {"customers:read"}}}) {
        const auto token = open.g.create(at.api, in_environment(named("C-10", at.scopes), at.environment));
        const auto before = open.up.requests().size();
        for (const std::string& plain : {std::string(), std::string("X-Forwarded-Proto: http\r\n"), std::string("X-Forwarded-Proto: https, http\r\n"),
                 std::string("Forwarded: for=203.0.113.7;proto=http\r\n"), https + "Forwarded: for=203.0.113.7;proto=http\r\n",
                 std::string("X-Forwarded-Ssl: on\r\n")}) {
            const auto got = open.g.ask("GET", at.host, at.path, token, plain);
            BOOST_TEST(got.status() == 400u, at.api << ": " << plain);
            BOOST_TEST(got.field("Location").empty(), "never redirected");
        }
        BOOST_TEST(open.g.ask("GET", at.host, at.path).status() == 400u, at.api << ": before the token is looked at");
        BOOST_TEST(open.up.requests().size() == before, "never forwarded");
        for (const std::string& secure : {https, from("203.0.113.7") + https, std::string("Forwarded: for=203.0.113.7;proto=https\r\n")}) {
            BOOST_TEST(open.g.ask("GET", at.host, at.path, token, secure).status() == 200u, at.api << ": " << secure);
            BOOST_TEST(open.seen().field("X-Forwarded-Proto") == "https");
        }
    }
    BOOST_TEST(open.status(open.key(), "") == 200u, "a contract that does not demand it");

    proxied unbelieved(behind("", false));
    const auto token = unbelieved.g.create("client-portal", named("C-10"));
    for (const std::string& fields : {https, std::string("Forwarded: proto=https\r\n"), std::string()})
        BOOST_TEST(
            unbelieved.g.ask("GET", "client-portal.test", "/api/v1/services", token, fields).status() == 400u, "an untrusted peer: " << fields);
    BOOST_TEST(unbelieved.up.saw_nothing());
    auto& marked = shipped_gateway();  // its listener says treat_as_secure
    BOOST_TEST(marked.ask("GET", "client-portal.test", "/api/v1/services", marked.create("client-portal", named("C-10"))).status() == 200u);
}

BOOST_AUTO_TEST_CASE(row_C_16) {
    upstream up;
    auto apis = shipped_apis();
    for (const std::string name : {"paymenter", "paylera"}) {
        const auto at = apis.find("- name: " + name + "\n");
        apis.insert(at + ("- name: " + name + "\n").size(), "  enforce: false\n");
    }
    gateway g(apis, shipped_files(), &up, behind(""));
    const auto key = g.create("paymenter", named("C-16", {"users.view"}));
    const auto customer = g.create("paylera", of_kind(in_environment(named("C-16", {"customers:read"}), "live"), "customer"));
    const auto forwarded = [&](const std::string& method, const std::string& host, const std::string& path, const std::string& token) {
        const auto before = up.requests().size();
        const auto status = g.ask(method, host, path, token, "Idempotency-Key: c16-" + std::to_string(before) + "\r\n").status();
        return status == 200 && up.requests().size() == before + 1;
    };
    BOOST_TEST(forwarded("GET", kAdminHost, kAdmin, key), "nothing lacks");
    BOOST_TEST(forwarded("GET", kAdminHost, "/api/v1/admin/orders", key), "scope_required");
    BOOST_TEST(up.requests().back().field("X-Tollgate-Scopes") == "users.view", "nobody is told of scopes that the key has not");
    BOOST_TEST(forwarded("GET", kAdminHost, kAdmin + "?include=orders", key), "include_forbidden");
    BOOST_TEST(forwarded("POST", "live.paylera.test", "/v1/customers", customer), "audience_required");

    const auto dead = revoked_token(g, "paymenter", named("C-16", {"users.view"})),
               over = expired_token(g, "paymenter", named("C-16", {"users.view"}));
    auto bound = named("C-16", {"users.view"});
    bound.allowed_ips = {"203.0.113.7"};
    const auto elsewhere = g.create("paymenter", bound);
    for (const auto& token : {std::string(), mistyped(key), dead, over, elsewhere})
        BOOST_TEST(!forwarded("GET", kAdminHost, kAdmin, token), "never missing, invalid or misplaced tokens");
    BOOST_TEST(!forwarded("GET", kAdminHost, "/api/v1/admin/nowhere", key), "nor what is no route");
    const auto wish = json::serialize(json::object{{"name", "More"}, {"scopes", json::array{"*"}}});
    BOOST_TEST(g.ask("POST", "live.paylera.test", "/v1/admin/api-tokens", customer, "Content-Type: application/json\r\nIdempotency-Key: 1\r\n", wish)
                   .status() == 403u,
        "what the gateway does itself is always enforced");

    const auto counted = [&](const std::string& api, const std::string& why) {
        return figure(g, "tollgate_would_refuse_total{api=\"" + api + "\",reason=\"" + why + "\"}");
    };
    BOOST_TEST(counted("paymenter", "scope_required") == 1);
    BOOST_TEST(counted("paymenter", "include_forbidden") == 1);
    BOOST_TEST(counted("paylera", "audience_required") == 1);
    BOOST_TEST(figure(g, "tollgate_refusals_total{api=\"paymenter\",reason=\"scope_required\"}") == 0);
    std::vector<std::string> noted;
    for (const auto& line : lines(g.access_log()))
        if (const auto why = text_at(line, "would_refuse"); !why.empty()) noted.push_back(why);
    BOOST_TEST((noted == std::vector<std::string>{"scope_required", "include_forbidden", "audience_required"}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tollgate::test
