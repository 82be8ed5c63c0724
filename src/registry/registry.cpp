#include "registry_impl.hpp"

#include "keys.hpp"

#include "tollgate/codec/json.hpp"
#include "tollgate/codec/records.hpp"

#include <fmt/format.h>

namespace tollgate {

// A new store is told its format; one of another build is left alone.
result<void> registry::impl::check_format() {
    const auto found = db->get(families::facts, format_key);
    if (!found) return found.error();
    if (*found == format_number) return {};
    if (*found) return failure{errc::invalid, fmt::format("the store has format {}; this version reads format {}", **found, format_number)};
    write_batch first;
    first.put(families::facts, format_key, format_number);
    return db->write(first, true);
}

registry::registry(std::unique_ptr<impl> i) : impl_(std::move(i)) { impl_->self = this; }

registry::~registry() = default;

result<std::unique_ptr<registry>> registry::open(options o, dependencies d) {
    auto made = std::make_unique<impl>(d, std::move(o.master));
    auto db = database::open(control_database(o.path, o.cache_bytes), d.log);
    if (!db) return db.error();
    made->db = std::move(*db);
    if (auto good = made->check_format(); !good) return good.error();
    made->applier =
        std::make_unique<token_applier>(*made->db, d.feed, made->macs, [raw = made.get()](std::string_view point) { raw->at(point); }, o.links);
    made->applier->mind(made->room.emplace(o.path, d.log));
    made->applier->tell(made->known.emplace(*made->db, families::index, d.log));
    if (auto loaded = made->applier->load(); !loaded) return loaded.error();
    made->known->fill();
    auto opened = ledger::open(*made->db, families::records, *made->applier, d.log);
    if (!opened) return opened.error();
    made->ledger = std::move(*opened);
    if (auto loaded = made->applier->grants().load(*made->ledger); !loaded) return loaded.error();
    return std::unique_ptr<registry>(new registry(std::move(made)));
}

bool registry::is_open() const noexcept { return impl_->db->is_open(); }

const latency_histogram& registry::changes_durable() const noexcept { return impl_->changes_durable; }

const latency_histogram& registry::changes_visible() const noexcept { return impl_->changes_visible; }

void registry::close() { impl_->db->close(); }

result<void> registry::reopen() {
    if (auto opened = impl_->ledger->reopen(); !opened) return opened;
    return impl_->applier->grants().load(*impl_->ledger);
}

result<void> registry::write_out() {
    constexpr std::size_t read_quickly = 8 << 20;
    return impl_->db->write_out(read_quickly);
}

result<void> registry::recover() {
    if (!impl_->db->needs_reopening()) return {};
    if (auto well = impl_->db->try_disk(); !well) return well;
    close();
    return reopen();
}

known_digests& registry::known() const noexcept { return *impl_->known; }

mac_keeper& registry::macs() const noexcept { return impl_->macs; }

bool registry::maybe_revoked(const token_id& access) const noexcept { return impl_->applier->grants().bits().maybe(access); }

const atom_table& registry::atoms() const noexcept { return impl_->applier->numbers().atoms(); }

// Names are not news: the event has no action, and so leaves no audit row.
result<revision> registry::impl::commit_name(std::string key, std::string value) {
    change c;
    c.puts.push_back({std::move(key), std::move(value)});
    return ledger->commit(std::move(c));
}

result<atom> registry::number_of(std::string_view text) {
    const auto& names = impl_->applier->numbers().atoms();
    if (const auto known = names.find(text)) return *known;
    const auto done = impl_->commit_name(std::string(atom_prefix).append(text), "null");
    if (!done) return done.error();
    return names.find(text).value();
}

result<scope_number> registry::scope_number_of(std::string_view api, std::string_view scope) {
    const auto& numbers = impl_->applier->numbers();
    if (const auto known = numbers.find_scope(api, scope)) return *known;
    const auto done = impl_->commit_name(fmt::format("{}{}/{}", scope_prefix, api, scope), serialize(json::object{{"api", api}, {"scope", scope}}));
    if (!done) return done.error();
    return numbers.find_scope(api, scope).value();
}

}  // namespace tollgate
