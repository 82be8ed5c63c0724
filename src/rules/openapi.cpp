// An OpenAPI document, read from the top: version, scopes, paths, operations; then numbers, demands and the table.
#include "tollgate/rules/openapi.hpp"

#include "rules/openapi_extensions.hpp"
#include "rules/openapi_reader.hpp"
#include "rules/openapi_scopes.hpp"
#include "rules/openapi_security.hpp"
#include "rules/openapi_servers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace tollgate {

namespace {

using openapi::place;
using openapi::reader;

class compiler {
 public:
    compiler(const document& doc, const contract& rules, const openapi_options& options, problem_list& problems)
        : in_(doc, problems), rules_(rules), scopes_(in_, rules), security_(in_, scopes_, options.unsupported_is_token), own_(options.own) {}

    std::optional<compiled_api> compile(const scope_numbering& number) {
        if (!check_version()) return std::nullopt;
        read_root();
        read_paths();
        check_demands();
        if (!in_.failed()) scopes_.number(number);
        add_routes();
        if (in_.failed()) return std::nullopt;
        out_.catalogue = scopes_.entries();
        out_.numbers = scopes_.numbers();
        return std::move(out_);
    }

 private:
    struct draft {
        route what;  // without demands
        std::vector<std::string> bases;
        openapi::access access;
        place at;
    };

    bool check_version() {
        const auto root = in_.root();
        if (!root.value->is_mapping()) {
            in_.error(root, "not an OpenAPI document; write a mapping with `openapi`, `info` and `paths`");
            return false;
        }
        if (const auto old = reader::member(root, "swagger")) {
            in_.error(old, fmt::format("Swagger {} is not read; convert the document to OpenAPI 3.0 or 3.1", old.value->text()));
            return false;
        }
        const auto version = reader::member(root, "openapi");
        const std::string text = version ? version.value->text() : "";
        const auto known = [&](std::string_view v) { return text == v || text.starts_with(std::string(v) + '.'); };
        if (known("3.0") || known("3.1")) return true;
        in_.error(version, text.empty() ? "no version; write `openapi: 3.1.0`" : fmt::format("OpenAPI {} is not read; write 3.0 or 3.1", text));
        return false;
    }

    void read_root() {
        const auto root = in_.root();
        security_.read_schemes();
        if (const auto scopes = in_.mapping(root, "x-scopes")) scopes_.declare_all(*scopes);
        openapi::check_stray_keys(in_, root, true);
        default_bases_ = openapi::base_paths(in_, root).value_or(std::vector<std::string>{""});
        if (const auto security = reader::member(root, "security")) default_access_ = security_.read(security);
    }

    void read_paths() {
        const auto root = in_.root();
        const auto paths = reader::member(root, "paths");
        if (!paths) return in_.error(paths, "no paths; write `paths:` with at least one");
        if (!paths.value->is_mapping()) return in_.error(paths, "'paths' is not a mapping; write a path and its operations for each");
        for (const auto& [path, value] : paths.value->members()) {
            if (path.starts_with("x-")) continue;
            const auto at = reader::member(paths, path);
            if (const auto why = route_table::check_template(path); !why.empty()) in_.error(at, why);
            else read_path(path, at);
        }
    }

    void read_path(const std::string& path, const place& at) {
        if (!at.value->is_mapping()) return in_.error(at, "a path is not a mapping; write methods and operations");
        const auto target = in_.follow(at);
        if (!target) return;
        if (target->value != at.value) check_beside_reference(at);
        check_path_keys(*target);
        const auto bases = openapi::base_paths(in_, *target).value_or(default_bases_);
        for (const auto method : openapi::method_keys)
            if (const auto operation = reader::member(*target, method)) read_operation(path, std::string(method), operation, *target, bases);
    }

    // A path item that is a reference takes everything from there; what stands beside would be lost silently.
    void check_beside_reference(const place& at) {
        for (const auto& [key, value] : at.value->members()) {
            if (key == "$ref" || key == "summary" || key == "description") continue;
            in_.error(reader::member(at, key), "stands beside '$ref' and would be lost; move it to the referenced path item");
        }
    }

    void check_path_keys(const place& at) {
        openapi::check_stray_keys(in_, at, false);
        std::vector<std::string_view> known = openapi::method_keys;
        known.insert(known.end(), {"$ref", "summary", "description", "servers", "parameters"});
        for (const auto& [key, value] : at.value->members()) {
            if (key.starts_with("x-") || std::find(known.begin(), known.end(), key) != known.end()) continue;
            in_.error(
                reader::member(at, key), fmt::format("'{}' is no method{}; methods are written in lower case", key, openapi::suggestion(key, known)));
        }
    }

    void read_operation(const std::string& path, std::string method, const place& at, const place& item, const std::vector<std::string>& bases) {
        if (!at.value->is_mapping()) return in_.error(at, "an operation is not a mapping; write its `responses` at least");
        openapi::check_stray_keys(in_, at, false);
        draft next;
        next.at = at;
        next.bases = openapi::base_paths(in_, at).value_or(bases);
        for (char& c : method) c = static_cast<char>(c - 'a' + 'A');
        next.what.method = std::move(method);
        next.what.path = path;
        if (const auto* id = at.value->find("operationId")) next.what.operation_id = id->text();
        const auto security = reader::member(at, "security");
        next.access = security ? security_.read(security) : default_access_;
        openapi::read_extensions(in_, at, item, rules_, next.what);
        openapi::read_encoded_slash(in_, at, item, next.what);
        if (next.what.rate.limited() && next.access.is_public)
            in_.error(at, "x-rate-limit counts by token, and this operation is public; remove one of the two");
        read_operation_scopes(next);
        drafts_.push_back(std::move(next));
    }

