// Rows about who is signed in: `me`, the console's sessions.
#include "flow/people.hpp"

namespace tollgate::test {

BOOST_TEST_GLOBAL_FIXTURE(world);

BOOST_AUTO_TEST_SUITE(rows_users)

namespace {

message as(const std::string& cookies, std::string_view method, const std::string& path, const json::value& body = nullptr,
    std::string_view origin = "own") {
    auto& g = shipped_gateway();
    const auto host = "127.0.0.1:" + std::to_string(g.management_port());
    std::string fields = "Cookie: " + cookies + "\r\n";
    if (origin == "own") fields += "Origin: http://" + host + "\r\n";
    else if (!origin.empty()) fields += "Origin: " + std::string(origin) + "\r\n";
    if (!body.is_null()) fields += "Content-Type: application/json\r\n";
    conversation talk(g.management_port());
    return talk.ask(request_text(method, host, "/v1/admin" + path, {}, fields, body.is_null() ? "" : json::serialize(body)));
}

// The cookie pair of somebody who has signed in at the console.
std::string sign_in(const std::string& name, const std::string& code = {}) {
    json::object body{{"user_name", name}, {"password", right_password}};
    if (!code.empty()) body["code"] = code;
    const auto opened = as("", "POST", "/sessions", body);
    BOOST_TEST(opened.status() == 201u, opened.body);
    const auto cookie = opened.field("Set-Cookie");
    BOOST_TEST(cookie.starts_with("__Host-tollgate-console="), cookie);
    BOOST_TEST(cookie.ends_with("; Path=/; Secure; HttpOnly; SameSite=Strict"), cookie);
    return cookie.substr(0, cookie.find(';'));
}

json::object make_operator(const std::string& name, const std::string& role, const std::string& tenant = {}) {
    return make_user(shipped_gateway(), {{"api", "tollgate"}, {"user_name", name}, {"role", role}, {"tenant", tenant}});
}

bool is_time(const std::string& text) { return text.size() == 27 && text[10] == 'T' && text[19] == '.' && text.back() == 'Z'; }

}  // namespace

BOOST_AUTO_TEST_CASE(row_PM_11) {
    auto& g = shipped_gateway();
    const auto john = make_user(g,
        {{"api", "paymenter"}, {"email", "john@example.com"}, {"first_name", "John"}, {"last_name", "Doe"}, {"email_verified", true},
            {"subject", "pm-john"}});
    make_user(g, {{"api", "paymenter"}, {"email", "mary@example.com"}, {"first_name", "Mary"}, {"last_name", "Roe"}, {"subject", "pm-mary"}});
    const auto token_of = [&](const std::string& owner, const std::string& scope) {
        auto wish = named("PM-11", {scope});
        wish.owner = owner;
        return g.create("paymenter", wish);
    };
    const auto before = shipped_upstream().requests().size();
    const auto answer = g.ask("GET", "paymenter.test", "/api/me", token_of("pm-john", "profile"));
    BOOST_TEST(answer.status() == 200u, answer.body);
    BOOST_TEST(answer.field("Content-Type") == "application/json");
    const auto me = parsed(answer.body).as_object();
    std::vector<std::string> names;
    for (const auto& m : me) names.emplace_back(m.key());
    BOOST_TEST(
        (names == std::vector<std::string>{"id", "first_name", "last_name", "email", "email_verified_at", "created_at", "updated_at"}), answer.body);
    BOOST_TEST((me.at("id") == john.at("number") && me.at("id").is_int64()));
    BOOST_TEST(text_at(me, "first_name") == "John");
    BOOST_TEST(text_at(me, "last_name") == "Doe");
    BOOST_TEST(text_at(me, "email") == "john@example.com");
    for (const auto* time : {"email_verified_at", "created_at", "updated_at"}) BOOST_TEST(is_time(text_at(me, time)), answer.body);
    const auto mary = parsed(g.ask("GET", "paymenter.test", "/api/me", token_of("pm-mary", "profile")).body);
    BOOST_TEST(text_at(mary, "email") == "mary@example.com", "each sees their own");
    BOOST_TEST(member(mary, "email_verified_at").is_null());
    check_answer(g.ask("GET", "paymenter.test", "/api/me", token_of("pm-john", "users.view")),
        {403, "Bearer error=\"insufficient_scope\", scope=\"profile\"", "application/json",
            R"({"error":"You do not have permission to access this resource."})"},
        "without the scope");
    BOOST_TEST(g.ask("GET", "paymenter.test", "/api/me").status() == 401u);
    BOOST_TEST(g.ask("GET", "paymenter.test", "/api/me", g.create("paymenter", named("nobody's", {"profile"}))).status() == 404u);
    const auto id = text_at(john, "id");
    BOOST_TEST(manage(g, "DELETE", "/users/" + id).status() == 204u);
    const auto gone = g.ask("GET", "paymenter.test", "/api/me", token_of("pm-john", "profile"));
    BOOST_TEST(gone.body.find("John") == std::string::npos, "who was removed is not shown");
    BOOST_TEST(shipped_upstream().requests().size() == before, "the gateway answers it itself");
}

BOOST_AUTO_TEST_CASE(row_CP_4) {
    auto& g = shipped_gateway();
    make_user(g, {{"api", "client-portal"}, {"email", "nine@example.com"}, {"first_name", "Nina"}, {"last_name", "Neun"}, {"subject", "client-9"}});
    const auto [status, record] = create({{"api", "client-portal"}, {"name", "CP-4"}, {"owner", "client-9"}});
    BOOST_TEST(status == 201u);
    const auto token = text_at(record, "token");
    const auto answer = g.ask("GET", "client-portal.test", "/api/v1/me", token);
    BOOST_TEST(answer.status() == 200u);
    const auto me = member(parsed(answer.body), "data");
    BOOST_TEST(text_at(me, "id") == "client-9");
    BOOST_TEST(text_at(me, "first_name") == "Nina");
    BOOST_TEST(text_at(me, "last_name") == "Neun");
    BOOST_TEST(text_at(me, "email") == "nine@example.com");
    BOOST_TEST(is_time(text_at(me, "created_at")), answer.body);
    BOOST_TEST(g.ask("GET", "client-portal.test", "/api/v1/services", token).status() == 200u);
    BOOST_TEST(shipped_upstream().requests().back().field("X-Tollgate-Subject") == "client-9");
    auto stranger = named("CP-4");
    stranger.owner = "client-10";
    const auto other = member(parsed(g.ask("GET", "client-portal.test", "/api/v1/me", g.create("client-portal", stranger)).body), "data");
    BOOST_TEST(text_at(other, "id") == "client-10", "whom the directory does not know is known by name");
    BOOST_TEST(member(other, "email").is_null());
}

BOOST_AUTO_TEST_CASE(row_C_14_sessions) {
    auto& g = shipped_gateway();
    make_operator("c14-viewer", "viewer");
    const auto worker = make_operator("c14-operator", "operator");
    make_operator("c14-owner", "owner");
    const auto viewer = sign_in("c14-viewer"), works = sign_in("c14-operator"), owner = sign_in("c14-owner");
    const json::object token{{"api", "paymenter"}, {"name", "C-14"}, {"scopes", {"users.view"}}};
    const json::object person{{"api", "paymenter"}, {"email", "c14@example.com"}};
    const json::object king{{"api", "tollgate"}, {"user_name", "c14-king"}, {"role", "owner"}};

    const struct {
        const std::string& who;
        std::string method, path;
        json::value body;
        unsigned status;
    } rows[] = {
        {viewer, "GET", "/api-tokens", nullptr, 200},
        {viewer, "GET", "/users", nullptr, 200},
        {viewer, "GET", "/audit", nullptr, 200},
        {viewer, "GET", "/apis", nullptr, 200},
        {viewer, "GET", "/clients", nullptr, 200},
        {viewer, "POST", "/api-tokens", token, 403},
        {viewer, "POST", "/users", person, 403},
        {works, "POST", "/api-tokens", token, 201},
        {works, "POST", "/users", person, 403},
        {works, "POST", "/users", king, 403},
        {owner, "POST", "/users", person, 201},
        {owner, "POST", "/users", king, 201},
    };
    for (const auto& r : rows) {
        const auto answer = as(r.who, r.method, r.path, r.body);
        BOOST_TEST(answer.status() == r.status, r.method << " " << r.path << ": " << answer.body);
    }
    BOOST_TEST(text_at(member(parsed(as(works, "GET", "/session").body), "user"), "user_name") == "c14-operator");
    const auto event = parsed(as(owner, "GET", "/audit?limit=1").body).at("data").at(0);
    BOOST_TEST(text_at(event, "actor").starts_with("user:usr_"), "the audit log names the user");

    // A cookie comes along with requests that its owner did not mean to make.
    for (const std::string_view origin : {"", "null", "http://evil.example", "http://127.0.0.1"})
        BOOST_TEST(as(works, "POST", "/api-tokens", token, origin).status() == 401u, origin);
    BOOST_TEST(
        as(works, "GET", "/api-tokens", nullptr, "http://evil.example").status() == 200u, "what changes nothing gives nothing away without CORS");
    BOOST_TEST(as(works + "; " + works, "GET", "/api-tokens").status() == 401u, "two of them are none");
    BOOST_TEST(as("__Host-tollgate-console=", "GET", "/api-tokens").status() == 401u);
    auto changed = works;
    auto& letter = changed.at(std::string_view("__Host-tollgate-console=").size());
    letter = letter == 'x' ? 'y' : 'x';
    BOOST_TEST(as(changed, "GET", "/api-tokens").status() == 401u);
    // A session is no token, and counts on the management listener alone.
    BOOST_TEST(g.ask("GET", "paymenter.test", "/api/v1/admin/users", {}, "Cookie: " + owner + "\r\n").status() == 401u);
    BOOST_TEST(g.ask("GET", "paymenter.test", "/api/v1/admin/users", owner.substr(owner.find('=') + 1)).status() == 401u);

    // Ended is ended at once: by signing out, by an owner, with the account.
    BOOST_TEST(as(viewer, "DELETE", "/session").status() == 204u);
    BOOST_TEST(as(viewer, "GET", "/api-tokens").status() == 401u);
    const auto again = sign_in("c14-viewer");
    std::string id;
    const auto all = parsed(as(owner, "GET", "/sessions?api=tollgate").body);
    for (const auto& s : all.at("data").as_array())
        if (text_at(parsed(as(again, "GET", "/session").body), "id") == text_at(s, "id")) id = text_at(s, "id");
    BOOST_TEST(as(owner, "DELETE", "/sessions/" + id).status() == 204u);
    BOOST_TEST(as(again, "GET", "/api-tokens").status() == 401u);
    BOOST_TEST(as(owner, "DELETE", "/sessions/" + id).status() == 404u);
    conversation open_connection(g.management_port());
    const auto ask = [&] { return open_connection.ask(request_text("GET", "localhost", "/v1/admin/api-tokens", {}, "Cookie: " + works + "\r\n")); };
    BOOST_TEST(ask().status() == 200u);
    BOOST_TEST(manage(g, "POST", "/users/" + text_at(worker, "id") + "/disable", json::object()).status() == 200u);
    BOOST_TEST(ask().status() == 401u, "on a connection that is open already, too");
    BOOST_TEST(manage(g, "POST", "/users/" + text_at(worker, "id") + "/enable", json::object()).status() == 200u);
    BOOST_TEST(ask().status() == 200u, "disabling is no signing out");
    BOOST_TEST(manage(g, "PATCH", "/users/" + text_at(worker, "id"), {{"password", "another one"}}).status() == 200u);
    BOOST_TEST(ask().status() == 401u, "a new password is");
}

// What is left of such a request is one without a token; it was said to have a wrong one.
BOOST_AUTO_TEST_CASE(a_session_that_ends_while_its_request_is_read) {
    auto& g = shipped_gateway();
    const auto owner = make_operator("ends", "owner");
    const auto cookie = sign_in("ends");
    const auto host = "127.0.0.1:" + std::to_string(g.management_port());
    const auto head = [&](const std::string& more) {
        return request_text("POST", host, "/v1/admin/api-tokens", {},
            "Origin: http://" + host + "\r\nContent-Type: application/json\r\nContent-Length: 2\r\n" + more);
    };
    conversation stranger(g.management_port());
    const auto expected = stranger.ask(head({}) + "{}");
    BOOST_TEST(expected.status() == 401u);

    auto c = socket::connect(g.management_port());
    c.send(head("Cookie: " + cookie + "\r\nExpect: 100-continue\r\n"));
    reader in(c);
    BOOST_REQUIRE(in.head().status() == 100u);  // judged, and let through
    BOOST_TEST(manage(g, "POST", "/users/" + text_at(owner, "id") + "/sign-out", json::object()).status() / 100 == 2u);
    c.send("{}");
    const auto answer = in.response();
    BOOST_TEST(answer.status() == 401u);
    BOOST_TEST(answer.field("WWW-Authenticate") == expected.field("WWW-Authenticate"));
    BOOST_TEST(answer.body == expected.body);
}

BOOST_AUTO_TEST_CASE(row_C_14_nobody_makes_an_operator_who_can_do_more) {
    auto& g = shipped_gateway();
    const auto owner = make_operator("c14b-owner", "owner");
    const auto id = text_at(owner, "id");
    auto wish = named("user manager", {"users:write"});
    const auto token = g.create("tollgate", wish);
    const auto ask = [&](std::string_view method, const std::string& path, const json::value& body) {
        conversation talk(g.management_port());
        return talk.ask(request_text(method, "localhost", "/v1/admin" + path, token, "Content-Type: application/json\r\n", json::serialize(body)));
    };
    BOOST_TEST(ask("POST", "/users", {{"api", "paymenter"}, {"user_name", "c14b"}}).status() == 201u);
    for (const auto* role : {"viewer", "operator", "owner"})
        BOOST_TEST(ask("POST", "/users", {{"api", "tollgate"}, {"user_name", role}, {"role", role}}).status() == 403u, role);
    BOOST_TEST(ask("PATCH", "/users/" + id, {{"password", "mine from now on"}}).status() == 403u, "nor gets into the account of one");
    BOOST_TEST(ask("POST", "/users/" + id + "/totp", json::object()).status() == 403u);
    BOOST_TEST(ask("DELETE", "/users/" + id, json::object()).status() == 403u);
    BOOST_TEST(ask("POST", "/clients", {{"api", "paymenter"}, {"name", "c14b"}}).status() == 403u, "a client gets tokens, so it is tokens:write");
    // Who reaches one tenant makes nobody for another.
    auto narrow = named("one tenant", {"users:write", "tokens:write"});
    narrow.tenant = "t1";
    const auto of_t1 = g.create("tollgate", narrow);
    conversation talk(g.management_port());
    const auto other = talk.ask(request_text(
        "POST", "localhost", "/v1/admin/users", of_t1, "Content-Type: application/json\r\n", R"({"api":"paylera","user_name":"x","tenant":"t2"})"));
    BOOST_TEST(other.status() == 422u, other.body);
    BOOST_TEST(talk.ask(request_text("GET", "localhost", "/v1/admin/users/" + id, of_t1)).status() == 404u);
}

BOOST_AUTO_TEST_CASE(an_operator_with_a_second_factor_gives_its_code) {
    auto& g = shipped_gateway();
    const auto id = text_at(make_operator("factor", "viewer"), "id");
    const auto f = give_factor(g, id);
    const auto without = as("", "POST", "/sessions", {{"user_name", "factor"}, {"password", right_password}});
    BOOST_TEST(without.status() == 401u);
    BOOST_TEST(without.count("Set-Cookie") == 0u);
    const auto wrong = as("", "POST", "/sessions", {{"user_name", "factor"}, {"password", right_password}, {"code", "000000"}});
    BOOST_TEST(wrong.status() == 401u);
    const auto cookie = sign_in("factor", f.code(g.time.now(), 1));
    const auto mine = parsed(as(cookie, "GET", "/session").body);
    BOOST_TEST((member(mine, "assurance") == 2));
    BOOST_TEST(member(member(mine, "user"), "second_factor").as_bool());
    sign_in("factor", f.recovery_codes.front());
    const auto twice = as("", "POST", "/sessions", {{"user_name", "factor"}, {"password", right_password}, {"code", f.recovery_codes.front()}});
    BOOST_TEST(twice.status() == 401u, "each recovery code is good once");
    const auto record = manage(g, "GET", "/users/" + id).body;
    BOOST_TEST((member(parsed(record), "recovery_codes_left") == 9));
    for (const auto& secret : {f.recovery_codes[1], std::string("argon2"), std::string("sealed")})
        BOOST_TEST(record.find(secret) == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tollgate::test
