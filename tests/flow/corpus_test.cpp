// Raw requests with a strict reading's verdict, as they are and with a token, whole and torn at every byte.
//
// The corpus is tests/data/wire/requests.json; the environment variable TOLLGATE_CORPUS names another one of the same shape.
#include "support/strict.hpp"
#include "support/wire.hpp"
#include "tollgate/codec/json.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <filesystem>

BOOST_AUTO_TEST_SUITE(corpus)

namespace {

using namespace tollgate::test;
using tollgate::test::socket;  // not the system call
namespace json = tollgate::json;

struct entry {
    std::string id, raw, expect;
};

std::string from_base64(std::string_view text) {
    constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    unsigned bits = 0, held = 0;
    for (const char c : text) {
        const auto value = digits.find(c);
        if (value == std::string_view::npos) break;
        held = held << 6 | static_cast<unsigned>(value);
        bits += 6;
        if (bits < 8) continue;
        bits -= 8;
        out += static_cast<char>(held >> bits & 0xff);
    }
    return out;
}

std::string corpus_file() {
    if (const char* named = std::getenv("TOLLGATE_CORPUS")) return named;
    const std::string source = TOLLGATE_SOURCE_DIR;
    const std::string beside = source + "/../shared/corpus/requests.json";
    return std::filesystem::exists(beside) ? beside : source + "/tests/data/wire/requests.json";
}

std::vector<entry> read_entries(const std::string& file) {
    std::vector<entry> out;
    const auto text = read_file(file);
    BOOST_REQUIRE_MESSAGE(!text.empty(), file << " cannot be read");
    const auto document = json::parse(text);
    for (const auto& e : document.as_array())
        out.push_back({std::string(e.at("id").as_string()), from_base64(std::string_view(e.at("raw_b64").as_string())),
            std::string(e.at("expect").as_string())});
    return out;
}

std::vector<entry> of_kind(const std::vector<entry>& all, std::string_view expect) {
    std::vector<entry> out;
    std::copy_if(all.begin(), all.end(), std::back_inserter(out), [&](const entry& e) { return e.expect == expect; });
    return out;
}

// The whole file of the project's own, and the other one where there is one.
std::vector<std::string> files() {
    std::vector<std::string> out{std::string(TOLLGATE_SOURCE_DIR) + "/tests/data/wire/requests.json"};
    if (corpus_file() != out.front()) out.push_back(corpus_file());
    return out;
}

std::string with_token(const std::string& raw, const std::string& token) {
    const auto begin = raw.find_first_not_of("\r\n");
    const auto eol = begin == std::string::npos ? begin : raw.find('\n', begin);
    if (eol == std::string::npos) return raw;
    return raw.substr(0, eol + 1) + "Authorization: Bearer " + token + "\r\n" + raw.substr(eol + 1);
}

// Keeps every complete request exactly as it came, by the test's own reading.
struct recorder {
    recorder() : up([this](upstream::connection& c) { run(c); }) {}
    void run(upstream::connection& c) {
        std::string bytes;
        for (;;) {
            auto r = read_strictly(bytes);
            if (r.what == strict_request::outcome::bad) return;
            if (r.what == strict_request::outcome::whole) {
                bytes.erase(0, r.bytes);
                keep(std::move(r));
                if (!c.peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")) return;
                continue;
            }
            const auto part = c.peer.receive(65536, std::chrono::minutes(2));
            if (part.empty()) return;
            arrived += part.size();
            bytes += part;
        }
    }
    void keep(strict_request r) {
        const std::lock_guard lock(mutex);
        requests.push_back(std::move(r));
    }
    std::vector<strict_request> take() {
        const std::lock_guard lock(mutex);
        return std::exchange(requests, {});
    }
    std::mutex mutex;
    std::vector<strict_request> requests;
    std::atomic<std::size_t> arrived{0};  // bytes, whole requests or not
    upstream up;  // last: its threads use the rest
};

// For what never ends; what is to be answered needs more patience on a machine that has much to do.
gateway_options quick() { return {.threads = 1, .more = "timeouts: { head: 300ms, body_idle: 300ms }\n"}; }

bool is_refusal(const message& m) { return m.complete && m.status() >= 400 && m.status() < 600; }

// What differs from one forwarding of the same request to the next: the request's id and what is made of it.
std::string lasting_bytes(const strict_request& r) {
    std::string out;
    for (std::size_t at = 0; at < r.head.size();) {
        const auto eol = r.head.find("\r\n", at) + 2;
        const auto line = lowered(r.head.substr(at, eol - at));
        if (!line.starts_with("x-request-id:") && !line.starts_with("traceparent:")) out += r.head.substr(at, eol - at);
        at = eol;
    }
    return out + r.body;
}

// How many whole requests stand before the one that never ends.
std::size_t whole_requests(std::string_view raw) {
    for (std::size_t n = 0;; ++n) {
        const auto r = read_strictly(raw);
        if (r.what != strict_request::outcome::whole) return n;
        raw.remove_prefix(r.bytes);
    }
}

// Refused and closed, with nothing upstream. Where several requests follow each other, what stands before the refused one
// is answered for itself.
void refuses(recorder& to, const front& f, const std::vector<entry>& rejects, bool token) {
    for (const auto& e : rejects) {
        auto s = f.connect();
        s.send(token ? with_token(e.raw, f.token) : e.raw);
        reader in(s);
        auto answer = in.response();
        std::size_t before = 0;
        for (const auto several = whole_requests(e.raw);
            before + 1 < several && answer.status() == (token ? 200 : 401) && answer.count("Connection") == 0; ++before)
            answer = in.response();
        BOOST_TEST(is_refusal(answer), e.id << ": answered " << answer.start_line);
        const auto behind = in.rest + s.receive_all();
        BOOST_TEST(!s.timed_out(), e.id << ": the connection stayed open");
        BOOST_TEST(behind.empty(), e.id << ": behind the refusal came " << behind);
        BOOST_TEST(to.take().size() == (token ? before : 0u), e.id);
        const auto bytes = to.arrived.exchange(0);
        BOOST_TEST((bytes == 0 || before > 0), e.id << ": a part of it reached the upstream");
    }
}

// All at once, since each one lasts until its deadline.
void times_out(recorder& to, const front& f, const std::vector<entry>& incompletes, bool token) {
    std::vector<socket> open;
    std::size_t whole = 0;
    for (const auto& e : incompletes) {
        open.push_back(f.connect());
        open.back().send(token ? with_token(e.raw, f.token) : e.raw);
    }
    for (std::size_t i = 0; i < open.size(); ++i) {
        reader in(open[i]);
        for (auto n = whole_requests(incompletes[i].raw); n > 0; --n) {
            BOOST_TEST(in.response().status() == (token ? 200u : 401u), incompletes[i].id);
            whole += token ? 1 : 0;
        }
        const auto answer = in.response();
        BOOST_TEST((answer.start_line.empty() || answer.status() == 408 || (!token && answer.status() == 401)),
            incompletes[i].id << ": " << answer.start_line);
        open[i].receive_all();
        BOOST_TEST(!open[i].timed_out(), incompletes[i].id << ": the connection stayed open");
    }
    BOOST_TEST(to.take().size() == whole);
}

bool passes(socket& s, std::string_view raw) {
    reader in(s);
    return in.response(raw.starts_with("HEAD")).status() == 200;
}

// In two writes, cut at each of [begin, end). A question on a connection of its own between the two makes the one thread
// of the gateway read the first parts alone.
void tear_at(const front& f, socket& between, const std::string& id, std::string_view raw, std::size_t begin, std::size_t end) {
    std::vector<socket> open;
    for (auto cut = begin; cut < end; ++cut) {
        open.push_back(f.connect());
        open.back().send(raw.substr(0, cut));
    }
    between.send("GET /between HTTP/1.1\r\nHost: x\r\n\r\n");
    reader answers(between);
    BOOST_TEST(answers.response().status() == 401u);
    for (auto cut = begin; cut < end; ++cut) open[cut - begin].send(raw.substr(cut));
    for (auto cut = begin; cut < end; ++cut) {
        BOOST_TEST(passes(open[cut - begin], raw), id << " cut at " << cut);
        open[cut - begin].reset();
    }
}

void tear(recorder& to, const front& f, socket& between, const entry& e) {
    constexpr std::size_t at_once = 64;
    const auto raw = with_token(e.raw, f.token);
    auto s = f.connect();
    s.send(raw);
    BOOST_TEST(passes(s, raw), e.id);
    const auto whole = to.take();
    BOOST_TEST_REQUIRE(whole.size() == 1u, e.id);
    const auto expected = lasting_bytes(whole[0]);
    for (std::size_t begin = 1; begin < raw.size(); begin += at_once) {
        const auto end = std::min(raw.size(), begin + at_once);
        tear_at(f, between, e.id, raw, begin, end);
        const auto got = to.take();
        BOOST_TEST(got.size() == end - begin, e.id);
        for (const auto& r : got) BOOST_TEST((lasting_bytes(r) == expected), e.id << ": " << r.head << r.body);
    }
}

}  // namespace

BOOST_AUTO_TEST_CASE(as_it_is_nothing_reaches_the_upstream) {
    for (const auto& file : files()) {
        BOOST_TEST_CONTEXT(file) {
            const auto all = read_entries(file);
            recorder to;
            front f(&to.up, {.threads = 1}), hasty(&to.up, quick());
            refuses(to, f, of_kind(all, "reject"), false);
            times_out(to, hasty, of_kind(all, "incomplete"), false);
            for (const auto& e : of_kind(all, "accept")) {
                auto s = f.connect();
                s.send(e.raw);
                reader in(s);
                BOOST_TEST(in.response(e.raw.starts_with("HEAD")).status() == 401u, e.id);
            }
            BOOST_TEST(to.up.saw_nothing());
        }
    }
}

BOOST_AUTO_TEST_CASE(with_a_token_rejects_stay_out) {
    for (const auto& file : files()) {
        BOOST_TEST_CONTEXT(file) {
            const auto all = read_entries(file);
            recorder to;
            front f(&to.up, {.threads = 1}), hasty(&to.up, quick());
            refuses(to, f, of_kind(all, "reject"), true);
            times_out(to, hasty, of_kind(all, "incomplete"), true);
        }
    }
}

BOOST_AUTO_TEST_CASE(with_a_token_accepts_mean_the_same_upstream) {
    for (const auto& file : files()) {
        BOOST_TEST_CONTEXT(file) {
            recorder to;
            front f(&to.up, {.threads = 1});
            for (const auto& e : of_kind(read_entries(file), "accept")) {
                auto s = f.connect();
                s.send(with_token(e.raw, f.token));
                reader in(s);
                BOOST_TEST(in.response(e.raw.starts_with("HEAD")).status() == 200u, e.id);
                const auto got = to.take();
                BOOST_TEST_REQUIRE(got.size() == 1u, e.id);
                const auto meant = read_strictly(e.raw);
                BOOST_TEST_REQUIRE((meant.what == strict_request::outcome::whole), e.id);
                BOOST_TEST(got[0].method == meant.method, e.id);
                BOOST_TEST(got[0].target == meant.target, e.id);
                BOOST_TEST((meant.host.empty() || got[0].host == meant.host), e.id << ": Host " << got[0].host);
                BOOST_TEST((got[0].fields == meant.fields), e.id << ": " << got[0].head);
                BOOST_TEST((got[0].body == meant.body), e.id);
                BOOST_TEST(got[0].head.find(f.token) == std::string::npos, e.id);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(row_W_12) {
    for (const auto& file : files()) {
        BOOST_TEST_CONTEXT(file) {
            recorder to;
            front f(&to.up, {.threads = 1});
            auto between = f.connect();
            for (const auto& e : of_kind(read_entries(file), "accept")) tear(to, f, between, e);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
