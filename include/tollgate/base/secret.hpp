// secret.hpp - text that must not outlive its use.
//
// Holds a token's text or a key. Wiped when it ends; cannot be printed, compared with == or copied by accident.
// Lifetime: views from reveal() end with the secret.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace tollgate {

// Overwrites memory in a way that the optimiser keeps.
void wipe(void* data, std::size_t size_bytes) noexcept;

class secret {
 public:
    secret() = default;
    explicit secret(std::string text) : text_(std::move(text)) {}
    secret(const secret&) = delete;
    secret& operator=(const secret&) = delete;
    secret(secret&& other) noexcept : text_(other.text_) { other.clear(); }
    secret& operator=(secret&& other) noexcept {
        if (this != &other) {
            clear();
            text_ = other.text_;
            other.clear();
        }
        return *this;
    }
    ~secret() { clear(); }

    [[nodiscard]] std::string_view reveal() const noexcept { return text_; }
    [[nodiscard]] bool empty() const noexcept { return text_.empty(); }

 private:
    void clear() noexcept {
        wipe(text_.data(), text_.size());
        text_.clear();
    }
    std::string text_;
};

}  // namespace tollgate
