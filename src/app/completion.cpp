#include "app/shell_help.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

namespace tollgate {
namespace {

struct completed_word {
    std::string text, help;
    bool is_option = false, takes_value = false, takes_file = false;
};

// A place on the command line: "" is the program, "/token/create" a command. What may follow there.
struct completed_place {
    std::string path;
    std::vector<completed_word> words;
};

void add_options(const CLI::App& of, std::vector<completed_word>& to) {
    for (const auto* o : of.get_options())
        for (const auto& name : o->get_lnames())
            to.push_back(
                {"--" + name, o->get_description(), true, o->get_type_size() != 0, o->get_type_name() == "FILE" || o->get_type_name() == "PATH"});
}

void add_place(const CLI::App& of, const CLI::App& root, const std::string& path, std::vector<completed_place>& to) {
    completed_place here{path, {}};
    for (const auto* below : of.get_subcommands({})) here.words.push_back({below->get_name(), below->get_description()});
    add_options(of, here.words);
    if (&of != &root) add_options(root, here.words);  // they may follow a command
    std::ranges::sort(here.words, {}, &completed_word::text);
    const auto twice = std::ranges::unique(here.words, {}, &completed_word::text);
    here.words.erase(twice.begin(), twice.end());
    to.push_back(std::move(here));
    for (const auto* below : of.get_subcommands({})) add_place(*below, root, path + "/" + below->get_name(), to);
}

std::vector<completed_place> places_of(const CLI::App& app) {
    std::vector<completed_place> out;
    add_place(app, app, "", out);
    return out;
}

std::string paths_of(const std::vector<completed_place>& places, std::string_view between) {
    std::vector<std::string> paths;
    for (const auto& p : places)
        if (!p.path.empty()) paths.push_back(p.path);
    return fmt::format("{}", fmt::join(paths, between));
}

// The options that want a file, or another value, as a pattern of `case`.
std::string pattern_of(const std::vector<completed_place>& places, bool file) {
    std::vector<std::string> names;
    for (const auto& p : places)
        for (const auto& w : p.words)
            if (w.takes_value && w.takes_file == file) names.push_back(w.text);
    std::ranges::sort(names);
    const auto twice = std::ranges::unique(names);
    names.erase(twice.begin(), twice.end());
    return fmt::format("{}", fmt::join(names, "|"));
}

// `case $at in` with what may follow; the same in bash and zsh.
std::string cases_of(const std::vector<completed_place>& places) {
    std::string out;
    for (const auto& p : places) {
        std::vector<std::string> words;
        for (const auto& w : p.words) words.push_back(w.text);
        out += fmt::format("        '{}') list='{}' ;;\n", p.path, fmt::join(words, " "));
    }
    return out;
}

std::string for_bash(const std::vector<completed_place>& places) {
    return fmt::format(
        "# bash completion for tollgate; made by `tollgate completion bash`\n"
        "_tollgate() {{\n"
        "    local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD - 1]}} at='' list='' i\n"
        "    for ((i = 1; i < COMP_CWORD; ++i)); do\n"
        "        case $at/${{COMP_WORDS[i]}} in {}) at=$at/${{COMP_WORDS[i]}} ;; esac\n"
        "    done\n"
        "    case $prev in\n"
        "        {}) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- \"$cur\"); return ;;\n"
        "        {}) return ;;\n"
        "    esac\n"
        "    case $at in\n{}    esac\n"
        "    mapfile -t COMPREPLY < <(compgen -W \"$list\" -- \"$cur\")\n"
        "}}\n"
        "complete -o bashdefault -F _tollgate tollgate\n",
        paths_of(places, "|"), pattern_of(places, true), pattern_of(places, false), cases_of(places));
}

std::string for_zsh(const std::vector<completed_place>& places) {
    return fmt::format(
        "#compdef tollgate\n"
        "# zsh completion for tollgate; made by `tollgate completion zsh`\n"
        "_tollgate() {{\n"
        "    local at='' list='' i\n"
        "    for ((i = 2; i < CURRENT; ++i)); do\n"
        "        case $at/$words[i] in ({}) at=$at/$words[i] ;; esac\n"
        "    done\n"
        "    case $words[CURRENT-1] in\n"
        "        ({}) _files; return ;;\n"
        "        ({}) _message value; return ;;\n"
        "    esac\n"
        "    case $at in\n{}    esac\n"
        "    compadd -- ${{=list}}\n"
        "}}\n"
        "_tollgate \"$@\"\n",
        paths_of(places, "|"), pattern_of(places, true), pattern_of(places, false), cases_of(places));
}

std::string quoted_for_fish(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '\'' || c == '\\') out += '\\';
        out += c == '\n' ? ' ' : c;
    }
    return "'" + out + "'";
}

std::string for_fish(const std::vector<completed_place>& places) {
    auto out = fmt::format(
        "# fish completion for tollgate; made by `tollgate completion fish`\n"
        "function __tollgate_at\n"
        "    set -l at ''\n"
        "    for word in (commandline -opc)[2..-1]\n"
        "        if contains -- \"$at/$word\" {}\n"
        "            set at \"$at/$word\"\n"
        "        end\n"
        "    end\n"
        "    test \"$at\" = \"$argv[1]\"\n"
        "end\n"
        "complete -c tollgate -f\n",
        paths_of(places, " "));
    for (const auto& p : places)
        for (const auto& w : p.words) {
            const auto word = w.is_option ? "-l " + w.text.substr(2) : "-a " + w.text;
            const auto value = w.takes_file ? " -r -F" : w.takes_value ? " -x" : "";
            out += fmt::format("complete -c tollgate -n \"__tollgate_at '{}'\" {}{} -d {}\n", p.path, word, value, quoted_for_fish(w.help));
        }
    return out;
}

}  // namespace

std::string completion_for(const CLI::App& app, std::string_view shell) {
    const auto places = places_of(app);
    if (shell == "bash") return for_bash(places);
    if (shell == "zsh") return for_zsh(places);
    return shell == "fish" ? for_fish(places) : std::string();
}

}  // namespace tollgate
