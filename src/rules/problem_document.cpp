#include "rules/problem_document.hpp"

#include <algorithm>

namespace tollgate {

namespace {

result<void> append_string(wording_pieces& out, std::string_view text, const settled_names& names) {
    append_literal(out, "\"");
    if (auto done = append_text(out, text, names, text_use::json); !done) return done;
    append_literal(out, "\"");
    return {};
}

result<void> append_scalar(wording_pieces& out, const node& value, const settled_names& names) {
    if (!value.is_string()) {
        append_literal(out, value.to_json());
        return {};
    }
    if (value.text() == "{status}") {
        append_literal(out, std::to_string(names.status));
        return {};
    }
    if (value.text() == "{retry_after}") {
        append_placeholder(out, placeholder::retry_after);
        return {};
    }
    return append_string(out, value.text(), names);
}

class problem_compiler {
 public:
    problem_compiler(const problem_style& style, const problem_words& words, const settled_names& names) noexcept
        : style_(style), words_(words), names_(names) {}

    result<wording_pieces> run() {
        append_literal(out_, "{");
        const auto& chosen = words_.fields.empty() ? style_.fields : words_.fields;
        if (auto done = chosen.empty() ? generic_members() : listed_members(chosen); !done) return done.error();
        for (const auto& [key, value] : words_.extras) {
            begin_member(key);
            if (auto done = append_json(out_, value, names_); !done) return done.error();
        }
        append_literal(out_, "}");
        return std::move(out_);
    }

 private:
    void begin_member(std::string_view key) {
        append_literal(out_, first_ ? "" : ",");
        append_literal(out_, json_string(key));
        append_literal(out_, ":");
        first_ = false;
    }

    result<void> text_member(std::string_view key, std::string_view text) {
        begin_member(key);
        return append_string(out_, text, names_);
    }

    result<void> member(std::string_view key) {
        if (key == "type") return text_member(key, words_.type.value_or(style_.type));
        if (key == "title") return verbatim_member(key, names_.title);
        if (key == "detail") return text_member(key, words_.detail.value_or("{detail}"));
        if (key == "instance") return text_member(key, words_.instance.value_or("{instance}"));
        if (key == "problem") return verbatim_member(key, names_.problem);
        if (key == "reason") return verbatim_member(key, names_.reason);
        if (key != "status") return text_member(key, "{" + std::string(key) + "}");
        begin_member(key);
        append_literal(out_, std::to_string(names_.status));
        return {};
    }

    // Settled already: braces in it are no placeholders.
    result<void> verbatim_member(std::string_view key, std::string_view text) {
        begin_member(key);
        append_literal(out_, json_string(text));
        return {};
    }

    result<void> listed_members(const std::vector<std::string>& fields) {
        for (const auto& f : fields)
            if (auto done = member(f); !done) return done;
        return {};
    }

    result<void> generic_members() {
        if (auto done = listed_members({"type", "title", "status"}); !done) return done;
        if (!words_.detail) append_placeholder(out_, placeholder::detail_member);
        else if (auto done = member("detail"); !done) return done;
        if (words_.instance)
            if (auto done = member("instance"); !done) return done;
        return member(words_.problem || style_.given ? "problem" : "reason");
    }

    const problem_style& style_;
    const problem_words& words_;
    const settled_names& names_;
    wording_pieces out_;
    bool first_ = true;
};

// A text whose placeholders are all settled.
result<std::string> settle(std::string_view text, const settled_names& names) {
    wording_pieces pieces;
    if (auto done = append_text(pieces, text, names, text_use::plain); !done) return done.error();
    if (std::any_of(pieces.begin(), pieces.end(), [](const auto& p) { return p.filled != placeholder::none; }))
        return failure{errc::invalid, "only {reason} and {status} are known here"};
    return pieces.empty() ? std::string() : pieces.front().literal;
}

}  // namespace

result<void> append_json(wording_pieces& out, const node& value, const settled_names& names) {
    if (!value.is_mapping() && !value.is_sequence()) return append_scalar(out, value, names);
    const bool mapping = value.is_mapping();
    bool first = true;
    append_literal(out, mapping ? "{" : "[");
    for (const auto& [key, item] : value.members()) {
        append_literal(out, (first ? "" : ",") + json_string(key) + ":");
        first = false;
        if (auto done = append_json(out, item, names); !done) return done;
    }
    for (const auto& item : value.items()) {
        append_literal(out, first ? "" : ",");
        first = false;
        if (auto done = append_json(out, item, names); !done) return done;
    }
    append_literal(out, mapping ? "}" : "]");
    return {};
}

result<wording_pieces> compile_problem(
    const problem_style& style, const problem_words& words, std::string_view reason, unsigned status, std::string& title) {
    settled_names names{reason, status, title, {}};
    auto settled_title = words.title ? settle(*words.title, names) : result<std::string>(title);
    if (!settled_title) return settled_title.error();
    title = *settled_title;
    names.title = title;
    const auto problem = settle(words.problem.value_or(style.problem), names);
    if (!problem) return problem.error();
    names.problem = *problem;
    return problem_compiler(style, words, names).run();
}

}  // namespace tollgate
