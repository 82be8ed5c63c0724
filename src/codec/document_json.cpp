// A strict JSON reader (RFC 8259) that keeps lines: quick enough for documents of many megabytes.
#include "tollgate/base/bounds.hpp"

#include "codec/document_readers.hpp"

#include <fmt/format.h>

namespace tollgate::document_readers {

namespace {

// Where the reader is, as a list from the innermost step outwards; it lives on the reader's own stack.
struct step {
    const step* outer = nullptr;
    std::string_view key;
    std::size_t index = 0;
    bool member = false;
};

std::string path_of(const step* at) {
    if (at == nullptr) return "$";
    const auto base = path_of(at->outer);
    return at->member ? path_member(base, at->key) : path_item(base, at->index);
}

void write_utf8(std::uint32_t point, std::string& out) {
    const auto put = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
    if (point < 0x80) {
        put(point);
    } else if (point < 0x800) {
        put(0xC0 | point >> 6);
        put(0x80 | (point & 0x3F));
    } else if (point < 0x10000) {
        put(0xE0 | point >> 12);
        put(0x80 | (point >> 6 & 0x3F));
        put(0x80 | (point & 0x3F));
    } else {
        put(0xF0 | point >> 18);
        put(0x80 | (point >> 12 & 0x3F));
        put(0x80 | (point >> 6 & 0x3F));
        put(0x80 | (point & 0x3F));
    }
}

class json_reader {
 public:
    json_reader(const std::string& file, std::string_view text, problem_list& problems) : file_(file), text_(text), problems_(problems) {}

    std::optional<node> read() {
        node root;
        skip_space();
        if (!read_value(root, nullptr, 0, 0)) return std::nullopt;
        skip_space();
        if (at_ != text_.size()) {
            fail(nullptr, "text after the end of the JSON value; remove it");
            return std::nullopt;
        }
        return root;
    }

 private:
    bool fail(const step* where, std::string what) { return fail_in_line(where, std::move(what), line_); }
    bool fail_in_line(const step* where, std::string what, int line) {
        problems_.add({problem::level::error, file_, line, path_of(where), std::move(what)});
        return false;
    }

    // What stands here, for a sentence.
    [[nodiscard]] std::string here() const {
        if (at_ >= text_.size()) return "the end of the file";
        const auto c = static_cast<unsigned char>(text_[at_]);
        return c > 0x20 && c < 0x7F ? fmt::format("'{}'", static_cast<char>(c)) : fmt::format("byte 0x{:02X}", c);
    }

    [[nodiscard]] bool next_is(char c) const noexcept { return at_ < text_.size() && text_[at_] == c; }
    bool take(char c) noexcept {
        if (!next_is(c)) return false;
        ++at_;
        return true;
    }

    void skip_space() noexcept {
        for (; at_ < text_.size(); ++at_) {
            const char c = text_[at_];
            if (c == '\n') ++line_;
            else if (c != ' ' && c != '\t' && c != '\r') return;
        }
    }

    // `key_line`: line of the key in front of the value; 0: none.
    bool read_value(node& out, const step* where, int key_line, std::size_t depth) {
        if (depth > bounds::document_depth) return fail(where, fmt::format("nested deeper than {} levels", bounds::document_depth));
        if (++nodes_ > node_limit) return fail(where, fmt::format("more than {} values in one document", node_limit));
        if (at_ >= text_.size()) return fail(where, "a value is missing: the file ends here");
        const int line = key_line != 0 ? key_line : line_;
        switch (text_[at_]) {
            case '{': return read_object(out, where, line, depth);
            case '[': return read_array(out, where, line, depth);
            case '"': return read_string_value(out, where);
            case 't': return read_word(out, where, "true", node::make_bool(true, line_));
            case 'f': return read_word(out, where, "false", node::make_bool(false, line_));
            case 'n': return read_word(out, where, "null", node::make_null(line_));
            default: return read_number(out, where);
        }
    }

    bool read_word(node& out, const step* where, std::string_view word, node value) {
        if (text_.substr(at_, word.size()) != word) return fail(where, fmt::format("not a JSON value; did you mean '{}'?", word));
        at_ += word.size();
        out = std::move(value);
        return true;
    }

    bool read_number(node& out, const step* where) {
        const auto end = std::min(text_.find_first_not_of("+-.0123456789eE", at_), text_.size());
        const auto number = text_.substr(at_, end - at_);
        if (number.empty()) return fail(where, fmt::format("expected a JSON value, found {}", here()));
        bool integer = false;
        if (!is_json_number(number, integer)) return fail(where, fmt::format("'{}' is not a JSON number", number.substr(0, 40)));
        at_ = end;
        out = node::make_number(std::string(number), integer, line_);
        return true;
    }

