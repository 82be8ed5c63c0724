// Rows and heads of an audit log as bytes (src/store/FORMAT.md, "audit"), and what a cut says.
#include "tollgate/codec/json.hpp"
#include "tollgate/codec/records.hpp"
#include "tollgate/rules/audit_chain.hpp"

#include <cstring>

namespace tollgate {
namespace {

constexpr char row_version = 2;

template <class T>
void put_number(std::string& out, T value) {
    for (int shift = static_cast<int>(sizeof(T)) * 8 - 8; shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift & 0xff));
}

template <class T>
bool take_number(std::string_view& in, T& out) {
    if (in.size() < sizeof(T)) return false;
    out = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i) out = static_cast<T>(out << 8 | static_cast<unsigned char>(in[i]));
    in.remove_prefix(sizeof(T));
    return true;
}

void put_link(std::string& out, const audit_link& link) { out.append(reinterpret_cast<const char*>(link.bytes.data()), link.bytes.size()); }

bool take_link(std::string_view& in, audit_link& out) {
    if (in.size() < out.bytes.size()) return false;
    std::memcpy(out.bytes.data(), in.data(), out.bytes.size());
    in.remove_prefix(out.bytes.size());
    return true;
}

}  // namespace

std::string encode_audit_row(const audit_row& row) {
    std::string out;
    out.reserve(1 + sizeof row.key + sizeof row.before.bytes + sizeof row.own.bytes + row.text.size());
    out += row_version;
    put_number(out, row.key);
    put_link(out, row.before);
    put_link(out, row.own);
    out += row.text;
    return out;
}

std::optional<audit_row> decode_audit_row(revision at, std::string_view bytes) {
    audit_row out;
    if (bytes.empty() || bytes.front() != row_version) return std::nullopt;
    bytes.remove_prefix(1);
    if (!take_number(bytes, out.key) || !take_link(bytes, out.before) || !take_link(bytes, out.own)) return std::nullopt;
    out.at = at;
    out.text = bytes;
    return out;
}

std::string encode_audit_head(const audit_head& head) {
    std::string out;
    put_number(out, head.at);
    put_link(out, head.link);
    return out;
}

std::optional<audit_head> decode_audit_head(std::string_view bytes) {
    audit_head out;
    if (!take_number(bytes, out.at) || !take_link(bytes, out.link) || !bytes.empty()) return std::nullopt;
    return out;
}

std::string audit_cut_details(const audit_head& cut) {
    return serialize(json::object{{"before", nullptr}, {"after", json::object{{"revision", cut.at}, {"link", cut.link.text()}}}});
}

std::optional<audit_head> read_audit_cut(const audit_event& event) {
    if (event.action != audit_cut_action) return std::nullopt;
    boost::system::error_code failed;
    const auto details = json::parse(event.details, failed);
    if (failed) return std::nullopt;
    const auto* at = details.find_pointer("/after/revision", failed);
    const auto* link = details.find_pointer("/after/link", failed);
    if (at == nullptr || link == nullptr || !link->is_string()) return std::nullopt;
    const auto number = at->is_number() ? at->to_number<revision>(failed) : 0;
    const auto read = audit_link::parse(std::string_view(link->get_string()));
    if (failed || number == 0 || !read) return std::nullopt;
    return audit_head{number, *read};
}

}  // namespace tollgate
