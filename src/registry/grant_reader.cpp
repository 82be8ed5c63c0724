#include "tollgate/registry/grant_reader.hpp"

#include "grant_profiles.hpp"
#include "sieve_cache.hpp"

#include "tollgate/model/holder.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

namespace tollgate {
namespace {

struct nothing {};

struct releases_profile {
    grant_profiles* of;
    void operator()(const kept_grant& g) const noexcept { of->release(g); }
};

}  // namespace

struct grant_reader::impl {
    explicit impl(std::size_t capacity)
        : grants(capacity, {&profiles}), absent(bounds::negatives_per_thread), lists(bounds::address_lists_per_thread) {
        reading.reserve(bounds::pending_reads_per_thread);
    }

    grant_profiles profiles;
    sieve_cache<kept_grant, releases_profile> grants;
    grant last;  // that was found
    sieve_cache<nothing> absent;
    sieve_cache<std::vector<ip_block>> lists;  // of grants that are restricted to addresses
    boost::unordered_flat_map<digest, bool, std::hash<digest>> reading;  // cold reads under way; true: overtaken
    counts seen;

    void forget(const digest& key) noexcept {
        if (grants.erase(key) || absent.erase(key)) ++seen.drops;
        if (lists.size() != 0) lists.erase(key);
        const auto it = reading.find(key);
        if (it != reading.end()) it->second = true;
    }
    void forget_everything() noexcept {
        seen.drops += grants.size() + absent.size();
        grants.clear();
        profiles.clear();
        absent.clear();
        lists.clear();
        for (auto& [key, overtaken] : reading) overtaken = true;
    }
};

grant_reader::grant_reader(change_feed& feed, std::size_t thread, std::size_t capacity, const known_digests* known)
    : feed_(feed), thread_(thread), known_(known), impl_(std::make_unique<impl>(capacity)) {}

grant_reader::~grant_reader() = default;

// The epoch is read before the ring: what is published in between is announced by a later epoch again.
void grant_reader::drain() noexcept {
    seen_ = feed_.epoch();
    if (!feed_.ring(thread_).drain([this](const digest& key) { impl_->forget(key); })) impl_->forget_everything();
}

void grant_reader::expect(const digest& key) const noexcept { impl_->grants.prefetch(key); }
void grant_reader::expect_soon(const digest& key) const noexcept { impl_->grants.prefetch_value(key); }

grant_reader::found grant_reader::find(const digest& key) noexcept {
    catch_up();
    if (const auto* value = impl_->grants.find(key)) {
        const auto* list = value->restricted_addresses ? impl_->lists.find(key) : nullptr;
        if (!value->restricted_addresses || list != nullptr) {
            ++impl_->seen.hits;
            impl_->profiles.restore(*value, impl_->last);
            return {where::hit, &impl_->last, list != nullptr ? std::span<const ip_block>(*list) : std::span<const ip_block>()};
        }
    }
    const bool unknown = known_ != nullptr && !known_->maybe(key) && !read_holder_key(key);
    if (unknown || impl_->absent.peek(key) != nullptr) {
        ++impl_->seen.negatives;
        return {where::absent, nullptr, {}};
    }
    ++impl_->seen.misses;
    return {where::must_read, nullptr, {}};
}

grant_reader::start grant_reader::begin_read(const digest& key) {
    catch_up();
    if (impl_->reading.contains(key)) return start::joined;
    if (impl_->reading.size() >= bounds::pending_reads_per_thread) return start::full;
    impl_->reading.emplace(key, false);
    return start::launch;
}

bool grant_reader::finish_read(const digest& key, const result<std::optional<indexed_grant>>& outcome) {
    catch_up();
    const auto it = impl_->reading.find(key);
    if (it == impl_->reading.end()) return true;  // not a launched read: nothing vouches for what it brings
    if (it->second && outcome) {
        it->second = false;  // changes from here on overtake the read that the caller launches now
        ++impl_->seen.overtaken;
        return false;
    }
    impl_->reading.erase(it);
    if (!outcome) return true;
    if (!*outcome) {
        impl_->absent.put(key, nothing{});
        return true;
    }
    impl_->grants.put(key, impl_->profiles.keep(**outcome));
    if ((*outcome)->restricted_addresses) impl_->lists.put(key, (*outcome)->addresses);
    return true;
}

const grant_reader::counts& grant_reader::statistics() const noexcept { return impl_->seen; }

}  // namespace tollgate
