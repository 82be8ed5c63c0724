#include "tollgate/codec/chunked.hpp"

#include <boost/test/unit_test.hpp>

#include <limits>
#include <string>
#include <vector>

using namespace tollgate;
using namespace std::string_literals;

BOOST_AUTO_TEST_SUITE(chunked)

namespace {

using step = chunk_reader::step;

struct outcome {
    step what = step::need_more;
    std::string body;
    std::size_t consumed = 0;
    friend bool operator==(const outcome&, const outcome&) = default;
};

outcome read(std::string_view wire, std::size_t fragment) {
    chunk_reader reader;
    outcome out;
    for (std::size_t have = 0; have < wire.size();) {
        have = std::min(wire.size(), have + fragment);
        const std::vector<char> exact(wire.begin() + static_cast<std::ptrdiff_t>(out.consumed), wire.begin() + static_cast<std::ptrdiff_t>(have));
        for (std::string_view left(exact.data(), exact.size());;) {
            const auto got = reader.feed(left);
            left.remove_prefix(got.consumed);
            out.consumed += got.consumed;
            out.body += got.data;
            out.what = got.what;
            if (got.what == step::done || got.what == step::refused) return out;
            if (got.what == step::need_more) break;
            BOOST_TEST(!got.data.empty());
        }
    }
    return out;
}

outcome read_every_way(const char* what, std::string_view wire) {
    const auto whole = read(wire, wire.size());
    for (std::size_t fragment = 1; fragment < wire.size(); ++fragment)
        BOOST_TEST((read(wire, fragment) == whole), what << ": in fragments of " << fragment << " it reads differently");
    return whole;
}

}  // namespace

BOOST_AUTO_TEST_CASE(accepted) {
    struct row {
        const char* what;
        std::string wire;
        std::string body;
    };
    const row rows[] = {
        {"nothing", "0\r\n\r\n", ""},
        {"one", "3\r\nabc\r\n0\r\n\r\n", "abc"},
        {"two", "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", "abcde"},
        {"capitals and small letters", "A\r\n0123456789\r\nb\r\n0123456789a\r\n0\r\n\r\n", "01234567890123456789a"},
        {"leading zeros", "0003\r\nabc\r\n0000\r\n\r\n", "abc"},
        {"sixteen digits", "0000000000000003\r\nabc\r\n0000000000000000\r\n\r\n", "abc"},
        {"data that looks like framing", "7\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n", "\r\n0\r\n\r\n"},
        {"data of any byte", "4\r\n\0\n\r\xff\r\n0\r\n\r\n"s, "\0\n\r\xff"s},
        {"extension", "3;a\r\nabc\r\n0\r\n\r\n", "abc"},
        {"extension with a value", "3;a=b;c=\"d e\";f\r\nabc\r\n0;last\r\n\r\n", "abc"},
        {"extension with blanks", "3 ; a\t= b ;c\r\nabc\r\n0\r\n\r\n", "abc"},
        {"extension with many blanks", "3  \t; a \t;b\t ;c;d\r\nabc\r\n0\r\n\r\n", "abc"},
        {"extension of several letters", "3;name=value;other = \t token\r\nabc\r\n0\r\n\r\n", "abc"},
        {"quoted value with escapes", "3;a=\"\\\"\\\\\xe9\t\"\r\nabc\r\n0\r\n\r\n", "abc"},
        {"trailer", "3\r\nabc\r\n0\r\nA: b\r\n\r\n", "abc"},
        {"trailers that would be identity", "0\r\nAuthorization: Bearer x\r\nX-Tollgate-Subject: y\r\nContent-Length: 9\r\n\r\n", ""},
        {"trailer without a value", "0\r\nA:\r\n\r\n", ""},
    };
    for (const auto& r : rows) {
        const auto got = read_every_way(r.what, r.wire);
        BOOST_TEST((got.what == step::done), r.what << ": not done after " << got.consumed);
        BOOST_TEST(got.body == r.body, r.what << ": " << got.body);
        BOOST_TEST(got.consumed == r.wire.size(), r.what << ": " << got.consumed);
    }
}

