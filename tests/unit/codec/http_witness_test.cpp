// The guard beside the whole of Beast's parser: what the guard lets pass, Beast reads the same way, every field of it.
//
// On the request path Beast is shown only what frames (src/codec/http_witness.cpp); here, over heads put together at
// random from good and bad pieces, it is shown everything.
#include "codec/http_witness.hpp"
#include "torn_head.hpp"

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include <random>

using namespace tollgate;
using namespace tollgate::testing;

BOOST_AUTO_TEST_SUITE(http_witness)

namespace {

namespace http = boost::beast::http;
using error_code = boost::beast::error_code;
using text = boost::beast::string_view;

class whole_reader final : public http::basic_parser<true> {
 public:
    std::string fields, start;
    bool reads(std::string_view bytes) {
        error_code ec;
        body_limit(boost::none);
        skip(true);
        return put(boost::asio::const_buffer(bytes.data(), bytes.size()), ec) == bytes.size() && !ec;
    }

 private:
    void on_request_impl(http::verb, text method, text target, int version, error_code&) override {
        start = std::string(method) + " " + std::string(target) + " " + std::to_string(version);
    }
    void on_field_impl(http::field, text name, text value, error_code&) override { fields += std::string(name) + "=" + std::string(value) + ";"; }
    void on_response_impl(int, text, int, error_code&) override {}
    void on_header_impl(error_code&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
    std::size_t on_body_impl(text, error_code&) override { return 0; }
    void on_chunk_header_impl(std::uint64_t, text, error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, text, error_code&) override { return 0; }
    void on_finish_impl(error_code&) override {}
};

std::string all_fields(const request_head& h) {
    std::string out;
    for (const auto& f : h) out += std::string(f.name) + "=" + std::string(f.value) + ";";
    return out;
}

class head_maker {
 public:
    std::string make() {
        std::string out = pick({"GET", "POST", "PUT", "x!y", "G T", ""}) + pick({" ", " ", " ", "  ", "\t"}) +
            pick({"/", "/a?b", "http://o.test/p", "*", "/\xc3", "/a b", ""}) + " " +
            pick({"HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/1.2", "HTTP/2"}) + end();
        if (chance(9)) out += "Host: acme.test" + end();
        for (auto count = number_() % 4; count > 0; --count)
            out += pick({"Content-Length", "Transfer-Encoding", "Connection", "X-Any", "Content_Length", "A b", "", "\xc9", "Host", "Expect"}) +
                pick({":", ": ", ": ", ":\t", " :", ""}) +
                pick({"3", "0", "3,3", "chunked", "chunked ", "gzip", "close", "keep-alive, x-any", "a\x01", "caf\xe9", "", "\r\n fold",
                    "100-continue"}) +
                end();
        return out + end();
    }

 private:
    bool chance(unsigned of_ten) { return number_() % 10 < of_ten; }
    std::string pick(std::initializer_list<const char*> from) { return from.begin()[number_() % from.size()]; }
    std::string end() { return number_() % 40 != 0 ? "\r\n" : pick({"\n", "\r", "\r\r\n"}); }
    std::mt19937 number_{20260401};  // the same heads on every run
};

}  // namespace

BOOST_AUTO_TEST_CASE(what_passes_reads_the_same) {
    head_maker maker;
    const auto head = std::make_unique<request_head>();
    int passed = 0, stricter = 0;
    for (int i = 0; i < 60'000; ++i) {
        const auto wire = maker.make();
        std::size_t scanned = 0;
        head_error why{};
        whole_reader beast;
        if (read_request_head(wire, scanned, {}, *head, why) != head_status::complete) {
            stricter += beast.reads(wire);
            continue;
        }
        ++passed;
        BOOST_TEST_INFO_SCOPE(wire);
        BOOST_TEST(beast.reads(std::string_view(wire).substr(0, head->head_bytes)));
        BOOST_TEST(beast.start == std::string(head->method) + " " + std::string(head->target) + " 1" + std::to_string(head->minor_version));
        BOOST_TEST(beast.fields == all_fields(*head));
        BOOST_TEST(beast.chunked() == (head->body == body_kind::chunked));
        BOOST_TEST(beast.content_length().has_value() == (head->body == body_kind::length));
        BOOST_TEST((head->body != body_kind::length || *beast.content_length() == head->content_length));
    }
    BOOST_TEST(passed > 1000);    // the pieces still make good heads,
    BOOST_TEST(stricter > 1000);  // and such as only Beast would take
}

// A guard that went wrong is caught: each head says something else than its bytes.
BOOST_AUTO_TEST_CASE(disagreement_is_noticed) {
    const std::string wire = "POST /a HTTP/1.1\r\nHost: acme.test\r\nX: y\r\nContent-Length: 3\r\n\r\n";
    const auto head = std::make_unique<request_head>();
    const auto read = [&]() -> request_head& {
        std::size_t scanned = 0;
        head_error why{};
        BOOST_REQUIRE((read_request_head(wire, scanned, {}, *head, why) == head_status::complete));
        return *head;
    };
    BOOST_TEST(witness_agrees(wire, read()));
    read().method.remove_suffix(1);
    BOOST_TEST(!witness_agrees(wire, *head));
    read().target = std::string_view(wire).substr(5, 1);
    BOOST_TEST(!witness_agrees(wire, *head));
    read().minor_version = 0;
    BOOST_TEST(!witness_agrees(wire, *head));
    read().fields[0].value.remove_prefix(1);
    BOOST_TEST(!witness_agrees(wire, *head));
    read().content_length = 4;
    BOOST_TEST(!witness_agrees(wire, *head));
    read().body = body_kind::none;
    BOOST_TEST(!witness_agrees(wire, *head));
    read().fields[1].id = field_name::other, head->fields[2].id = field_name::other;
    BOOST_TEST(!witness_agrees(wire, *head));
}

BOOST_AUTO_TEST_SUITE_END()
