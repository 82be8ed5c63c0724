#include "app/hand_over_words.hpp"

#include "tollgate/base/bounds.hpp"
#include "tollgate/codec/digest_text.hpp"

#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

namespace tollgate {
namespace {

constexpr std::size_t most_write = 2 * bounds::operation_body_bytes;

template <class T>
std::optional<T> number_of(std::string_view text) {
    T value{};
    const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), value);
    return bad == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

hand_over_word hello_of(std::string_view text) {
    const auto protocol = number_of<int>(text);
    if (!protocol) return {};
    return said_hello{*protocol};
}

hand_over_word listener_of(descriptor_channel::message& m, std::string_view text) {
    const auto number = number_of<std::size_t>(next_word(text));
    const auto own = number_of<int>(next_word(text));
    if (!number || !own || text.empty() || m.descriptors.empty()) return {};
    return listening_set{*number, std::string(text), *own == 1, std::exchange(m.descriptors, {})};
}

hand_over_word claim_of(std::string_view text) {
    const auto key = parse_digest(next_word(text));
    const auto fingerprint = parse_digest(text);
    if (!key || !fingerprint) return {};
    return said_claim{*key, *fingerprint};
}

hand_over_word ended_of(std::string_view text) {
    const auto key = parse_digest(text);
    if (!key) return {};
    return said_ended{*key};
}

}  // namespace

hand_over_word read_word(descriptor_channel::message& m) {
    if (m.text.starts_with(passed_mark)) {
        auto c = read_passed(m);
        if (!c) return {};
        return std::move(*c);
    }
    if (m.text == "prepare") return said_prepare{};
    if (m.text == "yours") return said_yours{};
    if (m.text == "write" && !m.descriptors.empty()) return said_write{read_memory_file(m.descriptors.front(), most_write)};
    std::string_view text = m.text;
    const auto word = next_word(text);
    if (word == "hello") return hello_of(text);
    if (word == "listener") return listener_of(m, text);
    if (word == "claim") return claim_of(text);
    if (word == "ended") return ended_of(text);
    return {};
}

}  // namespace tollgate
