// audit_chain.hpp - what ties the rows of an audit log together, and what a broken tie says. (C-7)
//
// Each row carries the link of the row before it and its own: HMAC-SHA-256 over the link before, its revision and its text.
// Who changes a row, takes one out, puts two in another order or cuts the beginning off cannot make the links fit again
// without the key. What links alone cannot show, a cut end or an older copy of the whole, shows against a head: the newest
// revision and link, which stands in the operator's log.
// Without a key the links are made under a published one: they show faults and careless hands, not forgery.
// Threads: values. Pure; allocates. Bounds: bounds::audit_findings are kept, all are counted.
#pragma once

#include "tollgate/base/bounds.hpp"
#include "tollgate/crypto/hmac.hpp"
#include "tollgate/model/change.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate {

struct audit_link {
    std::array<std::uint8_t, 32> bytes{};
    friend auto operator<=>(const audit_link&, const audit_link&) = default;
    [[nodiscard]] bool is_set() const noexcept { return *this != audit_link{}; }
    [[nodiscard]] std::string text() const;
    static std::optional<audit_link> parse(std::string_view hexadecimal);
};

struct audit_row {
    revision at = 0;
    std::uint32_t key = 0;  // audit_key::id() of the key that it is linked under
    audit_link before, own;
    std::string text;       // JSON of an audit_event, as it was written
};

// What a log ends in. "REV:HEX" as a text.
struct audit_head {
    revision at = 0;
    audit_link link;
    friend bool operator==(const audit_head&, const audit_head&) = default;
    [[nodiscard]] std::string text() const;
    static std::optional<audit_head> parse(std::string_view text);
};

// src/store/FORMAT.md, "audit". Nothing: not such a row or head.
std::string encode_audit_row(const audit_row& row);
std::optional<audit_row> decode_audit_row(revision at, std::string_view bytes);
std::string encode_audit_head(const audit_head& head);
std::optional<audit_head> decode_audit_head(std::string_view bytes);

inline constexpr std::string_view audit_seal_action = "audit.seal", audit_cut_action = "audit.cut", audit_key_action = "audit.key";

// What an `audit.cut` says: rows up to this one are taken away, and the first that stays is linked to it. Nothing: the
// event is another one.
std::optional<audit_head> read_audit_cut(const audit_event& event);
std::string audit_cut_details(const audit_head& cut);

class audit_key {
 public:
    audit_key();  // the published one
    explicit audit_key(std::span<const std::uint8_t, 32> bytes);
    // 0: the published one. Tells keys apart and gives nothing of them away.
    [[nodiscard]] std::uint32_t id() const noexcept { return id_; }
    [[nodiscard]] audit_link link(const audit_link& before, revision at, std::string_view text) const;
    // A row that stands behind `before`.
    [[nodiscard]] audit_row seal(const audit_link& before, revision at, std::string text) const;

 private:
    hmac_key key_;
    std::uint32_t id_ = 0;
};

// Rows in the log's order go through next(); finish() says what is wrong with the whole.
class audit_check {
 public:
    enum class fault : std::uint8_t {
        edited,      // a row's text, revision or links are not what was written
        missing,     // rows are gone, between two others or at the beginning
        reordered,   // a row stands behind a later one
        cut_tail,    // the log ends before the head
        rewritten,   // the whole is not the one that the head or the key is of
        unknown_key, // a row is linked under a key that is not at hand
        unreadable,  // a row or line is none
    };
    struct finding {
        fault what;
        revision at = 0;   // of the row where it shows; 0: of none
        std::string text;  // a sentence
    };

    // `keys`: those that rows may be linked under, the published one besides. `heads`: each must be in the log.
    explicit audit_check(std::vector<audit_key> keys, std::vector<audit_head> heads = {});

    void next(const audit_row& row);
    // Something that should have been a row; `where` is for people.
    void unreadable(std::string_view where, std::string_view why);
    // After the last row. `end`: what the log itself says that it ends in.
    void finish(const std::optional<audit_head>& end = std::nullopt);

    [[nodiscard]] bool good() const noexcept { return count_ == 0; }
    [[nodiscard]] const std::vector<finding>& findings() const noexcept { return findings_; }
    [[nodiscard]] std::uint64_t count() const noexcept { return count_; }  // of findings
    [[nodiscard]] std::uint64_t rows() const noexcept { return rows_; }
    [[nodiscard]] std::uint64_t keyless_rows() const noexcept { return keyless_; }
    // Rows of writes that the disk had failed and that came back: two rows behind one. No fault of anybody's.
    [[nodiscard]] std::uint64_t forks() const noexcept { return forks_; }
    [[nodiscard]] audit_head last() const noexcept { return {last_at_, last_}; }

 private:
    void add(fault what, revision at, std::string text);
    [[nodiscard]] bool genuine(const audit_row& row);
    void place(const audit_row& row);
    void begin(const audit_row& row);
    void remember(const audit_row& row);
    void look_for_cut(const audit_row& row);
    void finish_head(const audit_head& wanted, bool must_be_last);
    void finish_keys();

    std::vector<audit_key> keys_;
    std::vector<audit_head> heads_;
    struct seen_head {
        bool same = false, other = false;  // its revision was there, with this link, with another
    };
    std::vector<seen_head> seen_heads_;
    std::vector<finding> findings_;
    std::uint64_t count_ = 0, rows_ = 0, keyless_ = 0, forks_ = 0, edited_ = 0;
    revision last_at_ = 0, highest_ = 0;
    audit_link last_;
    bool last_was_edited_ = false;
    std::vector<audit_link> recent_;          // a ring of links that were seen
    std::size_t recent_next_ = 0;
    std::map<audit_link, std::size_t> gaps_;  // link that a row wanted before it -> its finding
    audit_link anchor_;                       // what the first row stands behind, where that is not the beginning
    revision first_at_ = 0;
    bool anchor_allowed_ = false;             // an audit.cut says so
    bool last_has_key_ = false;
};

std::string_view to_string(audit_check::fault what) noexcept;

}  // namespace tollgate
