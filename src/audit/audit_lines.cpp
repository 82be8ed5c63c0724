#include "tollgate/audit/audit_lines.hpp"

#include "tollgate/codec/json.hpp"
#include "tollgate/codec/records.hpp"

namespace tollgate {

std::string audit_lines(std::span<const audit_event> events) {
    std::string lines;
    for (const auto& event : events) {
        auto object = to_json(event);
        boost::system::error_code failed;
        auto details = json::parse(event.details, failed);
        if (!failed) object["details"] = std::move(details);  // else it stays the text that it is
        lines.append(serialize(object)).push_back('\n');
    }
    return lines;
}

}  // namespace tollgate
