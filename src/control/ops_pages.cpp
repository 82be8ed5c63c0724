#include "tollgate/control/pages.hpp"

#include "tollgate/rules/rulebook.hpp"

namespace tollgate {
namespace {

operation_answer text(unsigned status, std::string body) {
    return {status, "text/plain; charset=utf-8", {{"Cache-Control", "no-store"}}, std::move(body)};
}

}  // namespace

void add_pages(operation_table& table, page_sources from) {
    table["ops.health"] = [](const operation_call&) { return text(200, "alive\n"); };
    table["ops.ready"] = [ready = std::move(from.ready)](const operation_call&) {
        const readiness now = ready();
        return text(now.ready ? 200 : 503, now.ready ? "ready\n" : now.why);
    };
    table["ops.metrics"] = [metrics = std::move(from.metrics)](
                               const operation_call&) { return operation_answer{200, "text/plain; version=0.0.4; charset=utf-8", {}, metrics()}; };
    table["openapi.document"] = [](const operation_call& call) { return operation_answer{200, "application/json", {}, call.of->published}; };
}

}  // namespace tollgate
