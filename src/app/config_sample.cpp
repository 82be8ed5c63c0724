// The sample file, from the same table as the parser: a key that exists is in it, with its default and its meaning.
#include "app/config_api.hpp"
#include "app/config_table.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tollgate {
namespace {

// Comments stand in one column where the value leaves room.
constexpr std::size_t comment_column = 34;

std::string line(std::string_view indent, std::string_view key, std::string_view value, std::string_view doc) {
    auto text = fmt::format("{}{}: {}", indent, key, value);
    if (text.size() + 2 < comment_column) text.resize(comment_column - 2, ' ');
    return fmt::format("{}  # {}\n", text, doc);
}

// Each line, from its `column` on.
std::string commented(const std::string& text, std::size_t column = 0) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const auto end = text.find('\n', at) + 1;
        out += text.substr(at, column) + "#" + text.substr(at + column, end - at - column);
        at = end;
    }
    return out;
}

void write_keys(std::string& out, const config_section& section, const std::string& indent) {
    for (const auto& key : section.keys) {
        if (key.read == nullptr) continue;
        if (key.section != nullptr) {
            std::string text = fmt::format("{}{}:  # {}\n", indent, key.name, key.doc);
            const auto first = text.size() + indent.size() + 2;
            write_keys(text, *key.section, indent + (key.items ? "    " : "  "));
            if (key.items) text.replace(first, 2, "- ");
            out += key.optional ? commented(text, indent.size()) : text;
        } else {
            out += line(indent, key.name, key.fallback.empty() ? key.example : key.fallback, key.doc);
        }
    }
}

// The keys of one item of a list: the first begins with a dash.
std::string item_of(const config_section& section) {
    std::string out;
    write_keys(out, section, "    ");
    out.replace(2, 2, "- ");
    return out;
}

std::string not_enforced(const config_section& section, const std::string& path) {
    std::string out;
    for (const auto& key : section.keys) {
        const auto name = path.empty() ? std::string(key.name) : path + "." + std::string(key.name);
        if (key.read == nullptr) out += fmt::format("#   {}: {}\n", name, key.doc);
        if (key.section != nullptr) out += not_enforced(*key.section, name + (key.items ? "[]" : ""));
    }
    return out;
}

}  // namespace

std::string sample_config() {
    std::string out =
        "# Tollgate's configuration: every key with its default. Made by `tollgate config --sample`; do not edit by hand.\n"
        "# Durations: 250ms, 10s, 24h, 15d. Sizes: 100, 32KiB, 64MiB, 1GiB. Relative paths are relative to this file.\n";
    for (const auto& key : config_root().keys) {
        if (key.read == nullptr) continue;
        out += fmt::format("\n# {}.\n", key.doc);
        if (key.section == nullptr) {
            out += fmt::format("{}: {}\n", key.name, key.fallback);
        } else if (key.name == "apis") {  // no default stands for an API: all of it is an example
            out += "apis: []\n#apis:\n" + commented(item_of(*key.section));
        } else if (key.items) {
            out += fmt::format("{}:\n{}", key.name, item_of(*key.section));
        } else {
            auto text = fmt::format("{}:\n", key.name);
            write_keys(text, *key.section, "  ");
            out += key.optional ? commented(text) : text;
        }
    }
    out += "\n# Known, but not in this build, which refuses them rather than pretend:\n" + not_enforced(config_root(), "");
    return out;
}

}  // namespace tollgate