    bool read_string_value(node& out, const step* where) {
        std::string text;
        if (!read_string(text, where)) return false;
        out = node::make_string(std::move(text), line_);
        return true;
    }

    bool read_string(std::string& out, const step* where) {
        ++at_;
        for (;;) {
            const auto from = at_;
            while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\\' && static_cast<unsigned char>(text_[at_]) >= 0x20) ++at_;
            out.append(text_.substr(from, at_ - from));
            if (at_ >= text_.size()) return fail(where, "a string has no closing '\"'");
            if (take('"')) return true;
            if (text_[at_] != '\\') return fail(where, fmt::format("{} inside a string; write it as an escape, such as \\n", here()));
            if (!read_escape(out, where)) return false;
        }
    }

    bool read_escape(std::string& out, const step* where) {
        constexpr std::string_view letters = "\"\\/bfnrt";
        constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
        ++at_;
        if (take('u')) return read_unicode_escape(out, where);
        const auto which = at_ < text_.size() ? letters.find(text_[at_]) : letters.npos;
        if (which == letters.npos) return fail(where, fmt::format("unknown escape: '\\' before {}; write \\\\ for a backslash", here()));
        ++at_;
        out += meanings[which];
        return true;
    }

    bool read_unicode_escape(std::string& out, const step* where) {
        std::uint32_t point = 0;
        if (!read_four_hex(point)) return fail(where, "\\u wants four hexadecimal digits");
        if (point >= 0xDC00 && point <= 0xDFFF) return fail(where, "a low surrogate stands alone; write the pair");
        if (point >= 0xD800 && point <= 0xDBFF) {
            std::uint32_t low = 0;
            if (!take('\\') || !take('u') || !read_four_hex(low) || low < 0xDC00 || low > 0xDFFF)
                return fail(where, "a high surrogate without its low one; write the pair");
            point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
        }
        write_utf8(point, out);
        return true;
    }

    bool read_four_hex(std::uint32_t& out) noexcept {
        out = 0;
        for (int i = 0; i < 4; ++i, ++at_) {
            if (at_ >= text_.size()) return false;
            const char c = text_[at_];
            if (c >= '0' && c <= '9') out = out << 4 | static_cast<std::uint32_t>(c - '0');
            else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') out = out << 4 | static_cast<std::uint32_t>((c | 0x20) - 'a' + 10);
            else return false;
        }
        return true;
    }

    bool read_array(node& out, const step* where, int line, std::size_t depth) {
        out = node::make_sequence(line);
        ++at_;
        skip_space();
        if (take(']')) return true;
        for (std::size_t i = 0;; ++i) {
            const step inner{where, {}, i, false};
            node item;
            if (!read_value(item, &inner, 0, depth + 1)) return false;
            out.push(std::move(item));
            skip_space();
            if (take(']')) return true;
            if (!take(',')) return fail(where, fmt::format("expected ',' or ']' in a list, found {}", here()));
            skip_space();
            if (next_is(']')) return fail(where, "a comma before ']'; remove it");
        }
    }

    bool read_object(node& out, const step* where, int line, std::size_t depth) {
        out = node::make_mapping(line);
        std::vector<int> key_lines;
        ++at_;
        skip_space();
        if (take('}')) return true;
        for (;;) {
            if (!read_member(out, where, key_lines, depth)) return false;
            skip_space();
            if (take('}')) break;
            if (!take(',')) return fail(where, fmt::format("expected ',' or '}}' in an object, found {}", here()));
            skip_space();
            if (next_is('}')) return fail(where, "a comma before '}'; remove it");
        }
        for (const auto& [again, first] : repeated_keys(out.members())) {
            const auto& key = out.members()[again].first;
            const step inner{where, key, 0, true};
            fail_in_line(&inner, repeated_key_text(key, key_lines[first]), key_lines[again]);
        }
        return true;
    }

    bool read_member(node& out, const step* where, std::vector<int>& key_lines, std::size_t depth) {
        if (!next_is('"')) return fail(where, fmt::format("expected a key in double quotes, found {}", here()));
        std::string key;
        const int key_line = line_;
        if (!read_string(key, where)) return false;
        const step inner{where, key, 0, true};
        skip_space();
        if (!take(':')) return fail(&inner, fmt::format("expected ':' after the key, found {}", here()));
        skip_space();
        node value;
        if (!read_value(value, &inner, key_line, depth + 1)) return false;
        key_lines.push_back(key_line);
        out.append(std::move(key), std::move(value));
        return true;
    }

    const std::string& file_;
    std::string_view text_;
    problem_list& problems_;
    std::size_t at_ = 0;
    int line_ = 1;
    std::size_t nodes_ = 0;
};

}  // namespace

std::optional<node> read_json(const std::string& file, std::string_view text, problem_list& problems) {
    return json_reader(file, text, problems).read();
}

}  // namespace tollgate::document_readers
