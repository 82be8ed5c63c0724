// The framing guard on requests: one meaning however the bytes arrive, and the meaning that Beast's parser sees too. (W-1 to W-3, W-12, W-13)
#include "fuzz/fuzz.hpp"
#include "fuzz/heads.hpp"

using namespace tollgate;
using namespace tollgate::fuzz;

FUZZ_TARGET(request_head) {
    const auto whole = read_head<request_head>(bytes);
    for (const auto fragment : cuts(bytes)) {
        const auto torn = read_head<request_head>(bytes, fragment);
        DEMAND(torn.status == whole.status && torn.why == whole.why && torn.meaning == whole.meaning);
    }
    if (whole.status != head_status::complete) return;
    const auto head_bytes = bytes.substr(0, whole.head->head_bytes);
    DEMAND(beast_agrees(head_bytes, *whole.head));
    // Nothing behind the head counts, and the head alone means the same.
    const exact alone(head_bytes);
    const auto again = read_head<request_head>(alone.view());
    DEMAND(again.status == head_status::complete && again.meaning == whole.meaning);
    // Written anew, as a proxy does, it is accepted again, and says the same.
    const auto once_more = written_anew(*whole.head);
    const exact copy(once_more);
    const auto second = read_head<request_head>(copy.view(), copy.view().size(), {.head_bytes = once_more.size() + 1});
    DEMAND(second.status == head_status::complete);
    DEMAND(written_anew(*second.head) == once_more);
    DEMAND(second.head->method == whole.head->method && second.head->raw_path == whole.head->raw_path && second.head->query == whole.head->query);
    DEMAND((whole.head->host.empty() || second.head->host == whole.head->host) && second.head->body == whole.head->body);
    DEMAND(second.head->content_length == whole.head->content_length);
    std::string host(whole.head->host.size(), '\0');
    std::size_t size = 0;
    if (!whole.head->host.empty() && normal_host(whole.head->host, host.data(), size)) {
        host.resize(size);
        std::string twice(size, '\0');
        DEMAND(host.ends_with('.') || (normal_host(host, twice.data(), size) && twice.substr(0, size) == host));
    }
}
