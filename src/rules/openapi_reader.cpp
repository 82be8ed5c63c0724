// Walking an OpenAPI document.
#include "rules/openapi_reader.hpp"

#include "tollgate/base/bounds.hpp"
#include "tollgate/codec/path.hpp"

#include <fmt/format.h>

#include <charconv>

namespace tollgate::openapi {

namespace {

// One step of a JSON pointer (RFC 6901): ~1 is '/', ~0 is '~'.
std::string unescape_step(std::string_view step) {
    std::string out;
    for (std::size_t i = 0; i < step.size(); ++i) {
        const bool escape = step[i] == '~' && i + 1 < step.size() && (step[i + 1] == '0' || step[i + 1] == '1');
        out += !escape ? step[i] : step[i + 1] == '0' ? '~' : '/';
        if (escape) ++i;
    }
    return out;
}

place step_into(const place& at, const std::string& step) {
    if (!at.value->is_sequence()) return reader::member(at, step);
    std::size_t index = at.value->items().size();
    std::from_chars(step.data(), step.data() + step.size(), index);
    return reader::item(at, index);
}

}  // namespace

place reader::member(const place& of, std::string_view key) {
    const auto* value = of.value == nullptr ? nullptr : of.value->find(key);
    return {value, path_member(of.path, key), value == nullptr ? of.line : value->line()};
}

place reader::item(const place& of, std::size_t index) {
    const auto& items = of.value->items();
    const auto* value = index < items.size() ? &items[index] : nullptr;
    return {value, path_item(of.path, index), value == nullptr ? of.line : value->line()};
}

std::vector<place> reader::members(const place& of) {
    std::vector<place> out;
    for (const auto& [key, value] : of.value->members()) out.push_back({&value, path_member(of.path, key), value.line()});
    return out;
}

std::vector<place> reader::items(const place& of) {
    std::vector<place> out;
    for (std::size_t i = 0; i < of.value->items().size(); ++i) out.push_back(item(of, i));
    return out;
}

void reader::error(const place& at, std::string what) {
    problems_.add({problem::level::error, doc_.file, at.line, at.path, std::move(what)});
    failed_ = true;
}

void reader::warning(const place& at, std::string what) { problems_.add({problem::level::warning, doc_.file, at.line, at.path, std::move(what)}); }

void reader::error_elsewhere(std::string file, std::string path, std::string what) {
    problems_.add({problem::level::error, std::move(file), 0, std::move(path), std::move(what)});
    failed_ = true;
}

std::optional<place> reader::follow(place at) {
    for (std::size_t hops = 0; hops < bounds::ref_depth; ++hops) {
        const auto reference = member(at, "$ref");
        if (!reference) return at;
        if (!reference.value->is_string()) {
            error(reference, "'$ref' is not a string; write \"#/…\"");
            return std::nullopt;
        }
        auto next = target(reference, reference.value->text());
        if (!next) return std::nullopt;
        at = *std::move(next);
    }
    error(at, "'$ref' leads back to itself; break the cycle");
    return std::nullopt;
}

std::optional<place> reader::target(const place& reference, std::string_view pointer) {
    std::string steps;
    if (!pointer.starts_with('#') || !percent_decode(pointer.substr(1), false, steps) || (!steps.empty() && steps.front() != '/')) {
        error(reference, fmt::format("'{}' is not within this document; bundle the documents into one, and write \"#/…\"", pointer));
        return std::nullopt;
    }
    place at = root();
    for (std::string_view left = steps; !left.empty();) {
        left.remove_prefix(1);
        const auto end = std::min(left.find('/'), left.size());
        const auto inner = step_into(at, unescape_step(left.substr(0, end)));
        if (!inner) {
            error(reference, fmt::format("'{}' points at nothing: there is no {}", pointer, inner.path));
            return std::nullopt;
        }
        at = inner;
        left.remove_prefix(end);
    }
    return at;
}

std::optional<place> reader::mapping(const place& of, std::string_view key) {
    auto at = member(of, key);
    if (!at) return std::nullopt;
    if (at.value->is_mapping()) return at;
    error(at, fmt::format("'{}' is not a mapping; write keys and values", key));
    return std::nullopt;
}

std::optional<place> reader::sequence(const place& of, std::string_view key) {
    auto at = member(of, key);
    if (!at) return std::nullopt;
    if (at.value->is_sequence()) return at;
    error(at, fmt::format("'{}' is not a list; write [ … ]", key));
    return std::nullopt;
}

std::optional<std::string> reader::text(const place& at) {
    if (at.value->is_string() && !at.value->text().empty()) return at.value->text();
    error(at, "not a text; write a string");
    return std::nullopt;
}

std::string suggestion(std::string_view name, const std::vector<std::string_view>& known) {
    const auto near = nearest(name, known);
    return near.empty() ? std::string{} : fmt::format(", did you mean '{}'?", near);
}

}  // namespace tollgate::openapi
