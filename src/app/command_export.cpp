#include "app/cli_context.hpp"
#include "app/progress.hpp"

#include <fmt/format.h>

namespace tollgate {
namespace {

struct export_wish {
    std::string api, after;
};

// Page after page. Records that change meanwhile are written as they are when their page is read.
int export_tokens(const cli_context& cli, export_wish o) {
    const auto gateway = cli.gateway();
    if (!gateway) return exit_failed;
    progress bar(cli.err, 0);
    for (std::uint64_t written = 0;;) {
        const auto page = gateway->get("/api-tokens/export", {{"api", o.api}, {"cursor", o.after}});
        if (!page) {
            bar.end();
            return cli.fail(
                fmt::format("{}\nthe export stopped: append to it with --after {}", page.error().what, o.after.empty() ? "\"\"" : o.after));
        }
        const auto* rows = page->is_object() ? page->get_object().if_contains("data") : nullptr;
        if (rows == nullptr || !rows->is_array()) return cli.fail("the gateway's answer is no page of rows");
        for (const auto& row : rows->get_array()) cli.out << json::serialize(row) << '\n';
        if (!cli.out.flush()) return cli.fail(fmt::format("what was exported cannot be written; --after {} repeats this page", o.after));
        written += rows->get_array().size();
        bar.show(0, written);
        const auto next = cell(*page, "next_cursor");
        if (next == "-") {
            bar.end();
            cli.err << fmt::format("exported {}\n", written);
            return exit_done;
        }
        o.after = next;
    }
}

}  // namespace

void add_export_command(CLI::App& app, cli_context& cli) {
    const auto o = std::make_shared<export_wish>();
    auto* c = add_command(app, cli, "export", "write every token's record with its digests, never a text, one JSON object a line",
        [&cli, o] { return export_tokens(cli, *o); });
    c->add_option("--api", o->api, "of this API only");
    c->add_option("--after", o->after, "go on behind this id");
}

}  // namespace tollgate
