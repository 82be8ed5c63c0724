// The keys `problems:` and `refusals:` of a contract: how its refusals are worded.

#include "rules/contract_reader.hpp"
#include "rules/problem_document.hpp"
#include "tollgate/codec/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace tollgate {

namespace {

std::vector<std::string> read_fields(contract_reader& reader, const place& at) {
    const std::vector<std::string_view> known(problem_fields.begin(), problem_fields.end());
    std::vector<std::string> out;
    if (!reader.sequence(at)) return out;
    for (const auto& item : reader.items(at)) {
        if (!item) reader.error(item, "must be the name of a problem document's member");
        const auto chosen = reader.choice(item, known);
        if (!chosen) continue;
        if (std::find(out.begin(), out.end(), known[*chosen]) != out.end()) reader.error(item, fmt::format("`{}` is there already", known[*chosen]));
        out.emplace_back(known[*chosen]);
    }
    if (at.at->items().empty()) reader.error(at, "a problem document has members: leave `fields` out for the usual ones");
    return out;
}

problem_style read_style(contract_reader& reader, const place& at) {
    problem_style out;
    if (!reader.mapping(at, {"type", "problem", "fields"})) return out;
    out.given = true;
    out.type = reader.text(reader.member(at, "type")).value_or(out.type);
    out.problem = reader.text(reader.member(at, "problem")).value_or(out.problem);
    out.fields = read_fields(reader, reader.member(at, "fields"));
    return out;
}

problem_words read_words(contract_reader& reader, const place& at) {
    problem_words out;
    if (!at) return out;
    if (!at.at->is_mapping()) {
        reader.error(at, "must be a mapping: write `{ problem: …, title: … }`");
        return out;
    }
    const std::vector<std::pair<std::string_view, std::optional<std::string>*>> texts{
        {"type", &out.type}, {"title", &out.title}, {"detail", &out.detail}, {"instance", &out.instance}, {"problem", &out.problem}};
    for (const auto& [key, value] : at.at->members()) {
        const auto known = std::find_if(texts.begin(), texts.end(), [&](const auto& t) { return t.first == key; });
        if (known != texts.end()) *known->second = reader.text(reader.member(at, key));
        else if (key == "fields") out.fields = read_fields(reader, reader.member(at, key));
        else if (std::find(problem_fields.begin(), problem_fields.end(), key) == problem_fields.end()) out.extras.emplace_back(key, value);
        else reader.error(reader.member(at, key), fmt::format("`{}` is filled in by the gateway: name it in `fields` instead", key));
    }
    return out;
}

std::optional<unsigned> read_status(contract_reader& reader, const place& at) {
    if (!at) return std::nullopt;
    const auto value = at.at->as_integer();
    if (value && *value >= 400 && *value <= 599) return static_cast<unsigned>(*value);
    reader.error(at, "the status of a refusal is a number from 400 to 599");
    return std::nullopt;
}

bool is_field_name(std::string_view name) {
    const auto allowed = [](char c) { return c > 0x20 && c < 0x7f && std::string_view("\"(),/:;<=>?@[\\]{}").find(c) == std::string_view::npos; };
    return !name.empty() && std::all_of(name.begin(), name.end(), allowed);
}

bool is_visible(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; });
}

void read_headers(contract_reader& reader, const place& at, const settled_names& names, wording& out) {
    if (!at) return;
    if (!at.at->is_mapping()) return reader.error(at, "must be a mapping: write `Name: value`");
    for (const auto& [name, value] : at.at->members()) {
        const place here{&value, path_member(at.path, name)};
        const auto text = reader.text(here);
        if (!is_field_name(name)) reader.error(here, fmt::format("`{}` cannot be the name of a header", name));
        else if (is_gateways_own(name)) reader.error(here, fmt::format("`{}` is written by the gateway: remove it", name));
        else if (text && !is_visible(*text)) reader.error(here, "a header's value holds no control characters");
        if (!text) continue;
        wording_pieces pieces;
        if (auto done = append_text(pieces, *text, names, text_use::plain); !done) reader.error(here, done.error().what);
        out.headers.emplace_back(name, std::move(pieces));
    }
}

// What a client chose, in a text that is no plain text, could be markup.
bool echoes_client(const wording& w) {
    return std::any_of(
        w.body.begin(), w.body.end(), [](const auto& p) { return p.filled == placeholder::instance || p.filled == placeholder::method; });
}

void read_content_type(contract_reader& reader, const place& at, wording& out) {
    const auto text = reader.text(at);
    if (!text) return;
    if (!is_visible(*text) || text->find('/') == std::string::npos) return reader.error(at, "must be a media type, as in application/json");
    if (!out.json && !text->starts_with("text/plain") && echoes_client(out))
        return reader.error(at, "{instance} and {method} may only stand in JSON or text/plain: the caller chooses what they say");
    out.content_type = *text;
}

