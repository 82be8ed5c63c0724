// token_format.hpp - what a token's text looks like, compiled from a contract's `format:`.
//
// A format is literal text with `{environment}` and one `{random:N}` (N base62 letters; without N, 49), e.g.
// `sk_{environment}_{random:32}`. The last six of the N are a checksum: CRC-32 (IEEE) of everything before them, in
// base62, so that junk is refused without a look-up (C-12). N - 6 letters carry 5.954 bits each; under
// bounds::secret_bits_min is an error. Foreign patterns of imported keys are `PAYM{hex:64}` and the like: no checksum.
// Pure; no I/O. Threads: immutable after compile.
#pragma once

#include "tollgate/base/error.hpp"
#include "tollgate/base/random.hpp"
#include "tollgate/base/secret.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate {

enum class text_class : std::uint8_t { base62, hex };

class token_format {
 public:
    // `environments`: what `{environment}` may stand for. `foreign`: no checksum, `{hex:N}` or `{random:N}`.
    static constexpr std::size_t checksum_letters = 6;

    // Errors: invalid, with what to write instead.
    static result<token_format> compile(std::string_view pattern, const std::vector<std::string>& environments, bool foreign);

    struct reading {
        enum class kind : std::uint8_t { no_match, bad_checksum, match } outcome = kind::no_match;
        int environment = -1;  // index into the environments; -1: the format has no {environment}
    };
    // Whether `text` has this format. Constant work in the length of the text; no allocation.
    [[nodiscard]] reading read(std::string_view text) const noexcept;

    // A new secret of this format. `environment` is ignored where the format has none.
    [[nodiscard]] secret make(int environment, random_source& random) const;

    // What of a text may be shown: its literal prefix, an ellipsis and the last four characters (C-2).
    [[nodiscard]] std::string hint(std::string_view text) const;

    // Whether `prefix` is what stands before the random part, of some environment: how a hint begins.
    [[nodiscard]] bool begins_with(std::string_view prefix) const noexcept;

    [[nodiscard]] bool checksummed() const noexcept { return checksummed_; }
    [[nodiscard]] double random_bits() const noexcept;
    [[nodiscard]] const std::string& pattern() const noexcept { return pattern_; }
    // Whether some text could match both.
    [[nodiscard]] bool overlaps(const token_format& other) const;
    // Texts are still made with a checksum, but read() no longer looks at it.
    void drop_checksum() noexcept { checksummed_ = false; }

 private:
    static result<token_format> take_apart(std::string_view pattern, const std::vector<std::string>& environments, bool foreign);
    [[nodiscard]] std::string_view prefix_of(std::string_view text) const noexcept;

    std::string pattern_;
    std::vector<std::string> prefixes_;  // per environment; one where the format has none
    std::string suffix_;
    std::size_t random_letters_ = 0;
    text_class letters_ = text_class::base62;
    bool per_environment_ = false;
    bool foreign_ = false;
    bool checksummed_ = true;
};

}  // namespace tollgate
