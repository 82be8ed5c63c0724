// The document as others may read it: every operation with the security and the scopes that the gateway enforces.
#include "tollgate/rules/openapi.hpp"

#include "rules/openapi_reader.hpp"
#include "rules/openapi_scopes.hpp"
#include "rules/openapi_security.hpp"
#include "rules/openapi_servers.hpp"

#include <algorithm>
#include <map>

namespace tollgate {

namespace {

using openapi::place;
using openapi::reader;

class publisher {
 public:
    publisher(const document& doc, const compiled_api& api, const contract& rules)
        : doc_(doc), api_(api), rules_(rules), in_(doc, ignored_), unused_(in_, rules), security_(in_, unused_, true) {
        security_.read_schemes();
        for (const auto& r : api.routes.routes()) routes_.emplace(std::make_pair(r.method, r.path), &r);
        default_bases_ = openapi::base_paths(in_, in_.root()).value_or(std::vector<std::string>{""});
        choose_scheme();
    }

    std::string text() {
        auto out = node::make_mapping();
        for (const auto& [key, value] : doc_.root.members()) out.append(key, key == "paths" ? paths(reader::member(in_.root(), key)) : value);
        out.set("x-scopes", catalogue());
        if (scheme_used_ && scheme_is_ours_) out.set("components", components());
        return out.to_json();
    }

 private:
    // Stands where the document names no scheme that the gateway verifies.
    void choose_scheme() {
        const auto* components = doc_.root.find("components");
        const auto* schemes = components == nullptr ? nullptr : components->find("securitySchemes");
        if (schemes != nullptr)
            for (const auto& [name, value] : schemes->members())
                if (scheme_.empty() && security_.verifiable(name)) scheme_ = name;
        if (!scheme_.empty()) return;
        scheme_is_ours_ = true;
        scheme_ = "bearer";
        while (schemes != nullptr && schemes->find(scheme_) != nullptr) scheme_ += "Token";
    }

    [[nodiscard]] node components() const {
        const auto* old = doc_.root.find("components");
        auto out = old != nullptr ? *old : node::make_mapping();
        const auto* old_schemes = out.find("securitySchemes");
        auto schemes = old_schemes != nullptr ? *old_schemes : node::make_mapping();
        auto ours = node::make_mapping();
        ours.append("type", node::make_string("http"));
        ours.append("scheme", node::make_string("bearer"));
        schemes.set(scheme_, std::move(ours));
        out.set("securitySchemes", std::move(schemes));
        return out;
    }

    [[nodiscard]] node catalogue() const {
        auto out = node::make_mapping();
        for (const auto& entry : api_.catalogue) out.append(entry.name, node::make_string(entry.description));
        const auto& wildcard = rules_.scopes.wildcard;
        if (!wildcard.empty() && out.find(wildcard) == nullptr) out.append(wildcard, node::make_string("Every scope"));
        return out;
    }

    node paths(const place& at) {
        auto out = node::make_mapping();
        for (const auto& [path, value] : at.value->members()) {
            const auto target = path.starts_with("x-") ? std::nullopt : in_.follow(reader::member(at, path));
            out.append(path, target ? path_item(path, *target) : value);
        }
        return out;
    }

    node path_item(const std::string& path, const place& at) {
        const auto& methods = openapi::method_keys;
        const auto bases = openapi::base_paths(in_, at).value_or(default_bases_);
        auto out = node::make_mapping();
        for (const auto& [key, value] : at.value->members()) {
            const bool is_operation = std::find(methods.begin(), methods.end(), key) != methods.end();
            out.append(key, is_operation ? operation(path, key, reader::member(at, key), bases) : value);
        }
        return out;
    }

    node operation(const std::string& path, std::string method, const place& at, const std::vector<std::string>& inherited) {
        node out = *at.value;
        const auto bases = openapi::base_paths(in_, at).value_or(inherited);
        for (char& c : method) c = static_cast<char>(c - 'a' + 'A');
        const auto found = bases.empty() ? routes_.end() : routes_.find({method, bases.front() + path});
        if (found == routes_.end()) return out;
        out.set("security", security_of(*found->second, at));
        out.set("x-scopes", scopes_of(*found->second));
        return out;
    }

    node security_of(const route& r, const place& operation) {
        auto out = node::make_sequence();
        if (r.is_public) return out;
        const auto* own = operation.value->find("security");
        const auto* stated = own != nullptr ? own : doc_.root.find("security");
        if (stated != nullptr)
            for (const auto& alternative : stated->items())
                if (verified(alternative)) out.push(alternative);
        if (!out.items().empty()) return out;
        scheme_used_ = true;
        for (const auto& d : r.any_of) out.push(requirement(d));
        if (r.any_of.empty()) out.push(requirement({}));
        return out;
    }

    [[nodiscard]] bool verified(const node& alternative) const {
        const auto& members = alternative.members();
        return std::all_of(members.begin(), members.end(), [this](const auto& m) { return security_.verifiable(m.first); });
    }

    [[nodiscard]] node requirement(const demand& d) const {
        auto scopes = node::make_sequence();
        for (const auto& scope : d.all_of) scopes.push(node::make_string(scope.name));
        auto out = node::make_mapping();
        out.append(scheme_, std::move(scopes));
        return out;
    }

    static node scopes_of(const route& r) {
        auto out = node::make_sequence();
        std::vector<std::string_view> seen;
        for (const auto& d : r.any_of) {
            for (const auto& scope : d.all_of) {
                if (std::find(seen.begin(), seen.end(), scope.name) != seen.end()) continue;
                seen.push_back(scope.name);
                out.push(node::make_string(scope.name));
            }
        }
        return out;
    }

    const document& doc_;
    const compiled_api& api_;
    const contract& rules_;
    problem_list ignored_;  // the document has been compiled: nothing new is found
    reader in_;
    openapi::scope_catalogue unused_;
    openapi::security_reader security_;
    std::map<std::pair<std::string, std::string>, const route*> routes_;
    std::vector<std::string> default_bases_;
    std::string scheme_;
    bool scheme_is_ours_ = false;
    bool scheme_used_ = false;
};

}  // namespace

std::string publish_openapi(const document& doc, const compiled_api& api, const contract& rules) { return publisher(doc, api, rules).text(); }

}  // namespace tollgate
