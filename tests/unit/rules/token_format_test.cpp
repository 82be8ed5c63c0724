// What a token's text looks like: compiling, reading, making, hints, overlaps.
#include "tollgate/rules/token_format.hpp"
#include "rules_support.hpp"
#include "tollgate/base/bounds.hpp"
#include "tollgate/crypto/os_random.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace tollgate {

namespace {

using outcome = token_format::reading::kind;

token_format compiled(std::string_view pattern, bool foreign = false, const std::vector<std::string>& environments = {"test", "live"}) {
    auto format = token_format::compile(pattern, environments, foreign);
    BOOST_TEST_REQUIRE(format.has_value(), (format ? "" : format.error().what));
    return *std::move(format);
}

std::string made(const token_format& format, int environment = 0, std::uint64_t seed = 1) {
    seeded_random random(seed);
    return std::string(format.make(environment, random).reveal());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(token_format_test)

BOOST_AUTO_TEST_CASE(formats_that_compile) {
    struct row {
        std::string_view pattern;
        bool foreign;
        unsigned least_bits;
    };
    for (const auto& r : std::vector<row>{
             {"tg_{random}", false, 256},
             {"{random:28}", false, 130},
             {"ak_{environment}_{random:32}", false, 154},
             {"a.b~c+d/e-{random:49}_end==", false, 256},
             {"OLD{hex:64}", true, 256},
             {"{hex:32}", true, 128},
             {"{random:22}", true, 130},
         }) {
        const auto format = compiled(r.pattern, r.foreign);
        BOOST_TEST(format.pattern() == r.pattern);
        BOOST_TEST(static_cast<unsigned>(format.random_bits()) == r.least_bits, r.pattern << ": " << format.random_bits());
        BOOST_TEST(format.checksummed() == !r.foreign, r.pattern);
    }
}

BOOST_AUTO_TEST_CASE(formats_that_do_not_compile_say_why) {
    struct row {
        std::string pattern;
        bool foreign;
        std::string_view says;
    };
    for (const auto& r : std::vector<row>{
             {"", false, "random part"},
             {"tg_", false, "random part"},
             {"tg_{environment}", false, "random part"},
             {"{random:27}", false, "at least 28"},
             {"{random:0}", false, "number of letters"},
             {"{random:}", false, "number of letters"},
             {"{random:-3}", false, "number of letters"},
             {"{random:32x}", false, "number of letters"},
             {"{random:99999999999999999999999}", false, "number of letters"},
             {"{random:18446744073709551615}", false, "at most 512"},
             {"{random:513}", false, "at most 512"},
             {"prefix{random:507}", false, "at most 512"},
             {std::string(600, 'a') + "{random}", false, "at most 512"},
             {"{random}{random}", false, "one random part"},
             {"{random}{environment}", false, "one random part"},
             {"{environment}{environment}{random}", false, "once"},
             {"{hex:64}", false, "imported"},
             {"{hex}", true, "number of letters"},
             {"{hex:31}", true, "at least 32"},
             {"{random:21}", true, "at least 22"},
             {"{environment}{hex:64}", true, "only for issued tokens"},
             {"{tenant}{random}", false, "not known"},
             {"{random", false, "brace"},
             {"random}", false, "brace"},
             {"a b{random}", false, "cannot hold ' '"},
             {"a|b{random}", false, "cannot hold '|'"},
             {"a=b{random}", false, "cannot hold '='"},
             {"{random}=x", false, "cannot hold '='"},
             {"\xc3\xa9{random}", false, "cannot hold"},
         }) {
        const auto format = token_format::compile(r.pattern, {"test", "live"}, r.foreign);
        BOOST_TEST(!format.has_value(), r.pattern);
        if (format) continue;
        BOOST_TEST(format.error().what.find(r.says) != std::string::npos, r.pattern << ": " << format.error().what);
    }
    BOOST_TEST(!token_format::compile("a_{environment}_{random}", {}, false).has_value());
}

// Sums computed apart, with zlib.
BOOST_AUTO_TEST_CASE(checksum_is_crc32_in_base62_over_everything_before_it) {
    struct row {
        std::string_view pattern, text;
        outcome expected;
        int environment;
    };
    for (const auto& r : std::vector<row>{
             {"tg_{random}", "tg_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa17m8SZ", outcome::match, -1},
             {"k-{random:28}", "k-zzzzzzzzzzzzzzzzzzzzzz0XoeFx", outcome::match, -1},
             {"ak_{environment}_{random:32}", "ak_live_0123456789ABCDEFGHIJKLMNOP4AKU2a", outcome::match, 1},
             {"ak_{environment}_{random:32}", "ak_test_0123456789ABCDEFGHIJKLMNOP2t3E7N", outcome::match, 0},
             {"ak_{environment}_{random:32}", "ak_test_0123456789ABCDEFGHIJKLMNOP4AKU2a", outcome::bad_checksum, 0},  // the other's sum
             {"ak_{environment}_{random:32}", "ak_live_0123456789ABCDEFGHIJKLMNOP4AKU2b", outcome::bad_checksum, 1},
             {"ak_{environment}_{random:32}", "ak_live_1123456789ABCDEFGHIJKLMNOP4AKU2a", outcome::bad_checksum, 1},
             {"ak_{environment}_{random:32}", "ak_prod_0123456789ABCDEFGHIJKLMNOP4AKU2a", outcome::no_match, -1},
             {"ak_{environment}_{random:32}", "AK_live_0123456789ABCDEFGHIJKLMNOP4AKU2a", outcome::no_match, -1},
             {"ak_{environment}_{random:32}", "ak_live_0123456789ABCDEFGHIJKLMNOP4AKU2", outcome::no_match, -1},
             {"ak_{environment}_{random:32}", "ak_live_0123456789ABCDEFGHIJKLMNOP4AKU2aa", outcome::no_match, -1},
             {"ak_{environment}_{random:32}", "ak_live_0123456789ABCDEFGHIJKLMN-P4AKU2a", outcome::no_match, -1},
             {"ak_{environment}_{random:32}", "", outcome::no_match, -1},
         }) {
        const auto read = compiled(r.pattern).read(r.text);
        BOOST_TEST(int(read.outcome) == int(r.expected), r.text);
        BOOST_TEST(read.environment == r.environment, r.text);
    }
}

BOOST_AUTO_TEST_CASE(what_is_made_is_read) {
    for (const auto pattern : {"tg_{random}", "ak_{environment}_{random:32}", "{random:28}.x=", "{environment}{random:40}"}) {
        const auto format = compiled(pattern);
        const bool per_environment = format.pattern().find("{environment}") != std::string::npos;
        for (int environment = 0; environment < 2; ++environment)
            for (std::uint64_t seed = 1; seed <= 200; ++seed) {
                const auto text = made(format, environment, seed);
                const auto read = format.read(text);
                BOOST_TEST(int(read.outcome) == int(outcome::match), text);
                BOOST_TEST(read.environment == (per_environment ? environment : -1), text);
            }
    }
}

BOOST_AUTO_TEST_CASE(every_single_changed_letter_is_noticed) {
    const auto format = compiled("ak_{environment}_{random:32}");
    const auto good = made(format, 1);
    for (std::size_t i = 0; i < good.size(); ++i)
        for (const char c : std::string_view("0aZ_-")) {
            auto text = good;
            if (text[i] == c) continue;
            text[i] = c;
            BOOST_TEST(int(format.read(text).outcome) != int(outcome::match), text);
        }
}

BOOST_AUTO_TEST_CASE(the_systems_randomness_gives_different_secrets) {
    const auto format = compiled("tg_{random}");
    os_random random;
    std::set<std::string> seen;
    for (int i = 0; i < 1000; ++i) BOOST_TEST(seen.insert(std::string(format.make(0, random).reveal())).second);
}

// A byte modulo 62 would make the first eight letters a quarter more frequent.
BOOST_AUTO_TEST_CASE(letters_are_uniform) {
    const auto format = compiled("{random:506}");
    seeded_random random(7);
    std::array<double, 256> count{};
    double all = 0;
    for (int i = 0; i < 400; ++i) {
        const auto text = format.make(0, random);
        for (const char c : text.reveal().substr(0, 500)) {
            ++count[static_cast<unsigned char>(c)];
            ++all;
        }
    }
    double chi_squared = 0;
    for (const auto n : count)
        if (n > 0) chi_squared += (n - all / 62) * (n - all / 62) / (all / 62);
    BOOST_TEST(chi_squared < 120, chi_squared);  // 61 degrees of freedom: beyond 120 once in a hundred thousand; with modulo 2,700
}

BOOST_AUTO_TEST_CASE(foreign_texts_are_read_by_shape_alone) {
    const auto hex = compiled("OLD{hex:64}", true);
    BOOST_TEST(int(hex.read("OLD" + std::string(64, 'a')).outcome) == int(outcome::match));
    BOOST_TEST(int(hex.read("OLD" + std::string(64, 'A')).outcome) == int(outcome::match));
    BOOST_TEST(int(hex.read("OLD" + std::string(64, 'g')).outcome) == int(outcome::no_match));
    BOOST_TEST(int(hex.read("OLD" + std::string(63, 'a')).outcome) == int(outcome::no_match));
    BOOST_TEST(int(compiled("{random:40}", true).read(std::string(40, 'x')).outcome) == int(outcome::match));
}

BOOST_AUTO_TEST_CASE(hints_show_prefix_and_last_four) {
    BOOST_TEST(compiled("ak_{environment}_{random:32}").hint("ak_live_0123456789ABCDEFGHIJKLMNOP4AKU2a") == "ak_live_…KU2a");
    BOOST_TEST(compiled("OLD{hex:64}", true).hint("OLD" + std::string(60, 'a') + "beef") == "OLD…beef");
    BOOST_TEST(compiled("{random:28}").hint("0123456789012345678901234567") == "…4567");
    BOOST_TEST(compiled("tg_{random}").hint("something else entirely") == "…rely");
    BOOST_TEST(compiled("tg_{random}").hint("short") == "…", "a text of nothing but its hint would be shown whole");
    BOOST_TEST(compiled("tg_{random}").hint("") == "…");
}

BOOST_AUTO_TEST_CASE(a_dropped_checksum_is_written_but_not_read) {
    auto format = compiled("tg_{random}");
    const auto text = made(format);
    format.drop_checksum();
    BOOST_TEST(!format.checksummed());
    BOOST_TEST(static_cast<int>(format.random_bits()) == 256);
    BOOST_TEST(made(format) == text);
    auto junk = text;
    junk.back() = junk.back() == 'a' ? 'b' : 'a';
    BOOST_TEST(int(format.read(junk).outcome) == int(outcome::match));
}

BOOST_AUTO_TEST_CASE(overlaps) {
    struct row {
        std::string_view issued, foreign;
        bool expected;
    };
    for (const auto& r : std::vector<row>{
             {"{random:40}", "{hex:40}", true},
             {"{random:40}", "{random:40}", true},
             {"{random:40}", "{hex:41}", false},
             {"tg_{random:37}", "{hex:40}", false},   // '_' is no hexadecimal digit
             {"tg{random:38}", "{hex:40}", false},    // nor is 't'
             {"be{random:38}", "{hex:40}", true},
             {"be{random:38}", "{random:38}be", true},
             {"be-{random:38}", "{random:38}-be", false},
             {"{environment}{random:36}", "live{hex:36}", true},
             {"{environment}{random:36}", "prod{hex:36}", false},
             {"OLD{random:64}", "OLD{hex:64}", true},
             {"NEW{random:64}", "OLD{hex:64}", false},
         }) {
        const auto issued = compiled(r.issued), foreign = compiled(r.foreign, true);
        BOOST_TEST(issued.overlaps(foreign) == r.expected, r.issued << " " << r.foreign);
        BOOST_TEST(foreign.overlaps(issued) == r.expected, r.foreign << " " << r.issued);
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tollgate
