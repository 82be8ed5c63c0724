// `import`: batches of lines to the running gateway, three under way at a time, with a state file beside the input.
#include "app/cli_context.hpp"
#include "app/import_file.hpp"
#include "app/progress.hpp"

#include <fmt/format.h>

#include <deque>
#include <filesystem>
#include <fstream>
#include <future>
#include <sstream>

namespace tollgate {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t batches_under_way = 3;    // the gateway checks one and has one in hand while it writes the third
constexpr std::size_t problems_shown = 1000;

struct import_wish {
    std::string file, api, format;
    bool dry_run = false, as_json = false;
};

// One run of the command.
class import_run {
 public:
    import_run(const cli_context& cli, const import_wish& wish, management_client gateway)
        : cli_(cli), wish_(wish), gateway_(std::move(gateway)), state_file_(wish.file + ".import-state"), bar_(cli.err, size_of(wish.file)) {}

    int run() {
        if (!open()) return cli_.fail(fmt::format("{} cannot be read", wish_.file));
        if (keeps_state() && !resume()) return exit_failed;
        import_batch batch;
        while (lines_->next(batch)) {
            send(std::move(batch), wish_.dry_run);
            if (under_way_.size() == batches_under_way && !settle()) return stopped();
        }
        while (!under_way_.empty())
            if (!settle()) return stopped();
        return finish();
    }

 private:
    struct sent {
        import_batch batch;
        std::future<result<json::value>> answer;
    };

    static std::uint64_t size_of(const std::string& file) {
        std::error_code failed;
        const auto size = fs::is_regular_file(file, failed) ? fs::file_size(file, failed) : 0;
        return failed ? 0 : size;
    }
    [[nodiscard]] bool keeps_state() const { return !wish_.dry_run && size_of(wish_.file) != 0; }

    bool open() {
        if (wish_.file != "-") {
            input_ = std::ifstream(wish_.file, std::ios::binary);
            if (!input_) return false;
        }
        lines_.emplace(wish_.file == "-" ? cli_.in : input_);
        return true;
    }

    // Goes on behind what an earlier run was answered, if this is the file that it read and the gateway that took it.
    bool resume() {
        std::ifstream kept(state_file_);
        std::ostringstream text;
        text << kept.rdbuf();
        const auto before = kept ? import_state::from_json(text.str()) : std::nullopt;
        if (!before) return true;
        import_batch batch;
        while (batch.end < before->bytes && lines_->next(batch)) continue;
        if (batch.end != before->bytes || batch.chain != before->chain) return again("the file has changed since");
        auto answer = ask(batch.text, true);
        if (!answer) return cli_.fail(answer.error().what), false;
        if (count(*answer, "imported") != 0) return again("this gateway has not got what the last run imported");
        state_ = *before;
        cli_.err << fmt::format("going on behind line {}, where the last run stopped\n", state_.lines);
        return true;
    }
    bool again(std::string_view why) {
        cli_.err << why << ": beginning with the first line\n";
        state_ = {};
        return open();
    }

    [[nodiscard]] result<json::value> ask(std::string text, bool dry_run) const {
        return gateway_.post_lines(
            "/api-tokens/import", {{"api", wish_.api}, {"format", wish_.format}, {"dry_run", dry_run ? "true" : ""}}, std::move(text));
    }
    void send(import_batch batch, bool dry_run) {
        auto text = std::move(batch.text);
        auto answer = std::async(std::launch::async, [this, text = std::move(text), dry_run]() mutable { return ask(std::move(text), dry_run); });
        under_way_.push_back({std::move(batch), std::move(answer)});
    }

    // Takes the oldest answer. False: it failed, `why_` says how.
    bool settle() {
        auto oldest = std::move(under_way_.front());
        under_way_.pop_front();
        const auto answer = oldest.answer.get();
        if (!answer) {
            why_ = answer.error().what;
            return false;
        }
        const auto refused_before = state_.refused;
        for (const auto& p : oldest.batch.problems) show({p.line, p.field, p.what});
        each_problem(*answer, [&](import_problem p) {
            p.line += oldest.batch.first_line - 1;
            show(p);
        });
        this_run_ += oldest.batch.lines;
        state_.imported += count(*answer, "imported");
        state_.unchanged += count(*answer, "unchanged");
        refused_this_run_ += state_.refused - refused_before;
        state_.bytes = oldest.batch.end;
        state_.lines = oldest.batch.first_line + oldest.batch.lines - 1;
        state_.chain = oldest.batch.chain;
        keep();
        bar_.show(state_.bytes, this_run_);
        return true;
    }