// Reads one refusal of a contract over its default.
class refusal_reader {
 public:
    refusal_reader(contract_reader& reader, const problem_style& style, refusal why) : reader_(reader), style_(style), why_(why) {}

    // Without a place: the style's own wording.
    wording read(const place& at) {
        wording out;
        out.title = default_title(why_);
        out.status = default_status(why_);
        if (at && reader_.mapping(at, {"status", "json", "problem", "text", "content_type", "headers"})) read_given(at, out);
        else compile_as_problem(at, {}, out);
        return out;
    }

 private:
    void read_given(const place& at, wording& out) {
        out.status = read_status(reader_, reader_.member(at, "status")).value_or(out.status);
        const place json{at.at->find("json"), path_member(at.path, "json")};  // null is a value here
        const auto text = reader_.member(at, "text"), problem = reader_.member(at, "problem");
        if (int{json.at != nullptr} + int{bool(text)} + int{bool(problem)} > 1)
            return reader_.error(at, "a refusal has one body: write one of json, problem and text");
        if (json.at != nullptr) compile_as_json(json, out);
        else if (text) compile_as_text(text, out);
        else compile_as_problem(problem ? problem : at, read_words(reader_, problem), out);
        read_content_type(reader_, reader_.member(at, "content_type"), out);
        read_headers(reader_, reader_.member(at, "headers"), names(out), out);
    }

    [[nodiscard]] settled_names names(const wording& w) const { return {to_string(why_), w.status, w.title, {}}; }

    void compile_as_json(const place& at, wording& out) {
        out.content_type = "application/json";
        if (auto done = append_json(out.body, *at.at, names(out)); !done) reader_.error(at, done.error().what);
    }

    void compile_as_text(const place& at, wording& out) {
        out.content_type = "text/plain; charset=utf-8";
        out.json = false;
        const auto text = reader_.text(at);
        if (!text) return;
        if (auto done = append_text(out.body, *text, names(out), text_use::plain); !done) reader_.error(at, done.error().what);
    }

    void compile_as_problem(const place& at, const problem_words& words, wording& out) {
        out.content_type = "application/problem+json";
        auto body = compile_problem(style_, words, to_string(why_), out.status, out.title);
        if (body) out.body = std::move(*body);
        else reader_.error(at, body.error().what);
    }

    contract_reader& reader_;
    const problem_style& style_;
    refusal why_;
};

constexpr std::string_view kDefault = "default";  // words every reason that is not named

std::vector<std::string_view> refusal_keys() {
    std::vector<std::string_view> out;
    for (std::size_t i = 0; i < refusal_count; ++i) out.push_back(to_string(static_cast<refusal>(i)));
    out.push_back(kDefault);
    return out;
}

// A mistake in `problems:` or `default:` would show up once a reason; once is enough.
bool style_compiles(contract_reader& reader, const place& at, const problem_style& style) {
    std::string title = "-";
    const auto body = compile_problem(style, {}, "reason", 400, title);
    if (!body) reader.error(at, body.error().what);
    return body.has_value();
}

bool default_compiles(contract_reader& reader, const place& at, const problem_style& style) {
    const auto before = reader.errors();
    if (const auto status = reader.member(at, "status")) reader.error(status, "reasons that are not named keep their own statuses: remove it");
    (void)refusal_reader(reader, style, refusal::bad_request).read(at);
    return reader.errors() == before;
}

}  // namespace

bool is_gateways_own(std::string_view name) {
    constexpr std::array<std::string_view, 10> own{"Connection", "Content-Length", "Content-Type", "Date", "Keep-Alive", "Retry-After", "Trailer",
        "Transfer-Encoding", "Upgrade", "WWW-Authenticate"};
    return std::any_of(own.begin(), own.end(), [name](std::string_view o) { return equal_ignoring_case(name, o); });
}

void read_wordings(contract_reader& reader, const place& root, contract& out) {
    const auto problems = reader.member(root, "problems"), refusals = reader.member(root, "refusals");
    const auto style = read_style(reader, problems);
    if (!style_compiles(reader, problems, style)) return;
    if (refusals && !reader.mapping(refusals, refusal_keys())) return;
    const auto others = reader.member(refusals, kDefault);
    const bool words_others = (others || style.given) && default_compiles(reader, others, style);
    for (std::size_t i = 0; i < refusal_count; ++i) {
        const auto why = static_cast<refusal>(i);
        const auto named = reader.member(refusals, to_string(why));
        if (named || words_others) out.words.set(why, refusal_reader(reader, style, why).read(named ? named : others));
    }
    if (!reader.member(refusals, to_string(refusal::disabled_token)))  // T-3
        out.words.set(refusal::disabled_token, out.words.of(refusal::invalid_token));
}

}  // namespace tollgate
