#include "import_line.hpp"

#include "draft.hpp"
#include "plain_text.hpp"

#include "tollgate/base/bounds.hpp"
#include "tollgate/codec/described.hpp"
#include "tollgate/codec/digest_text.hpp"
#include "tollgate/codec/document.hpp"
#include "tollgate/codec/text.hpp"
#include "tollgate/model/token_id.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace tollgate {
namespace {

const std::vector<std::string_view>& known_members() {
    static const auto names = [] {
        std::vector<std::string_view> out{"digest", "hint"};
        boost::mp11::mp_for_each<boost::describe::describe_members<token, boost::describe::mod_public>>(
            [&](auto member) { out.emplace_back(member.name); });
        return out;
    }();
    return names;
}

const token_format* find_format(const api& of, std::string_view pattern) {
    for (const auto* formats : {&of.rules.foreign, &of.rules.foreign_after_pipe})
        for (const auto& f : *formats)
            if (f.pattern() == pattern) return &f;
    return nullptr;
}

std::string patterns_of(const api& of) {
    std::vector<std::string_view> out;
    for (const auto* formats : {&of.rules.foreign, &of.rules.foreign_after_pipe})
        for (const auto& f : *formats) out.emplace_back(f.pattern());
    return out.empty() ? std::string("none: add one to its contract") : fmt::format("{}", fmt::join(out, ", "));
}

// One line on its way to a record; each member reads some fields and notes what is wrong with them.
class line_reader {
 public:
    line_reader(const import_options& how, timestamp now, std::vector<field_problem>& problems) : how_(how), now_(now), problems_(problems) {}

    std::optional<import_line> read(std::string_view line) {
        if (!parse(line) || !read_api()) return std::nullopt;
        read_id();
        read_times();
        read_generations();
        read_rest();
        if (!problems_.empty()) return std::nullopt;
        return std::move(out_);
    }

 private:
    void wrong(std::string_view field, std::string what) { problems_.push_back({std::string(field), std::move(what)}); }
    bool refuse(std::string_view field, std::string what) {
        wrong(field, std::move(what));
        return false;
    }
    [[nodiscard]] bool has(std::string_view name) const { return in_.get_object().contains(name); }

    bool parse(std::string_view line) {
        if (line.size() > bounds::import_line_bytes) return refuse("", fmt::format("at most {} bytes a line", bounds::import_line_bytes));
        boost::system::error_code failed;
        in_ = json::parse(line, failed, &memory_);
        if (failed || !in_.is_object()) return refuse("", "is not a JSON object: write one object a line, as `tollgate export` does");
        for (const auto& m : in_.get_object()) refuse_unknown(m.key());
        // A member of the wrong type is named by the description's own reader: "scopes: not a list".
        if (const auto read = from_json_value(in_, out_.record); !read) {
            const auto colon = read.error().what.find(": ");
            wrong(std::string_view(read.error().what).substr(0, colon), "is " + read.error().what.substr(colon + 2));
        }
        return problems_.empty();
    }
    void refuse_unknown(std::string_view name) {
        const auto& known = known_members();
        if (std::ranges::find(known, name) != known.end()) return;
        const auto near = nearest(name, known);
        if (name == "token" || name == "secret") return wrong(name, "texts of tokens are not imported: write `digest`, the SHA-256 of the text");
        wrong(printable(name), near.empty() ? "is not known here: leave it out" : fmt::format("is not known here: did you mean {}?", near));
    }

    bool read_api() {
        auto& name = out_.record.api;
        if (name.empty()) name = how_.api;
        if (name.empty()) return refuse("api", "is missing: name the API that the token is for, here or with --api");
        of_ = how_.book->by_name(name);
        if (of_ == nullptr) return refuse("api", fmt::format("no API `{}`", printable(name)));
        if (name != how_.barred_api) return true;
        return refuse("api", "tokens that manage the gateway are imported by its operator alone, over the socket");
    }

    void read_id() {
        if (!out_.record.id.empty() && !token_id::parse(out_.record.id)) wrong("id", "is no id of ours: leave it out, and one is made");
    }

    void read_times() {
        auto& r = out_.record;
        if (r.created_at.us < 0) wrong("created_at", "lies before 1970");
        if (!has("created_at")) r.created_at = now_;
        if (r.state == token_state::revoked && !r.revoked_at) r.revoked_at = now_;
        if (r.state == token_state::disabled && !r.disabled_at) r.disabled_at = now_;
        r.revision = 0;
        if (r.epoch == 0) wrong("epoch", "counts from 1");
    }

