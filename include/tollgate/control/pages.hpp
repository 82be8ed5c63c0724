// pages.hpp - what the management listener shows to everyone who reaches it: health, readiness, metrics, a first page.
//
// Operations like all others (the built-in API's document makes their routes public); what they say comes from functions.
#pragma once

#include "tollgate/rules/operation.hpp"

#include <functional>
#include <string>

namespace tollgate {

struct readiness {
    bool ready = false;
    std::string why;  // one line a thing that is missing
};

struct page_sources {
    std::function<std::string()> metrics;  // Prometheus text
    std::function<readiness()> ready;
};

// ops.health, ops.ready, ops.metrics, ops.page, and openapi.document (the calling API's published document).
void add_pages(operation_table& table, page_sources from);

}  // namespace tollgate
