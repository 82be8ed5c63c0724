#include "app/import_file.hpp"

#include "tollgate/base/bounds.hpp"
#include "tollgate/codec/text.hpp"
#include "tollgate/crypto/sha256.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace tollgate {
namespace {

std::string hex_of(std::string_view bytes) { return hex(sha256(bytes).bytes); }

// Calls f(64 hexadecimal digits) for each member `digest`. A reading of the letters, not of the JSON: the gateway does that.
template <class F>
void each_digest(std::string_view line, F&& f) {
    constexpr std::string_view name = "\"digest\"";
    constexpr std::size_t digits = 64;
    for (auto at = line.find(name); at != std::string_view::npos; at = line.find(name, at)) {
        at += name.size();
        const auto value = line.find_first_not_of(" \t:", at);
        if (value == std::string_view::npos || line[value] != '"' || line.size() < value + digits + 2) continue;
        if (line[value + digits + 1] == '"') f(line.substr(value + 1, digits));
    }
}

std::string name_in(std::string_view line) {
    boost::system::error_code failed;
    const auto value = json::parse(line, failed);
    const auto* name = !failed && value.is_object() ? value.get_object().if_contains("name") : nullptr;
    return name != nullptr && name->is_string() ? std::string(name->get_string()) : std::string();
}

template <class T>
T number_at(const json::object& o, std::string_view name) {
    const auto* value = o.if_contains(name);
    boost::system::error_code failed;
    const auto number = value != nullptr ? value->to_number<T>(failed) : T{};
    return failed ? T{} : number;
}

}  // namespace

// One line with its end, however that looks; false: there is none.
bool import_file::take_line(std::string& line) {
    line.clear();
    if (!std::getline(in_, line)) return false;
    if (!in_.eof()) line += '\n';
    return true;
}

// Why a line is left out; empty: it is not.
std::string import_file::bar(std::string_view line, std::size_t number) {
    if (line.size() > bounds::import_line_bytes) return fmt::format("at most {} bytes a line", bounds::import_line_bytes);
    std::string why;
    each_digest(line, [&](std::string_view digits) {
        const auto bytes = unhex(digits);
        digest key;
        if (!bytes || bytes->size() != key.bytes.size() || !why.empty()) return;
        std::memcpy(key.bytes.data(), bytes->data(), key.bytes.size());
        const auto [at, fresh] = seen_.emplace(key, number);
        if (!fresh && at->second != number)
            why = fmt::format("`{}` has the digest of line {}: a digest belongs to one token", name_in(line), at->second);
    });
    return why;
}

bool import_file::next(import_batch& out) {
    out = {.first_line = line_, .lines = 0, .end = bytes_, .chain = chain_, .text = {}, .problems = {}};
    std::string all = chain_;
    for (;;) {
        if (!has_waiting_ && !take_line(waiting_)) break;
        has_waiting_ = true;
        if (out.lines != 0 && all.size() + waiting_.size() > bounds::import_batch_bytes) break;
        has_waiting_ = false;
        all += waiting_;
        if (auto why = bar(waiting_, line_); why.empty()) out.text += waiting_;
        else {
            out.problems.push_back({line_, "", std::move(why)});
            out.text += '\n';
        }
        bytes_ += waiting_.size();
        ++line_;
        ++out.lines;
    }
    if (out.lines == 0) return false;
    out.chain = chain_ = hex_of(all);
    out.end = bytes_;
    return true;
}

json::object import_state::to_json() const {
    return {{"bytes", bytes}, {"lines", lines}, {"chain", chain}, {"imported", imported}, {"unchanged", unchanged}, {"refused", refused}};
}

std::optional<import_state> import_state::from_json(std::string_view text) {
    boost::system::error_code failed;
    const auto value = json::parse(text, failed);
    if (failed || !value.is_object()) return std::nullopt;
    const auto& o = value.get_object();
    const auto* chain = o.if_contains("chain");
    if (chain == nullptr || !chain->is_string()) return std::nullopt;
    return import_state{number_at<std::uint64_t>(o, "bytes"), number_at<std::size_t>(o, "lines"), std::string(chain->get_string()),
        number_at<std::uint64_t>(o, "imported"), number_at<std::uint64_t>(o, "unchanged"), number_at<std::uint64_t>(o, "refused")};
}

}  // namespace tollgate