    // A foreign key has one secret, whose digest stands in the line itself.
    void read_generations() {
        auto& list = out_.record.generations;
        if (has("digest") && has("generations")) return wrong("digest", "give `digest` or `generations`, not both");
        if (has("digest")) return read_foreign();
        if (has("hint")) wrong("hint", "stands in `generations`, or beside a `digest`");
        if (list.empty()) return wrong("generations", "is missing: a record of an export has it; a key from elsewhere has a `digest`");
        std::uint32_t before = 0;
        for (std::size_t i = 0; i < list.size(); ++i) {
            auto& g = list[i];
            const auto at = fmt::format("generations[{}]", i);
            if (g.number <= before) wrong(at + ".number", "must rise from one generation to the next");
            before = g.number;
            if (g.created_at.us == 0) g.created_at = out_.record.created_at;
            add_digest(at + ".digest", g.digest);
            check_hint(at + ".hint", g.hint);
        }
    }
    void read_foreign() {
        const auto* format = find_format(*of_, how_.format);
        if (how_.format.empty()) wrong("digest", fmt::format("needs --format, which says what the texts look like: one of {}", patterns_of(*of_)));
        else if (format == nullptr)
            wrong("digest",
                fmt::format("the contract of `{}` has no format `{}`: write --format with one of {}", of_->name, how_.format, patterns_of(*of_)));
        token_generation g;
        g.created_at = out_.record.created_at;
        const auto text = [&](std::string_view name) {
            const auto* found = in_.get_object().if_contains(name);
            return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
        };
        g.digest = text("digest");
        g.hint = text("hint");
        if (g.hint.empty()) g.hint = how_.format.substr(0, how_.format.find('{')) + "…";
        add_digest("digest", g.digest);
        check_hint("hint", g.hint);
        out_.record.generations.push_back(std::move(g));
    }
    void add_digest(std::string_view field, std::string& hexadecimal) {
        std::transform(hexadecimal.begin(), hexadecimal.end(), hexadecimal.begin(), lower);
        const auto key = parse_digest(hexadecimal);
        if (!key) return wrong(field, "must be 64 hexadecimal digits, the SHA-256 of the text; the text itself is never imported");
        if (std::ranges::find(out_.digests, *key) != out_.digests.end()) return wrong(field, "stands twice");
        out_.digests.push_back(*key);
    }
    void check_hint(std::string_view field, const std::string& hint) {
        if (hint.empty() || hint.size() > bounds::hint_bytes || !is_plain_text(hint))
            wrong(field, fmt::format("must be 1 to {} bytes of text: a beginning and at most four characters of the end", bounds::hint_bytes));
    }

    // What a new token is asked, too. Its answer is the contract's: an audience follows from the kind, and the like.
    void read_rest() {
        auto& r = out_.record;
        create_token wish;
        wish.name = r.name;
        wish.kind = r.kind;
        wish.audience = r.audience;
        wish.environment = r.environment;
        wish.tenant = r.tenant;
        wish.owner = r.owner;
        wish.allowed_ips = r.allowed_ips;
        const bool whole = r.full_access || !has("scopes");
        if (whole && !r.scopes.empty()) wrong("full_access", "reaches everything: leave `scopes` out, or this");
        wish.scopes = r.scopes;
        if (whole && !of_->catalogue.empty()) wish.scopes = {of_->catalogue.front().name};  // only so that it has some
        const auto plan = read_wish(*of_, wish, now_, problems_);
        if (!plan) return;
        r.kind = plan->record.kind;
        r.audience = plan->record.audience;
        r.environment = plan->record.environment;
        r.allowed_ips = plan->record.allowed_ips;
        if (r.version.empty()) r.version = plan->record.version;
        r.full_access = whole && !of_->catalogue.empty();  // without scopes there is nothing that it could reach besides
        r.scopes = r.full_access ? std::vector<std::string>{} : plan->record.scopes;
    }

    const import_options& how_;
    const timestamp now_;
    std::vector<field_problem>& problems_;
    unsigned char room_[4096];
    json::monotonic_resource memory_{room_, sizeof room_};  // a line's values end with it
    json::value in_ = json::value(json::storage_ptr(&memory_));  // an object, once it has been read
    const api* of_ = nullptr;
    import_line out_;
};

}  // namespace

std::optional<import_line> read_import_line(std::string_view line, const import_options& how, timestamp now, std::vector<field_problem>& problems) {
    problems.clear();
    return line_reader(how, now, problems).read(line);
}

}  // namespace tollgate
