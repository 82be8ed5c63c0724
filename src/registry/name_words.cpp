#include "name_words.hpp"

#include "tollgate/base/bounds.hpp"
#include "tollgate/codec/text.hpp"

#include <algorithm>

namespace tollgate {
namespace {

bool in_word(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80;
}

std::string folded(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), lower);
    return out;
}

// Where the words of `text` begin, at most `most` of them.
std::vector<std::size_t> beginnings(std::string_view text, std::size_t most) {
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < text.size() && out.size() < most; ++i)
        if (in_word(text[i]) && (i == 0 || !in_word(text[i - 1]))) out.push_back(i);
    return out;
}

std::string listed(std::string_view text, std::size_t at) {
    auto end = at;
    while (end < text.size() && in_word(text[end]) && end - at < bounds::listed_word_bytes) ++end;
    return folded(text.substr(at, end - at));
}

}  // namespace

std::vector<std::string> name_words(std::string_view name) {
    std::vector<std::string> out;
    for (const auto at : beginnings(name, bounds::listed_words)) out.push_back(listed(name, at));
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
}

std::string first_word(std::string_view q) {
    const auto at = beginnings(q, 1);
    return at.empty() ? std::string() : listed(q, at.front());
}

bool name_begins(std::string_view name, std::string_view q) {
    const auto in = folded(name), wanted = folded(q);
    const auto first = beginnings(wanted, 1);
    if (first.empty()) return in.find(wanted) != std::string::npos;
    const auto before = first.front();  // what stands before the first word
    const auto at = beginnings(in, bounds::listed_words);
    return std::any_of(at.begin(), at.end(), [&](std::size_t i) { return i >= before && in.compare(i - before, wanted.size(), wanted) == 0; });
}

}  // namespace tollgate