BOOST_AUTO_TEST_CASE(refused) {
    const std::pair<const char*, std::string> rows[] = {
        {"no size", "\r\nabc\r\n"},
        {"blank before the size", " 3\r\nabc\r\n"},
        {"blank behind the size", "3 \r\nabc\r\n"},
        {"tab behind the size", "3\t\r\nabc\r\n"},
        {"size with a sign", "+3\r\nabc\r\n"},
        {"size below zero", "-3\r\nabc\r\n"},
        {"size with a prefix", "0x3\r\nabc\r\n"},
        {"size with an underscore", "0_3\r\nabc\r\n"},
        {"size with a letter too many", "3g\r\nabc\r\n"},
        {"size of seventeen digits", "00000000000000003\r\nabc\r\n"},
        {"size of 2^63", "8000000000000000\r\nabc\r\n"},
        {"size of 2^64 - 1", "ffffffffffffffff\r\nabc\r\n"},
        {"size in quotes", "\"3\"\r\nabc\r\n"},
        {"size with a point", "3.0\r\nabc\r\n"},
        {"two sizes", "3 3\r\nabc\r\n"},
        {"size with a high byte", "3\xa0\r\nabc\r\n"},
        {"bare LF behind the size", "3\nabc\r\n"},
        {"bare CR behind the size", "3\rabc\r\n"},
        {"CR CR LF behind the size", "3\r\r\nabc\r\n"},
        {"NUL behind the size", "3\0\r\nabc\r\n"s},
        {"bare LF behind the last size", "0\n\r\n"},
        {"bare LF behind the data", "3\r\nabc\n0\r\n\r\n"},
        {"bare CR behind the data", "3\r\nabc\r0\r\n\r\n"},
        {"nothing behind the data", "3\r\nabc0\r\n\r\n"},
        {"more data than said", "3\r\nabcd\r\n0\r\n\r\n"},
        {"less data than said", "3\r\nab\r\n0\r\n\r\n"},
        {"an empty line more behind the data", "3\r\nabc\r\n\r\n0\r\n\r\n"},
        {"semicolon alone", "3;\r\nabc\r\n"},
        {"two semicolons", "3;;a\r\nabc\r\n"},
        {"extension without a name", "3;=b\r\nabc\r\n"},
        {"extension with an empty value", "3;a=\r\nabc\r\n"},
        {"extension ends with a blank", "3;a \r\nabc\r\n"},
        {"extension value ends with a blank", "3;a=b \r\nabc\r\n"},
        {"quote that does not end", "3;a=\"b\r\nabc\r\n"},
        {"CR in quotes", "3;a=\"b\rc\"\r\nabc\r\n"},
        {"LF in quotes", "3;a=\"b\nc\"\r\nabc\r\n"},
        {"escaped LF in quotes", "3;a=\"b\\\nc\"\r\nabc\r\n"},
        {"text behind the quotes", "3;a=\"b\"c\r\nabc\r\n"},
        {"quote in a token", "3;a=b\"c\"\r\nabc\r\n"},
        {"bare LF in an extension", "3;a\nabc\r\n"},
        {"NUL in an extension", "3;a\0b\r\nabc\r\n"s},
        {"high byte in an extension's name", "3;\xe9\r\nabc\r\n"},
        {"trailer without a name", "0\r\n: b\r\n\r\n"},
        {"trailer without a colon", "0\r\nab\r\n\r\n"},
        {"trailer with a blank before the colon", "0\r\nA : b\r\n\r\n"},
        {"trailer folded", "0\r\nA: b\r\n c\r\n\r\n"},
        {"trailer with a bare LF", "0\r\nA: b\nC: d\r\n\r\n"},
        {"trailer with a bare CR", "0\r\nA: b\rC: d\r\n\r\n"},
        {"trailer with a NUL", "0\r\nA: \0\r\n\r\n"s},
        {"a request for a trailer", "0\r\nGET / HTTP/1.1\r\n\r\n"},
        {"bare CR for the end", "0\r\n\rx"},
        {"bare LF for the end", "0\r\n\n"},
    };
    for (const auto& [what, wire] : rows) {
        const auto got = read_every_way(what, wire);
        BOOST_TEST((got.what == step::refused), what << ": not refused");
    }
}

