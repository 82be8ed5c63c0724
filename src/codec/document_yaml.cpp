// YAML by yaml-cpp's events, so that every node gets its line without a second tree.
#include "tollgate/base/bounds.hpp"

#include "codec/document_readers.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <map>
#include <sstream>

namespace tollgate::document_readers {

namespace {

// Leaves yaml-cpp's parser from inside an event, after the problem has been added.
struct given_up {};

constexpr std::string_view core_tags = "tag:yaml.org,2002:";

class tree_builder final : public YAML::EventHandler {
 public:
    tree_builder(const std::string& file, problem_list& problems) : file_(file), problems_(problems) {}

    node take_root() { return std::move(root_); }

    void OnDocumentStart(const YAML::Mark&) override {}
    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        merge_candidate_ = false;
        const int line = line_under_key(mark);  // the mark of a value that is left out may be that of the next key
        complete(node::make_null(line), anchor, line);
    }

    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        const auto known = anchors_.find(anchor);
        if (known == anchors_.end()) give_up(line_of(mark), "an alias inside the node that it stands for; write the value out");
        count_alias(known->second, line_of(mark));
        merge_candidate_ = false;
        complete(node(known->second), YAML::NullAnchor, line_of(mark));
    }

    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& value) override {
        const int line = line_of(mark);
        const bool plain = tag == "?" || tag.empty();
        const bool core = tag.starts_with(core_tags) && tag != "tag:yaml.org,2002:str";
        if (core) expect_tag(tag, {"int", "float", "bool", "null"}, line);
        if (!plain && !core && tag != "!" && tag != "tag:yaml.org,2002:str") refuse_tag(tag, line);
        merge_candidate_ = plain && value == "<<";
        complete(plain || core ? plain_scalar(value, line) : node::make_string(value, line), anchor, line);
    }

    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
        if (tag.starts_with(core_tags)) expect_tag(tag, {"seq"}, line_of(mark));
        open(node::make_sequence(line_under_key(mark)), anchor, line_of(mark));
    }
    void OnSequenceEnd() override { close(); }

    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
        if (tag.starts_with(core_tags)) expect_tag(tag, {"map"}, line_of(mark));
        open(node::make_mapping(line_under_key(mark)), anchor, line_of(mark));
    }
    void OnMapEnd() override {
        apply_merges(frames_.back());
        report_repeated_keys(frames_.back());
        close();
    }

 private:
    struct frame {
        node value;
        YAML::anchor_t anchor = YAML::NullAnchor;
        bool has_key = false;
        bool merging = false;  // the key is `<<`
        std::string key;
        int key_line = 0;
        std::vector<int> key_lines;  // parallel to value.members()
        std::vector<node> merges;
    };

    static int line_of(const YAML::Mark& mark) { return mark.line + 1; }

    [[nodiscard]] int line_under_key(const YAML::Mark& mark) const {
        const bool under_key = !frames_.empty() && frames_.back().has_key;
        return under_key ? frames_.back().key_line : line_of(mark);
    }

    [[nodiscard]] std::string where() const {
        std::string path = "$";
        for (const auto& f : frames_) {
            if (f.value.is_sequence()) path = path_item(path, f.value.items().size());
            if (f.has_key) path = path_member(path, f.key);
        }
        return path;
    }

    void complain(int line, std::string what) { problems_.add({problem::level::error, file_, line, where(), std::move(what)}); }
    [[noreturn]] void give_up(int line, std::string what) {
        complain(line, std::move(what));
        throw given_up{};
    }
    [[noreturn]] void refuse_tag(const std::string& tag, int line) { give_up(line, fmt::format("tag '{}' means nothing here; remove it", tag)); }

    void expect_tag(const std::string& tag, std::initializer_list<std::string_view> allowed, int line) {
        for (const auto name : allowed)
            if (std::string_view(tag).substr(core_tags.size()) == name) return;
        refuse_tag(tag, line);
    }

    void open(node value, YAML::anchor_t anchor, int line) {
        if (!frames_.empty() && frames_.back().value.is_mapping() && !frames_.back().has_key)
            give_up(line, "a key is a mapping or a list; write a plain word");
        if (frames_.size() > bounds::document_depth) give_up(line, fmt::format("nested deeper than {} levels", bounds::document_depth));
        frames_.emplace_back();
        frames_.back().value = std::move(value);
        frames_.back().anchor = anchor;
    }

    void close() {
        frame done = std::move(frames_.back());
        frames_.pop_back();
        complete(std::move(done.value), done.anchor, done.value.line());
    }

    // A node is ready: it is the root, an item, a key or a key's value.
    void complete(node value, YAML::anchor_t anchor, int line) {
        if (++nodes_ > node_limit) give_up(line, fmt::format("more than {} values in one document", node_limit));
        if (anchor != YAML::NullAnchor) {
            count_alias(value, line);
            anchors_.insert_or_assign(anchor, value);
        }
        if (frames_.empty()) {
            root_ = std::move(value);
            return;
        }
        frame& top = frames_.back();
        if (top.value.is_sequence()) {
            top.value.push(std::move(value));
        } else if (!top.has_key) {
            take_key(top, value, line);
        } else {
            take_value(top, std::move(value), line);
        }
    }

    void take_key(frame& top, const node& key, int line) {
        if (!key.is_scalar() && key.what() != node::kind::null) give_up(line, "a key is a mapping or a list; write a plain word");
        top.has_key = true;
        top.key = key.text();
        top.key_line = line;
        top.merging = std::exchange(merge_candidate_, false);
    }

    void take_value(frame& top, node value, int line) {
        if (top.merging) {
            take_merge(top, std::move(value), line);
        } else {
            top.value.append(std::move(top.key), std::move(value));
            top.key_lines.push_back(top.key_line);
        }
        top.has_key = false;
    }

    void take_merge(frame& top, node value, int line) {
        if (value.is_mapping()) {
            top.merges.push_back(std::move(value));
            return;
        }
        for (const auto& item : value.items()) {
            if (!item.is_mapping()) give_up(line, "'<<' takes a mapping or a list of mappings");
            top.merges.push_back(item);
        }
        if (!value.is_sequence()) give_up(line, "'<<' takes a mapping or a list of mappings");
    }

    // Own keys win over merged ones, earlier merged mappings over later ones.
    void apply_merges(frame& top) {
        for (const auto& from : top.merges) {
            count_alias(from, top.key_line);
            for (const auto& [key, value] : from.members()) {
                if (top.value.find(key) != nullptr) continue;
                top.value.append(key, value);
                top.key_lines.push_back(top.key_line);
            }
        }
    }

    void report_repeated_keys(frame& top) {
        for (const auto& [again, first] : repeated_keys(top.value.members())) {
            const auto& key = top.value.members()[again].first;
            const auto path = path_member(where(), key);
            problems_.add({problem::level::error, file_, top.key_lines[again], path, repeated_key_text(key, top.key_lines[first])});
        }
    }

    // Copies are paid for: a few lines of nested aliases could otherwise fill any memory.
    void count_alias(const node& copied, int line) {
        if (++alias_nodes_ > alias_node_limit) give_up(line, fmt::format("aliases expand to more than {} values", alias_node_limit));
        for (const auto& item : copied.items()) count_alias(item, line);
        for (const auto& [key, value] : copied.members()) count_alias(value, line);
    }

    const std::string& file_;
    problem_list& problems_;
    node root_;
    std::vector<frame> frames_;
    std::map<YAML::anchor_t, node> anchors_;  // of finished nodes
    bool merge_candidate_ = false;            // the last scalar was a plain `<<`
    std::size_t nodes_ = 0;
    std::size_t alias_nodes_ = 0;
};

// Sees whether a second document follows.
class second_document final : public YAML::EventHandler {
 public:
    int line = 0;
    void OnDocumentStart(const YAML::Mark& mark) override { line = mark.line + 1; }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
    void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
    void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
    void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
    void OnSequenceEnd() override {}
    void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
    void OnMapEnd() override {}
};

}  // namespace

std::optional<node> read_yaml(const std::string& file, std::string_view text, problem_list& problems) {
    const auto complain = [&](int line, std::string what) { problems.add({problem::level::error, file, line, {}, std::move(what)}); };
    try {
        std::istringstream in{std::string(text)};
        YAML::Parser parser(in);
        tree_builder builder(file, problems);
        if (!parser.HandleNextDocument(builder)) return node::make_null(1);
        second_document more;
        if (parser.HandleNextDocument(more)) {
            complain(more.line, "a second document begins here; one file holds one document");
            return std::nullopt;
        }
        return builder.take_root();
    } catch (const given_up&) {
        return std::nullopt;
    } catch (const YAML::Exception& wrong) {
        complain(wrong.mark.is_null() ? 0 : wrong.mark.line + 1, fmt::format("not YAML: {}", wrong.msg));
        return std::nullopt;
    }
}

}  // namespace tollgate::document_readers
