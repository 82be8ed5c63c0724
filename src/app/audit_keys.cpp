#include "app/audit_keys.hpp"

#include "tollgate/app/master_key.hpp"
#include "tollgate/audit/audit_log.hpp"
#include "tollgate/crypto/hkdf.hpp"

#include <array>
#include <span>

namespace tollgate {
namespace {

audit_key derive(const secret& master, std::string_view purpose) {
    std::array<std::uint8_t, 32> bytes{};
    hkdf_sha256(master.reveal(), {}, purpose, bytes);
    const audit_key made{std::span<const std::uint8_t, 32>(bytes)};
    wipe(bytes.data(), bytes.size());
    return made;
}

}  // namespace

std::vector<audit_log_key> audit_keys::by_log() const { return {{std::string(changes_log_name), changes}, {std::string(denials_log_name), denials}}; }

result<audit_keys> read_audit_keys(const std::string& source) {
    if (source.empty()) return audit_keys{};
    const auto master = read_master_key(source);
    if (!master) return master.error();
    return audit_keys{derive(*master, "tollgate audit 1"), derive(*master, "tollgate denials 1")};
}

}  // namespace tollgate
