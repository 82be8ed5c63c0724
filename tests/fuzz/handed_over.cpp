// What the process before says, with files where descriptors belong: understood or not, none is left open.
#include "app/hand_over_words.hpp"
#include "fuzz/fuzz.hpp"
#include "tollgate/store/local_database.hpp"
#include "tollgate/usage/usage_log.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>

using namespace tollgate;

namespace {

// Where what is passed on is written: whole, or not at all.
struct local_store {
    local_store() {
        DEMAND(::mkdtemp(path.data()) != nullptr);
        auto opened = open_local(path, 1 << 20, time, quiet, merge_usage);
        DEMAND(opened.has_value());
        db = std::move(*opened);
    }
    ~local_store() {
        db.reset();
        std::filesystem::remove_all(path);
    }
    std::string path = (std::filesystem::temp_directory_path() / "tollgate-fuzz-XXXXXX").string();
    manual_clock time{{1'800'000'000'000'000}};
    null_log quiet;
    std::unique_ptr<database> db;
};

bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

void ask_of(hand_over_word& word, std::string_view text, std::string_view file) {
    if (auto* const set = std::get_if<listening_set>(&word)) {
        DEMAND(!set->name.empty() && !set->descriptors.empty() && text.ends_with(set->name));
        inheritance keeps;
        keeps.add(std::move(*set));
    } else if (const auto* const c = std::get_if<passed_connection>(&word)) {
        DEMAND(text.starts_with(passed_mark) && is_open(c->descriptor) && text.ends_with(c->client) && (c->early.empty() || c->early == file));
    } else if (const auto* const write = std::get_if<said_write>(&word)) {
        DEMAND(write->operations.has_value() && *write->operations == file);
        static const local_store store;
        const auto written = store.db->write_passed(file);
        DEMAND(written || written.error().kind == errc::invalid || written.error().kind == errc::io);
    }
}

}  // namespace

FUZZ_TARGET(handed_over) {
    fuzz::input in(bytes);
    const auto count = in.number() % 3;
    const auto file = in.piece(100);
    const auto text = in.rest();
    std::vector<int> open;
    {
        descriptor_channel::message m;
        m.text = text;
        for (int i = 0; i < count; ++i) {
            const auto made = memory_file(file);
            DEMAND(made.has_value());
            open.push_back(*made);
        }
        m.descriptors = open;
        auto word = read_word(m);
        ask_of(word, text, file);
    }
    for (const int fd : open) DEMAND(!is_open(fd));
}
