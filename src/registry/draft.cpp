#include "draft.hpp"

#include "address_list.hpp"
#include "plain_text.hpp"

#include "tollgate/base/bounds.hpp"
#include "tollgate/codec/records.hpp"
#include "tollgate/codec/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace tollgate {
namespace {

constexpr std::size_t kIdentityBytes = 200;  // tenant and owner: they become header values

// One wish on its way to a record; each member reads some fields and notes what is wrong with them.
class reader {
 public:
    reader(const api& of, const create_token& wish, timestamp now, std::vector<field_problem>& problems)
        : of_(of), wish_(wish), now_(now), problems_(problems) {}

    // The parts of `wish_` that `given` names, over a record as it stands.
    token read_over(const token& was, const update_token& given) {
        out_.record = was;
        auto& record = out_.record;
        if (given.name) read_name();
        if (given.scopes) {
            record.full_access = false;
            record.scopes.clear();
            read_listed_scopes();
            if (wish_.scopes.empty() && of_.rules.scopes.required) wrong("scopes", "choose at least one scope");
        }
        if (given.allowed_ips) record.allowed_ips = read_address_list(*given.allowed_ips, problems_);
        if (!given.expires_in && !given.expires_at) return std::move(record);
        if (const auto* kind = of_.rules.find_kind(was.kind)) read_expiry(*kind);
        else wrong(given.expires_in ? "expires_in" : "expires_at", fmt::format("the contract has no kind \"{}\" any more", was.kind));
        return std::move(record);
    }

    draft read() {
        out_.record.api = of_.name;
        out_.record.created_at = now_;
        out_.record.version = of_.rules.versions.initial;
        read_name();
        read_kind();
        read_environment();
        read_identity("tenant", wish_.tenant, out_.record.tenant);
        read_identity("owner", wish_.owner, out_.record.owner);
        read_scopes();
        out_.record.allowed_ips = read_address_list(wish_.allowed_ips, problems_);
        if (out_.kind) read_expiry(*out_.kind);
        return std::move(out_);
    }

 private:
    void wrong(std::string field, std::string what) { problems_.push_back({std::move(field), std::move(what)}); }

    void read_name() {
        if (wish_.name.empty()) return wrong("name", "a token needs a name, so that people can tell it from others");
        if (wish_.name.size() > bounds::name_bytes) return wrong("name", fmt::format("at most {} bytes", bounds::name_bytes));
        if (!is_plain_text(wish_.name)) return wrong("name", "must be UTF-8 text without control characters");
        out_.record.name = wish_.name;
    }

