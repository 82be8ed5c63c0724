#include "tollgate/gateway/passed_connection.hpp"

#include "tollgate/base/bounds.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <iterator>
#include <span>

namespace tollgate {
namespace {

constexpr std::string_view kinds[] = {"fresh", "kept", "relayed"};
constexpr std::size_t most_early = bounds::head_bytes_max + bounds::body_window_bytes;  // what a workspace holds

std::optional<passed_connection::kind> kind_of(std::string_view word) {
    for (std::size_t i = 0; i < std::size(kinds); ++i)
        if (kinds[i] == word) return static_cast<passed_connection::kind>(i);
    return std::nullopt;
}

}  // namespace

passed_connection::~passed_connection() {
    if (descriptor >= 0) ::close(descriptor);
}

result<void> pass(const descriptor_channel& by, const passed_connection& c, std::chrono::milliseconds patience) {
    std::array<int, 2> descriptors{c.descriptor, -1};
    std::size_t count = 1;
    if (!c.early.empty()) {
        const auto file = memory_file(c.early);
        if (!file) return file.error();
        descriptors[count++] = *file;
    }
    const auto text = fmt::format("{}{} {} {}", passed_mark, c.listener, kinds[static_cast<std::size_t>(c.what)], c.client);
    const auto sent = by.send(text, std::span(descriptors.data(), count), patience);
    if (count == 2) ::close(descriptors[1]);
    return sent;
}

std::optional<passed_connection> read_passed(descriptor_channel::message& m) {
    std::string_view text = m.text;
    if (!text.starts_with(passed_mark) || m.descriptors.empty()) return std::nullopt;
    text.remove_prefix(passed_mark.size());
    passed_connection out;
    out.descriptor = m.take();
    ::fcntl(out.descriptor, F_SETFL, ::fcntl(out.descriptor, F_GETFL) | O_NONBLOCK);
    const auto number = next_word(text);
    const auto [end, bad] = std::from_chars(number.data(), number.data() + number.size(), out.listener);
    const auto what = kind_of(next_word(text));
    if (bad != std::errc() || end != number.data() + number.size() || !what) return std::nullopt;
    out.what = *what;
    out.client = text;
    if (m.descriptors.empty()) return out;
    auto early = read_memory_file(m.descriptors.front(), most_early);
    if (!early) return std::nullopt;
    out.early = std::move(*early);
    return out;
}

}  // namespace tollgate
