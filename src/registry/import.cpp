// Moving tokens in and out: lines of JSON into changes of many records, records into pages, the store into a copy.
#include "tollgate/registry/import.hpp"

#include "grant_codec.hpp"
#include "import_line.hpp"
#include "keys.hpp"
#include "plain_text.hpp"
#include "registry_impl.hpp"

#include "tollgate/base/bounds.hpp"
#include "tollgate/codec/records.hpp"
#include "tollgate/model/token_id.hpp"

#include <fmt/format.h>
#include <boost/unordered/unordered_flat_map.hpp>

#include <algorithm>
#include <array>
#include <memory>
#include <span>
#include <tuple>

namespace tollgate {
namespace {

using digest_lines = boost::unordered_flat_map<digest, std::size_t, std::hash<digest>>;

struct wanted_token {
    std::size_t line = 0;
    std::shared_ptr<token> record;  // until its change takes it
};

bool share_a_digest(const token& a, const token& b) {
    return std::ranges::any_of(
        a.generations, [&](const auto& g) { return std::ranges::find(b.generations, g.digest, &token_generation::digest) != b.generations.end(); });
}

std::string who_has(const token& t) { return fmt::format("belongs to the token `{}` of {} ({}) already", printable(t.name), t.api, t.id); }

// Asks for a page of randomness at a time: ids of a batch, and nothing that is secret.
class random_in_pages final : public random_source {
 public:
    explicit random_in_pages(random_source& from) : from_(from) {}
    void fill(std::span<std::uint8_t> out) override {
        for (auto& byte : out) {
            if (at_ == page_.size()) {
                from_.fill(page_);
                at_ = 0;
            }
            byte = page_[at_++];
        }
    }

 private:
    random_source& from_;
    std::array<std::uint8_t, 2000> page_{};
    std::size_t at_ = page_.size();
};

// One change of up to bounds::change_puts new tokens.
change change_of(std::span<wanted_token> tokens, const caller& who, timestamp at) {
    change c;
    json::array ids;
    ids.reserve(tokens.size());
    c.puts.reserve(tokens.size());
    c.conditions.reserve(tokens.size());
    for (auto& t : tokens) {
        const auto key = token_key(t.record->id);
        ids.emplace_back(t.record->id);
        c.puts.push_back({key, json_text(*t.record), t.record});
        c.conditions.push_back({key, std::nullopt});
    }
    const auto& first = *tokens.front().record;
    const bool one_api = std::ranges::all_of(tokens, [&](const auto& t) { return t.record->api == first.api; });
    c.event = {at, who.actor, {}, who.from, "token.import", one_api ? first.api : "", tokens.size() == 1 ? first.id : "",
        serialize(json::object{{"before", nullptr}, {"after", json::object{{"tokens", std::move(ids)}}}})};
    return c;
}

}  // namespace

// The lines of one call on their way into the store.
class registry::importer {
 public:
    importer(const impl& in, const import_options& how, const caller& who) : in_(in), how_(how), who_(who), random_(in.deps.random) {}

    result<import_report> run(std::string_view lines) {
        const auto now = in_.deps.time.now();
        for (std::size_t number = 1; !lines.empty(); ++number) {
            auto line = lines.substr(0, lines.find('\n'));
            lines.remove_prefix(std::min(lines.size(), line.size() + 1));
            if (line.ends_with('\r')) line.remove_suffix(1);
            if (line.find_first_not_of(" \t") == std::string_view::npos) continue;
            if (auto taken = take(number, line, now); !taken) return taken.error();
        }
        if (how_.dry_run) report_.imported = wanted_.size();
        else if (auto done = commit(now); !done) return done.error();
        std::ranges::sort(report_.problems, [](const auto& a, const auto& b) { return std::tie(a.line, a.field) < std::tie(b.line, b.field); });
        return std::move(report_);
    }

 private:
    void wrong(std::size_t line, std::string field, std::string what) { report_.problems.push_back({line, std::move(field), std::move(what)}); }

