#include "tollgate/codec/http_head.hpp"

#include <algorithm>

namespace tollgate {

const header_field* message_head::find(field_name id) const noexcept {
    for (const auto& f : *this)
        if (f.id == id) return &f;
    return nullptr;
}

std::size_t message_head::count(field_name id) const noexcept {
    return static_cast<std::size_t>(std::count_if(begin(), end(), [id](const header_field& f) { return f.id == id; }));
}

}  // namespace tollgate