    static std::uint64_t count(const json::value& answer, std::string_view name) {
        const auto* found = answer.is_object() ? answer.get_object().if_contains(name) : nullptr;
        boost::system::error_code failed;
        const auto n = found != nullptr ? found->to_number<std::uint64_t>(failed) : 0;
        return failed ? 0 : n;
    }
    template <class F>
    static void each_problem(const json::value& answer, F&& f) {
        const auto* list = answer.is_object() ? answer.get_object().if_contains("problems") : nullptr;
        if (list == nullptr || !list->is_array()) return;
        for (const auto& row : list->get_array()) {
            const auto field = cell(row, "field");
            f({count(row, "line"), field == "-" ? "" : field, cell(row, "what")});
        }
    }
    // A line counts once, however many of its fields are wrong.
    void show(const import_problem& p) {
        if (p.line != last_refused_) ++state_.refused;
        last_refused_ = p.line;
        if (++shown_ > problems_shown) return;
        bar_.end();
        cli_.err << inert(wish_.file) << ':' << p.line << ": " << (p.field.empty() ? "" : inert(p.field) + ": ") << inert(p.what) << '\n';
    }

    // Without it an import begins again from the first line and finds all of them there: slower, no worse.
    void keep() const {
        if (!keeps_state()) return;
        const auto next = state_file_ + ".new";
        {
            std::ofstream out(next, std::ios::trunc);
            out << json::serialize(state_.to_json()) << '\n';
        }
        std::error_code ignored;
        fs::rename(next, state_file_, ignored);
    }

    int stopped() {
        while (!under_way_.empty()) {  // nothing behind the failed batch counts: it comes again
            under_way_.front().answer.wait();
            under_way_.pop_front();
        }
        bar_.end();
        return cli_.fail(fmt::format("{}\nthe import stopped behind line {}: run it again to go on from there", why_, state_.lines));
    }

    int finish() {
        bar_.end();
        std::error_code ignored;
        if (keeps_state()) fs::remove(state_file_, ignored);
        if (shown_ > problems_shown) cli_.err << fmt::format("and {} more problems\n", shown_ - problems_shown);
        if (wish_.as_json) {
            const json::object out{
                {"imported", state_.imported}, {"unchanged", state_.unchanged}, {"refused", state_.refused}, {"dry_run", wish_.dry_run}};
            cli_.out << json::serialize(out) << '\n';
        } else {
            cli_.out << fmt::format("{}imported {}, there already {}, refused {}\n", wish_.dry_run ? "would have " : "", state_.imported,
                state_.unchanged, state_.refused);
        }
        if (state_.refused > refused_this_run_)
            cli_.err << fmt::format("{} lines were refused, and named, before this run\n", state_.refused - refused_this_run_);
        return state_.refused == 0 ? exit_done : exit_failed;
    }

    const cli_context& cli_;
    const import_wish& wish_;
    const management_client gateway_;
    const std::string state_file_;
    std::ifstream input_;
    std::optional<import_file> lines_;
    std::deque<sent> under_way_;
    import_state state_;
    std::uint64_t this_run_ = 0, refused_this_run_ = 0;
    std::size_t shown_ = 0, last_refused_ = 0;
    std::string why_;
    progress bar_;
};

int import_tokens(const cli_context& cli, const import_wish& wish) {
    auto gateway = cli.gateway();
    if (!gateway) return exit_failed;
    return import_run(cli, wish, std::move(*gateway)).run();
}

}  // namespace

void add_import_command(CLI::App& app, cli_context& cli) {
    const auto o = std::make_shared<import_wish>();
    auto* c = add_command(app, cli, "import", "take in tokens by their digests, one JSON object a line; run again, it goes on where it stopped",
        [&cli, o] { return import_tokens(cli, *o); });
    c->add_option("file", o->file, "lines as `export` writes them, or with `name` and `digest`; - is standard input")->required();
    c->add_option("--api", o->api, "of lines that name none");
    c->add_option("--format", o->format, "what the texts of keys from elsewhere look like: a pattern of the contract's `formats`");
    c->add_flag("--dry-run", o->dry_run, "only say what would happen");
    c->add_flag("--json", o->as_json, "the result as a JSON object");
}

}  // namespace tollgate
