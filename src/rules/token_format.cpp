#include "tollgate/rules/token_format.hpp"

#include "tollgate/base/bounds.hpp"
#include "tollgate/base/check.hpp"
#include "tollgate/codec/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

namespace tollgate {

namespace {

constexpr std::string_view kBase62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::size_t kDefaultLetters = 49;  // 43 random ones: 256 bits

constexpr std::string_view kHexLetters = "0123456789ABCDEFabcdef";

// Which bytes are among `letters`.
constexpr std::array<bool, 256> table_of(std::string_view letters) {
    std::array<bool, 256> out{};
    for (const char c : letters) out[static_cast<unsigned char>(c)] = true;
    return out;
}
constexpr auto kIsBase62 = table_of(kBase62), kIsHex = table_of(kHexLetters);

bool is_alnum(char c) noexcept { return kIsBase62[static_cast<unsigned char>(c)]; }
bool in_class(char c, text_class letters) noexcept { return (letters == text_class::hex ? kIsHex : kIsBase62)[static_cast<unsigned char>(c)]; }

failure wrong(std::string what) { return {errc::invalid, std::move(what)}; }

// RFC 6750 b64token: '=' only pads at the end.
std::optional<std::string> wrong_literal(std::string_view literal, bool at_end) {
    const auto body = at_end ? literal.substr(0, literal.find_last_not_of('=') + 1) : literal;
    for (const char c : body) {
        if (is_alnum(c) || std::string_view("-._~+/").find(c) != std::string_view::npos) continue;
        return fmt::format("a bearer token cannot hold '{}' there: use letters, digits and -._~+/, and = at the very end", c);
    }
    return std::nullopt;
}

// What stands between braces: "environment", "random:32", "hex:64".
struct slot {
    std::string_view name;
    std::size_t letters = 0;
};

result<slot> read_slot(std::string_view text, bool foreign) {
    slot out{text.substr(0, text.find(':')), 0};
    const bool counted = out.name.size() < text.size();
    if (out.name == "environment" && !counted) return out;
    if (out.name == "hex" && !foreign) return wrong("{hex:N} is only for imported keys: write {random:N}");
    if (out.name != "random" && out.name != "hex")
        return wrong(fmt::format("{{{}}} is not known: write {{random:N}}{}", text, foreign ? " or {hex:N}" : " or {environment}"));
    if (!counted && out.name == "random") {
        out.letters = kDefaultLetters;
        return out;
    }
    const auto number = counted ? text.substr(out.name.size() + 1) : std::string_view();
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), out.letters);
    if (error != std::errc() || end != number.data() + number.size() || out.letters == 0)
        return wrong(fmt::format("{{{}}} needs a number of letters, as in {{{}:64}}", text, out.name));
    return out;
}

}  // namespace

result<token_format> token_format::take_apart(std::string_view pattern, const std::vector<std::string>& environments, bool foreign) {
    token_format out;
    out.pattern_ = pattern;
    out.prefixes_.assign(1, "");
    out.foreign_ = foreign;
    out.checksummed_ = !foreign;
    while (!pattern.empty()) {
        const auto brace = std::min(pattern.find_first_of("{}"), pattern.size());
        const auto literal = pattern.substr(0, brace);
        pattern.remove_prefix(brace);
        if (auto bad = wrong_literal(literal, pattern.empty() && out.random_letters_ != 0)) return wrong(*bad);
        if (out.random_letters_ != 0) out.suffix_ += literal;
        else
            for (auto& p : out.prefixes_) p += literal;
        if (pattern.empty()) break;

        const auto close = pattern.find('}');
        if (pattern.front() != '{' || close == std::string_view::npos) return wrong("a brace without its other half");
        const auto found = read_slot(pattern.substr(1, close - 1), foreign);
        if (!found) return found.error();
        pattern.remove_prefix(close + 1);
        if (out.random_letters_ != 0) return wrong("a format has one random part, and {environment} stands before it");
        if (found->name != "environment") {
            out.random_letters_ = found->letters;
            out.letters_ = found->name == "hex" ? text_class::hex : text_class::base62;
            continue;
        }
        if (foreign || environments.empty()) return wrong("{environment} is only for issued tokens of a contract with environments");
        if (out.per_environment_) return wrong("{environment} stands once in a format");
        out.per_environment_ = true;
        const auto before = out.prefixes_.front();
        out.prefixes_.clear();
        for (const auto& e : environments) out.prefixes_.push_back(before + e);
    }
    if (out.random_letters_ == 0) return wrong("a format has a random part: write {random:N}");
    return out;
}

result<token_format> token_format::compile(std::string_view pattern, const std::vector<std::string>& environments, bool foreign) {
    if (pattern.size() > bounds::secret_bytes) return wrong(fmt::format("a token has at most {} characters", bounds::secret_bytes));
    auto out = take_apart(pattern, environments, foreign);
    if (!out) return out;
    const double bits_per_letter = out->letters_ == text_class::hex ? 4 : std::log2(62.0);
    const auto needed = static_cast<std::size_t>(std::ceil(bounds::secret_bits_min / bits_per_letter)) + (foreign ? 0 : checksum_letters);
    if (out->random_letters_ < needed) {
        return wrong(fmt::format("{} letters are too few for {} random bits{}: write at least {}", out->random_letters_, bounds::secret_bits_min,
            foreign ? "" : " and the checksum", needed));
    }
    for (const auto& prefix : out->prefixes_)
        if (out->random_letters_ > bounds::secret_bytes || prefix.size() + out->random_letters_ + out->suffix_.size() > bounds::secret_bytes)
            return wrong(fmt::format("a token has at most {} characters", bounds::secret_bytes));
    return out;
}