    void read_kind() {
        const auto& kinds = of_.rules.kinds;
        const token_kind* chosen = wish_.kind.empty() ? of_kind_by_audience() : of_.rules.find_kind(wish_.kind);
        if (!wish_.kind.empty() && !chosen)
            return wrong("kind", fmt::format("\"{}\" is not a kind of token here; there is {}", wish_.kind, names_of(kinds, &token_kind::kind)));
        if (!chosen)
            return wrong(
                "audience", fmt::format("\"{}\" is not an audience here; there is {}", wish_.audience, names_of(kinds, &token_kind::audience)));
        if (!wish_.audience.empty() && wish_.audience != chosen->audience)
            return wrong("audience", fmt::format("tokens of kind \"{}\" are for the audience \"{}\"", chosen->kind, chosen->audience));
        out_.kind = chosen;
        out_.record.kind = chosen->kind;
        out_.record.audience = chosen->audience;
    }
    // Without a kind the audience says which; without either it is the first.
    const token_kind* of_kind_by_audience() const {
        const auto& kinds = of_.rules.kinds;
        if (wish_.audience.empty()) return &kinds.front();
        const auto it = std::find_if(kinds.begin(), kinds.end(), [&](const auto& k) { return k.audience == wish_.audience; });
        return it == kinds.end() ? nullptr : &*it;
    }
    static std::string names_of(const std::vector<token_kind>& kinds, std::string token_kind::* member) {
        std::vector<std::string> names;
        for (const auto& k : kinds)
            if (const auto& name = k.*member; !name.empty() && std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
        return names.empty() ? std::string("none") : fmt::format("{}", fmt::join(names, ", "));
    }

    void read_environment() {
        const auto& known = of_.rules.environments;
        if (known.empty() && wish_.environment.empty()) return;
        if (known.empty()) return wrong("environment", "this API has no environments; leave it out");
        auto it = std::find(known.begin(), known.end(), wish_.environment);
        if (wish_.environment.empty() && known.size() == 1) it = known.begin();
        if (it == known.end() && wish_.environment.empty()) return wrong("environment", fmt::format("choose one of {}", fmt::join(known, ", ")));
        if (it == known.end())
            return wrong(
                "environment", fmt::format("\"{}\" is not an environment here; choose one of {}", wish_.environment, fmt::join(known, ", ")));
        out_.environment = static_cast<int>(it - known.begin());
        out_.record.environment = *it;
    }

    void read_identity(const char* field, const std::string& value, std::string& into) {
        if (value.size() > kIdentityBytes) return wrong(field, fmt::format("at most {} bytes", kIdentityBytes));
        if (!is_header_text(value)) return wrong(field, "must be printable ASCII without space at either end: it is sent to the service in a header");
        into = value;
    }

    void read_scopes() {
        const auto& rules = of_.rules.scopes;
        if (wish_.scopes.empty()) {
            if (rules.required) return wrong("scopes", "choose at least one scope");
            out_.record.scopes = rules.defaults;
            return;
        }
        read_listed_scopes();
    }
    void read_listed_scopes() {
        auto& scopes = out_.record.scopes;
        for (std::size_t i = 0; i < wish_.scopes.size(); ++i) {
            const auto& s = wish_.scopes[i];
            if (!is_scope(s)) wrong(fmt::format("scopes[{}]", i), fmt::format("\"{}\" is not a scope of this API", printable(s)));
            else if (std::find(scopes.begin(), scopes.end(), s) == scopes.end()) scopes.push_back(s);
        }
    }
    bool is_scope(const std::string& name) const {
        if (name.empty()) return false;
        if (name == of_.rules.scopes.wildcard || of_.scope(name)) return true;
        return std::any_of(of_.catalogue.begin(), of_.catalogue.end(), [&](const auto& entry) { return entry.name == name; });
    }

    void read_expiry(const token_kind& kind) {
        const auto longest = kind.life.end_of(out_.record.created_at);
        out_.record.expires_at = longest;
        const bool in = !wish_.expires_in.empty(), at = !wish_.expires_at.empty();
        if (!in && !at) return;
        const char* field = in ? "expires_in" : "expires_at";
        if (in && at) return wrong("expires_at", "give expires_in or expires_at, not both");
        if (in && wish_.expires_in == "never") {
            if (longest) wrong(field, fmt::format("tokens of kind \"{}\" always expire, at the latest on {}", kind.kind, rfc3339(*longest)));
            return;
        }
        if (!kind.expiry_allowed) return wrong(field, "these tokens never expire; revoke the token when it is no longer needed");
        const auto end = in ? end_of_duration(wish_.expires_in) : end_of_text(wish_.expires_at);
        if (!end) return;
        if (!can_be_written(*end)) return wrong(field, "ends in the year 9999 at the latest; choose a shorter time, or none");
        if (*end <= now_) return wrong(field, "must lie in the future");
        if (longest && *end > *longest)
            return wrong(field, fmt::format("tokens of kind \"{}\" live until {} at the longest", kind.kind, rfc3339(*longest)));
        out_.record.expires_at = end;
    }
    std::optional<timestamp> end_of_duration(const std::string& text) {
        const auto d = parse_duration(text);
        if (!d) {
            wrong("expires_in", fmt::format("\"{}\" is not a duration; write one like 24h, 15d or 6mo", printable(text)));
            return std::nullopt;
        }
        constexpr int longest_years = 10'000;  // what the calendar reckons with is not much longer
        if (d->months > 12 * longest_years || d->exact > std::chrono::days(366) * longest_years) {
            wrong("expires_in", "ends in the year 9999 at the latest; choose a shorter time, or none");
            return std::nullopt;
        }
        const lifetime life{d->months, d->exact};
        return life.never() ? now_ : life.end_of(now_);
    }
    std::optional<timestamp> end_of_text(const std::string& text) {
        const auto t = parse_rfc3339(text);
        if (t) return *t;
        wrong("expires_at", fmt::format("\"{}\" is not a time; write one like 2027-01-31T00:00:00Z", printable(text)));
        return std::nullopt;
    }

    const api& of_;
    const create_token& wish_;
    const timestamp now_;
    std::vector<field_problem>& problems_;
    draft out_;
};

}  // namespace

std::optional<draft> read_wish(const api& of, const create_token& wish, timestamp now, std::vector<field_problem>& problems) {
    const auto before = problems.size();
    auto out = reader(of, wish, now, problems).read();
    if (problems.size() != before) return std::nullopt;
    return out;
}

std::optional<token> read_update(const api& of, const token& was, const update_token& wish, timestamp now, std::vector<field_problem>& problems) {
    create_token wanted;
    wanted.name = wish.name.value_or("");
    wanted.scopes = wish.scopes.value_or(std::vector<std::string>());
    wanted.allowed_ips = wish.allowed_ips.value_or(std::vector<std::string>());
    wanted.expires_in = wish.expires_in.value_or("");
    wanted.expires_at = wish.expires_at.value_or("");
    const auto before = problems.size();
    auto becomes = reader(of, wanted, now, problems).read_over(was, wish);
    if (problems.size() != before) return std::nullopt;
    return becomes;
}

}  // namespace tollgate