    // x-scopes of an operation describes what its `security` demands; it demands nothing itself, and must not seem to.
    void read_operation_scopes(const draft& of) {
        const auto at = reader::member(of.at, "x-scopes");
        if (!at) return;
        if (at.value->is_mapping()) scopes_.declare_all(at);
        else if (!at.value->is_sequence()) return in_.error(at, "write a list of scopes, or a mapping {name: description}");
        std::vector<std::pair<std::string, place>> named;
        for (const auto& [name, description] : at.value->members()) named.emplace_back(name, reader::member(at, name));
        for (const auto& item : reader::items(at)) named.emplace_back(item.value->text(), item);
        const auto demanded = [&](const std::string& name) {
            return std::any_of(of.access.any_of.begin(), of.access.any_of.end(),
                [&](const auto& all) { return std::any_of(all.begin(), all.end(), [&](const auto& wanted) { return wanted.name == name; }); });
        };
        const bool some = std::any_of(named.begin(), named.end(), [&](const auto& n) { return demanded(n.first); });
        for (const auto& [name, where] : named) {
            if (demanded(name)) continue;
            auto what = fmt::format("scope '{}' is not demanded by this operation's `security`; demand it there", name);
            some ? in_.warning(where, std::move(what)) : in_.error(where, std::move(what));
        }
    }

    // After every catalogue has been read.
    void check_demands() {
        scopes_.declare_contract();
        for (const auto& d : drafts_) {
            for (const auto& all : d.access.any_of)
                for (const auto& wanted : all) scopes_.demand(wanted.name, wanted.at);
            for (const auto& [name, scope] : d.what.include_scopes) scopes_.demand(scope, reader::member(d.at, "x-include-scopes"));
        }
        scopes_.finish();
    }

    void add_routes() {
        for (auto& d : drafts_) {
            d.what.is_public = d.access.is_public;
            for (const auto& all : d.access.any_of) d.what.any_of.push_back(demand_for(all));
            for (const auto& base : d.bases) {
                route one = d.what;
                one.path = base + d.what.path;
                if (!add_route(std::move(one), d.at)) break;
            }
        }
        for (const auto& r : own_) add_own_route(r);
        out_.routes.seal();
    }

    // A route that the contract brings. A document that describes it says the same.
    void add_own_route(const route& own) {
        std::string other;
        if (out_.routes.add(own, other)) return;
        const auto& all = out_.routes.routes();
        const auto there = std::find_if(all.begin(), all.end(), [&](const route& r) { return r.method == own.method && r.path == other; });
        if (there != all.end() && there->handler == own.handler && there->is_public == own.is_public) return;
        const auto at = places_.find({own.method, other});
        if (own.handler.starts_with("portal."))
            return in_.error(at != places_.end() ? at->second : place{},
                fmt::format("{} {} is the portal's own page: write another `portal.path`, or remove it", own.method, other));
        in_.error(at != places_.end() ? at->second : place{},
            fmt::format("{} {} is the contract's own endpoint: write `x-tollgate-handler: {}` and `security: []` there, or remove it", own.method,
                other, own.handler));
    }

    [[nodiscard]] demand demand_for(const std::vector<openapi::wanted_scope>& all) const {
        demand out;
        for (const auto& wanted : all) out.all_of.push_back({wanted.name, scopes_.satisfied_by(wanted.name)});
        return out;
    }

    // False: a problem was added.
    bool add_route(route one, const place& at) {
        if (const auto why = route_table::check_template(one.path); !why.empty()) {
            in_.error(at, fmt::format("with its base path: {}", why));
            return false;
        }
        const auto method = one.method;
        const auto path = one.path;
        std::string other;
        if (out_.routes.add(std::move(one), other)) {
            places_.emplace(std::make_pair(method, path), at);
            return true;
        }
        const auto first = places_.find({method, other});
        const auto line = first != places_.end() ? fmt::format(" in line {}", first->second.line) : std::string{};
        in_.error(at, fmt::format("{} {} is the same route as {}{}; parameter names do not tell paths apart: remove one", method, path, other, line));
        return false;
    }

    reader in_;
    const contract& rules_;
    openapi::scope_catalogue scopes_;
    openapi::security_reader security_;
    std::vector<std::string> default_bases_;
    openapi::access default_access_;
    std::vector<draft> drafts_;
    std::vector<route> own_;
    std::map<std::pair<std::string, std::string>, place> places_;
    compiled_api out_;
};

}  // namespace

scope_numbering counting_numbers() {
    auto known = std::make_shared<std::map<std::string, scope_number, std::less<>>>();
    return [known](std::string_view scope) -> result<scope_number> {
        const auto next = static_cast<scope_number>(known->size());
        return known->emplace(scope, next).first->second;
    };
}

std::optional<compiled_api> compile_openapi(
    const document& doc, const contract& rules, const scope_numbering& number, const openapi_options& options, problem_list& problems) {
    return compiler(doc, rules, options, problems).compile(number);
}

}  // namespace tollgate
