#include "high_mark.hpp"

#include <fmt/format.h>

namespace tollgate {

result<void> high_mark::check(revision stored) {
    if (auto opened = file_.open(); !opened) return opened;
    const revision answered = file_.read().value_or(0);
    if (answered <= stored) return {};
    return failure{errc::corrupt,
        fmt::format("changes up to revision {} were answered, but the store ends at {}: its log is damaged or incomplete. "
                    "Restore a backup; or, to go on without these changes (revocations may be among them), remove {}",
            answered, stored, file_.path())};
}

void high_mark::raise(revision to) noexcept {
    if (file_.write(to) || reported_) return;
    reported_ = true;
    log_.warn("the mark of the newest change cannot be written; a damaged log may go unnoticed", {{"file", file_.path()}});
}

}  // namespace tollgate
