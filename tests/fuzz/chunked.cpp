// Chunked bodies: the same bytes however they arrive, Beast reads the same, and what is written anew is read back. (W-1, W-4, W-12)
#include "tollgate/codec/chunked.hpp"
#include "fuzz/fuzz.hpp"

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include <algorithm>

using namespace tollgate;
using namespace tollgate::fuzz;

namespace {

struct reading {
    chunk_reader::step end = chunk_reader::step::need_more;
    std::string body;
    std::size_t consumed = 0;
};

reading read_in(std::string_view wire, std::size_t fragment) {
    reading out;
    chunk_reader reader;
    for (std::size_t at = 0; at < wire.size();) {
        const exact part(wire.substr(at, fragment));
        auto left = part.view();
        for (;;) {
            const auto got = reader.feed(left);
            DEMAND(got.consumed <= left.size());
            out.consumed += got.consumed;
            left.remove_prefix(got.consumed);
            out.body += got.data;
            out.end = got.what;
            if (got.what == chunk_reader::step::done || got.what == chunk_reader::step::refused) return out;
            if (got.what == chunk_reader::step::need_more) break;
            DEMAND(!got.data.empty());
        }
        DEMAND(left.empty());
        at += part.view().size();
    }
    return out;
}

class beast_body final : public boost::beast::http::basic_parser<true> {
    using text = boost::beast::string_view;
    using error_code = boost::beast::error_code;

 public:
    std::string body;

 private:
    void on_request_impl(boost::beast::http::verb, text, text, int, error_code&) override {}
    void on_response_impl(int, text, int, error_code&) override {}
    void on_field_impl(boost::beast::http::field, text, text, error_code&) override {}
    void on_header_impl(error_code&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
    std::size_t on_body_impl(text b, error_code&) override { return b.size(); }
    void on_chunk_header_impl(std::uint64_t, text, error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, text b, error_code&) override { return body.append(b), b.size(); }
    void on_finish_impl(error_code&) override {}
};

}  // namespace

FUZZ_TARGET(chunked) {
    const auto whole = read_in(bytes, bytes.size());
    for (const auto fragment : {std::size_t{1}, 2 + bytes.size() % 5}) {
        const auto torn = read_in(bytes, fragment);
        DEMAND(torn.end == whole.end && torn.body == whole.body);
        if (whole.end == chunk_reader::step::done) DEMAND(torn.consumed == whole.consumed);
    }
    if (whole.end != chunk_reader::step::done) return;
    const std::string message = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(bytes.substr(0, whole.consumed));
    beast_body beast;
    beast.body_limit(boost::none);
    beast.eager(true);
    boost::beast::error_code ec;
    for (std::string_view left = message; !left.empty() && !ec;) {
        const auto used = beast.put(boost::asio::const_buffer(left.data(), left.size()), ec);
        left.remove_prefix(used);
        if (used == 0) break;
    }
    DEMAND(beast.body == whole.body);  // it may stumble over trailers, which it takes for headers; ours are dropped
    std::string anew;
    char line[18];
    for (std::size_t at = 0; at < whole.body.size();) {
        const auto part = std::string_view(whole.body).substr(at, 1000);
        anew.append(line, write_chunk_line(part.size(), line)).append(part).append("\r\n");
        at += part.size();
    }
    anew += "0\r\n\r\n";
    const auto again = read_in(anew, anew.size());
    DEMAND(again.end == chunk_reader::step::done && again.body == whole.body && again.consumed == anew.size());
}
