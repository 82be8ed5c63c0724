#include "keys.hpp"
#include "registry_impl.hpp"

#include "tollgate/codec/records.hpp"

#include <filesystem>

namespace tollgate {
namespace {

constexpr std::size_t kCopyCache = 8 << 20;  // a copy is read once

// Opens the copy, which replays what its log holds, and reads every block of it.
result<revision> look_through(const std::string& copy, log_sink& log) {
    auto options = control_database(copy, kCopyCache);
    options.create = false;
    const auto opened = database::open(options, log);
    if (!opened) return opened.error();
    const auto newest = ledger::newest(**opened, families::records);
    if (!newest) return newest.error();
    if (auto good = (*opened)->verify(); !good) return good.error();
    return *newest;
}

}  // namespace

result<revision> registry::backup(const std::string& to, const caller& who) {
    if (auto made = impl_->db->checkpoint(to); !made) return made.error();
    auto newest = look_through(to, impl_->deps.log);
    if (newest) {
        const json::object details{{"before", nullptr}, {"after", json::object{{"directory", to}, {"revision", *newest}}}};
        const auto told = note({impl_->deps.time.now(), who.actor, {}, who.from, "store.backup", {}, {}, serialize(details)});
        return told ? newest : told;
    }
    std::error_code ignored;
    std::filesystem::remove_all(to, ignored);  // made here, a moment ago, and no good
    return newest;
}

}  // namespace tollgate
