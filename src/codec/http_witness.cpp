#include "http_witness.hpp"

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

namespace tollgate {
namespace {

namespace http = boost::beast::http;
using error_code = boost::beast::error_code;
using text = boost::beast::string_view;

bool same(std::string_view a, std::string_view b) noexcept { return a.size() == b.size() && (a.empty() || a.data() == b.data()); }

// Compares as the parser goes; the first difference ends it. Header only: the body's callbacks are never reached.
template <class Head>
class witness final : public http::basic_parser<std::is_same_v<Head, request_head>> {
 public:
    explicit witness(const Head& head) : head_(head) {
        this->header_limit(static_cast<std::uint32_t>(head.head_bytes) + 1);
        this->body_limit(boost::none);
        this->skip(true);
    }

    // `bytes` in pieces: the start line, the lines that frame, the empty line. What lies between says nothing of the framing.
    bool agrees(std::string_view bytes) {
        const auto* line_end = head_.field_count != 0 ? head_.fields[0].name.data() : bytes.data() + bytes.size() - 2;
        if (!takes(bytes.data(), line_end, 0)) return false;
        for (next_ = 0; next_ < head_.field_count; ++next_) {
            if (!frames(head_.fields[next_].id)) continue;
            line_end = next_ + 1 < head_.field_count ? head_.fields[next_ + 1].name.data() : bytes.data() + bytes.size() - 2;
            if (!takes(head_.fields[next_].name.data(), line_end, 1)) return false;
        }
        return takes(bytes.data() + bytes.size() - 2, bytes.data() + bytes.size(), 0) && same_framing();
    }

 private:
    static bool frames(field_name id) noexcept {
        return id == field_name::content_length || id == field_name::transfer_encoding || id == field_name::host;
    }

    // The parser reads exactly [begin, end). A field line needs a byte more to be seen to end: the next line's first.
    bool takes(const char* begin, const char* end, std::size_t ahead) {
        error_code ec;
        const auto size = static_cast<std::size_t>(end - begin);
        const auto used = this->put(boost::asio::const_buffer(begin, size + ahead), ec);
        return used == size && (!ec || ec == http::error::need_more);
    }

    bool same_framing() const {
        if (!this->is_header_done()) return false;
        const bool counted = head_.body == body_kind::length;
        const auto length = this->content_length();
        return this->chunked() == (head_.body == body_kind::chunked) && length.has_value() == counted &&
            (!counted || *length == head_.content_length);
    }

    static void refuse(error_code& ec) { ec = http::error::bad_field; }

    void on_request_impl(http::verb, text method, text target, int version, error_code& ec) override {
        if constexpr (std::is_same_v<Head, request_head>)
            if (!same(method, head_.method) || !same(target, head_.target) || version != 10 + static_cast<int>(head_.minor_version)) refuse(ec);
    }
    void on_response_impl(int status, text reason, int version, error_code& ec) override {
        if constexpr (std::is_same_v<Head, response_head>)
            if (status != static_cast<int>(head_.status) || !same(reason, head_.reason) || version != 10 + static_cast<int>(head_.minor_version))
                refuse(ec);
    }
    void on_field_impl(http::field, text name, text value, error_code& ec) override {
        if (!same(name, head_.fields[next_].name) || !same(value, head_.fields[next_].value)) refuse(ec);
    }
    void on_header_impl(error_code&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
    std::size_t on_body_impl(text, error_code&) override { return 0; }
    void on_chunk_header_impl(std::uint64_t, text, error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, text, error_code&) override { return 0; }
    void on_finish_impl(error_code&) override {}

    const Head& head_;
    std::size_t next_ = 0;
};

}  // namespace

bool witness_agrees(std::string_view bytes, const request_head& head) noexcept { return witness<request_head>(head).agrees(bytes); }
bool witness_agrees(std::string_view bytes, const response_head& head) noexcept { return witness<response_head>(head).agrees(bytes); }

}  // namespace tollgate