    result<void> take(std::size_t number, std::string_view line, timestamp now) {
        std::vector<field_problem> problems;
        auto read = read_import_line(line, how_, now, problems);
        for (auto& p : problems) wrong(number, std::move(p.field), std::move(p.what));
        if (!read) return {};
        for (const auto& key : read->digests) {
            const auto [at, fresh] = here_.emplace(key, number);
            if (fresh) continue;
            wrong(number, "digest", fmt::format("is line {}'s already: a digest belongs to one token", at->second));
            return {};
        }
        const auto known = there(number, *read);
        if (!known) return known.error();
        if (*known) return {};
        if (read->record.id.empty()) read->record.id = token_id::make(read->record.created_at, random_).text();
        wanted_.push_back({number, std::make_shared<token>(std::move(read->record))});
        return {};
    }

    // Whether the store has it already, or something else that bars it (which is noted).
    result<bool> there(std::size_t number, const import_line& line) {
        const auto& t = line.record;
        if (!t.id.empty()) {
            const auto same_id = in_.find(t.id);
            if (!same_id && same_id.error().kind != errc::not_found) return same_id.error();
            if (same_id) return settle(number, "id", *same_id, same_id->api == t.api && share_a_digest(*same_id, t));
        }
        for (const auto& key : line.digests) {
            const auto owner = owner_of(key);
            if (!owner) return owner.error();
            if (!*owner) continue;
            const auto& other = **owner;
            return settle(number, "digest", other, t.id.empty() && other.api == t.api && other.name == t.name);
        }
        return false;
    }
    bool settle(std::size_t number, const char* field, const token& found, bool same) {
        if (same) ++report_.unchanged;
        else wrong(number, field, who_has(found));
        return true;
    }

    result<std::optional<token>> owner_of(const digest& key) const {
        if (!in_.known->maybe(key)) return std::optional<token>();
        const auto row = in_.db->get(families::index, digest_key(key));
        if (!row) return row.error();
        if (!*row) return std::optional<token>();
        const auto g = decode_grant(**row);
        if (!g) return g.error();
        auto found = in_.find(g->id.text());
        if (!found) return found.error();
        return std::optional<token>(std::move(*found));
    }

    result<void> commit(timestamp now) {
        std::vector<change> changes;
        const auto parts = [&](std::size_t i) {
            const auto from = i * bounds::change_puts;
            return std::span(wanted_).subspan(from, std::min(bounds::change_puts, wanted_.size() - from));
        };
        for (std::size_t i = 0; i * bounds::change_puts < wanted_.size(); ++i) changes.push_back(change_of(parts(i), who_, now));
        const auto answers = in_.ledger->commit_each(std::move(changes));
        for (std::size_t i = 0; i < answers.size(); ++i) {
            const auto part = parts(i);
            if (answers[i]) {
                report_.imported += part.size();
                continue;
            }
            const auto kind = answers[i].error().kind;
            if (kind != errc::exists && kind != errc::conflict) return answers[i].error();
            for (const auto& t : part) wrong(t.line, "", "somebody else took its id, or one beside it, in this moment: import the file again");
        }
        return {};
    }

    const impl& in_;
    const import_options& how_;
    const caller& who_;
    random_in_pages random_;
    import_report report_;
    digest_lines here_;
    std::vector<wanted_token> wanted_;
};

result<import_report> registry::import_lines(std::string_view lines, const import_options& how, const caller& who) {
    return importer(*impl_, how, who).run(lines);
}

result<export_page> registry::export_records(std::string_view api, const std::string& cursor) const {
    if (!cursor.empty() && !token_id::parse(cursor)) return failure{errc::invalid, "cursor: not one that an earlier page gave"};
    export_page page;
    result<void> good;
    std::string last;
    std::size_t looked_at = 0;
    const auto from = cursor.empty() ? std::string(token_prefix) : token_key(cursor) + '\0';
    const auto scanned = impl_->ledger->scan(token_prefix, from, [&](std::string_view key, revision, std::string_view text) {
        if (looked_at == bounds::export_rows) {
            page.next_cursor = last;
            return false;
        }
        ++looked_at;
        last = key.substr(token_prefix.size());
        boost::system::error_code failed;
        auto record = json::parse(text, failed);
        if (failed || !record.is_object()) good = failure{errc::corrupt, fmt::format("the record of {} cannot be read", last)};
        else if (api.empty() || record.get_object()["api"] == json::value(api)) {
            record.get_object().erase("revision");  // of this store alone
            page.records.push_back(tollgate::serialize(record));
        }
        return good.has_value();
    });
    if (!scanned) return scanned.error();
    if (!good) return good.error();
    return page;
}

}  // namespace tollgate