BOOST_AUTO_TEST_CASE(cut_anywhere_it_wants_more) {
    const std::string wire = "3;a=\"b\"\r\nabc\r\n0\r\nA: b\r\n\r\n";
    for (std::size_t size = 0; size < wire.size(); ++size)
        BOOST_TEST(
            (read(wire.substr(0, size), wire.size()).what != step::done && read(wire.substr(0, size), 1).what != step::refused), "cut at " << size);
}

BOOST_AUTO_TEST_CASE(next_message_is_left) {
    const auto wire = "1\r\nx\r\n0\r\n\r\nGET / HTTP/1.1\r\n"s;
    BOOST_TEST(read(wire, wire.size()).consumed == 11);
    chunk_reader reader;
    BOOST_TEST(!reader.finished());
    BOOST_TEST((reader.feed("0\r\n\r\n").what == step::done));
    BOOST_TEST(reader.finished());
    const auto after = reader.feed("more");
    BOOST_TEST((after.what == step::done && after.consumed == 0));
}

BOOST_AUTO_TEST_CASE(refused_stays_refused) {
    chunk_reader reader;
    BOOST_TEST((reader.feed("x").what == step::refused));
    BOOST_TEST((reader.feed("0\r\n\r\n").what == step::refused));
    BOOST_TEST(!reader.finished());
}

BOOST_AUTO_TEST_CASE(large_chunk_needs_no_memory) {
    chunk_reader reader;
    BOOST_TEST((reader.feed("7fffffffffffffff\r\n").what == step::need_more));
    for (int i = 0; i < 3; ++i) {
        const auto got = reader.feed(std::string(1000, 'x'));
        BOOST_TEST((got.what == step::data && got.consumed == 1000 && got.data.size() == 1000));
    }
}

BOOST_AUTO_TEST_CASE(limits) {
    const auto extended = [](std::size_t line) { return "1;" + std::string(line - 4, 'a') + "\r\nx\r\n0\r\n\r\n"; };  // CRLF counted
    BOOST_TEST((read(extended(bounds::chunk_line_bytes), 1000).what == step::done));
    BOOST_TEST((read(extended(bounds::chunk_line_bytes + 1), 1000).what == step::refused));

    const auto trailed = [](std::size_t bytes) { return "0\r\nA:" + std::string(bytes - 6, 'a') + "\r\n\r\n"; };  // with the empty line
    BOOST_TEST((read(trailed(bounds::trailer_bytes), 100'000).what == step::done));
    BOOST_TEST((read(trailed(bounds::trailer_bytes + 1), 100'000).what == step::refused));

    const auto tiny = [](std::size_t count) {
        std::string out;
        for (std::size_t i = 0; i < count; ++i) out += "1\r\nx\r\n";
        return out;
    };
    const std::string normal = "10\r\n0123456789abcdef\r\n", end = "0\r\n\r\n";
    BOOST_TEST((read(tiny(bounds::tiny_chunks_in_a_row) + end, 100'000).what == step::done));
    BOOST_TEST((read(tiny(bounds::tiny_chunks_in_a_row + 1) + end, 100'000).what == step::refused));
    BOOST_TEST((read(tiny(bounds::tiny_chunks_in_a_row) + normal + tiny(bounds::tiny_chunks_in_a_row) + end, 100'000).what == step::done));
}

BOOST_AUTO_TEST_CASE(chunk_lines) {
    const std::pair<std::uint64_t, const char*> rows[] = {{0, "0\r\n"}, {1, "1\r\n"}, {15, "f\r\n"}, {16, "10\r\n"}, {255, "ff\r\n"},
        {65536, "10000\r\n"}, {std::numeric_limits<std::uint64_t>::max(), "ffffffffffffffff\r\n"}};
    for (const auto& [size, text] : rows) {
        char out[18];
        BOOST_TEST(std::string(out, write_chunk_line(size, out)) == text);
    }
}

BOOST_AUTO_TEST_SUITE_END()