token_format::reading token_format::read(std::string_view text) const noexcept {
    for (std::size_t i = 0; i < prefixes_.size(); ++i) {
        const auto& prefix = prefixes_[i];
        if (text.size() != prefix.size() + random_letters_ + suffix_.size()) continue;
        if (!text.starts_with(prefix) || !text.ends_with(suffix_)) continue;
        const auto random = text.substr(prefix.size(), random_letters_);
        if (!std::all_of(random.begin(), random.end(), [this](char c) { return in_class(c, letters_); })) continue;

        reading out{reading::kind::match, per_environment_ ? static_cast<int>(i) : -1};
        if (!checksummed_) return out;
        const auto covered = text.substr(0, prefix.size() + random_letters_ - checksum_letters);
        std::array<char, checksum_letters> sum{};
        write_base62(crc32(covered), sum.data(), sum.size());
        if (random.substr(random.size() - sum.size()) != std::string_view(sum.data(), sum.size())) out.outcome = reading::kind::bad_checksum;
        return out;
    }
    return {};
}

secret token_format::make(int environment, random_source& random) const {
    TOLLGATE_CHECK(!foreign_);
    TOLLGATE_CHECK(!per_environment_ || (environment >= 0 && static_cast<std::size_t>(environment) < prefixes_.size()));
    const auto& prefix = prefixes_[per_environment_ ? static_cast<std::size_t>(environment) : 0];
    // Sized once, and longer than what std::string keeps inside itself: no second copy is left behind in memory.
    std::string text(prefix.size() + random_letters_ + suffix_.size(), '\0');
    std::copy(prefix.begin(), prefix.end(), text.begin());
    const std::size_t sum_at = prefix.size() + random_letters_ - checksum_letters;
    std::array<std::uint8_t, 64> bytes;
    for (std::size_t at = prefix.size(); at < sum_at;) {
        random.fill(bytes);
        for (std::size_t i = 0; i < bytes.size() && at < sum_at; ++i)
            if (bytes[i] < 4 * kBase62.size()) text[at++] = kBase62[bytes[i] % kBase62.size()];  // 248 and above would favour some letters
    }
    wipe(bytes.data(), bytes.size());
    write_base62(crc32(std::string_view(text).substr(0, sum_at)), text.data() + sum_at, checksum_letters);
    std::copy(suffix_.begin(), suffix_.end(), text.end() - static_cast<std::ptrdiff_t>(suffix_.size()));
    return secret(std::move(text));
}

std::string_view token_format::prefix_of(std::string_view text) const noexcept {
    for (const auto& prefix : prefixes_)
        if (text.size() == prefix.size() + random_letters_ + suffix_.size() && text.starts_with(prefix)) return prefix;
    return {};
}

std::string token_format::hint(std::string_view text) const {
    constexpr std::size_t shown = 4;
    std::string out(prefix_of(text));
    out += "…";
    if (text.size() >= bounds::secret_bytes_min) out += text.substr(text.size() - shown);
    return out;
}

bool token_format::begins_with(std::string_view prefix) const noexcept {
    return std::any_of(prefixes_.begin(), prefixes_.end(), [prefix](const std::string& p) { return p == prefix; });
}

double token_format::random_bits() const noexcept {
    if (letters_ == text_class::hex) return 4.0 * static_cast<double>(random_letters_);
    return std::log2(62.0) * static_cast<double>(random_letters_ - (foreign_ ? 0 : checksum_letters));
}

bool token_format::overlaps(const token_format& other) const {
    // One position of a text: a literal character, or any letter of a class.
    const auto meet = [](const token_format& a, std::string_view a_prefix, const token_format& b, std::string_view b_prefix) {
        const auto size = a_prefix.size() + a.random_letters_ + a.suffix_.size();
        if (size != b_prefix.size() + b.random_letters_ + b.suffix_.size()) return false;
        const auto literal_at = [](const token_format& f, std::string_view prefix, std::size_t i) -> std::optional<char> {
            if (i < prefix.size()) return prefix[i];
            if (i < prefix.size() + f.random_letters_) return std::nullopt;
            return f.suffix_[i - prefix.size() - f.random_letters_];
        };
        for (std::size_t i = 0; i < size; ++i) {
            const auto in_a = literal_at(a, a_prefix, i), in_b = literal_at(b, b_prefix, i);
            if (in_a && in_b && *in_a != *in_b) return false;
            if (in_a && !in_b && !in_class(*in_a, b.letters_)) return false;
            if (in_b && !in_a && !in_class(*in_b, a.letters_)) return false;
        }
        return true;
    };
    for (const auto& mine : prefixes_)
        for (const auto& theirs : other.prefixes_)
            if (meet(*this, mine, other, theirs)) return true;
    return false;
}

}  // namespace tollgate
