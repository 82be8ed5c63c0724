// The key `console:` of a contract: what its screens are called.

#include "rules/contract_reader.hpp"
#include "tollgate/rules/console_words.hpp"

#include <fmt/format.h>

namespace tollgate {

namespace {

constexpr std::size_t kPhraseBytes = 400;
constexpr std::size_t kPathParts = 4;

std::optional<std::string> read_phrase(contract_reader& reader, const place& at) {
    auto text = reader.text(at);
    if (text && text->size() > kPhraseBytes) {
        reader.error(at, fmt::format("is too long for a screen: write {} bytes at most", kPhraseBytes));
        return std::nullopt;
    }
    return text;
}

const std::vector<std::string_view>& phrases() {
    static const std::vector<std::string_view> names{
        "token", "create", "submit", "rename", "revoke", "kind", "scopes", "addresses", "select_all", "shown_once", "revoke_warning"};
    return names;
}

}  // namespace

console_words read_console_words(const document& contract, problem_list& problems) {
    console_words out;
    contract_reader reader(contract.file, problems);
    const auto at = reader.member({&contract.root, "$"}, "console");
    auto known = phrases();
    known.push_back("path");
    known.push_back("begins");
    if (!at || !reader.mapping(at, known)) return out;
    if (const auto path = reader.member(at, "path"); path && reader.sequence(path)) {
        for (const auto& item : reader.items(path))
            if (auto part = read_phrase(reader, item)) out.path.push_back(std::move(*part));
        if (out.path.size() > kPathParts) reader.error(path, fmt::format("has too many parts: write {} at most", kPathParts));
    }
    if (const auto begins = reader.member(at, "begins")) {
        const auto where = reader.text(begins);
        if (where == "account" || where == "navigation") out.phrases.emplace_back("begins", *where);
        else if (where) reader.error(begins, "must be account (the menu behind the user's name) or navigation");
    }
    for (const auto name : phrases())
        if (auto text = read_phrase(reader, reader.member(at, name))) out.phrases.emplace_back(name, std::move(*text));
    return out;
}

}  // namespace tollgate
