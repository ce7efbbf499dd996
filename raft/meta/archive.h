// Archives: one description of a value's fields (fields.h) writes it, reads it and thereby defines
// its bytes. Included by this room's sources only.
//
// A value's fields are listed by a function Fields(archive, value), once for both directions: the
// Saver takes const values, the Loader fills them in. A Loader that met anything wrong is failed
// for good and leaves the rest as it is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "sim/base/bytes.h"
#include "sim/base/check.h"
#include "sim/base/ids.h"

namespace ww::raft::meta {

// The last value of an enum, for those that are ever written; fields.h has them.
template <class Enum>
inline constexpr Enum kLastOf = {};

class Saver {
 public:
  template <class T>
  using Of = const T;

  explicit Saver(ByteWriter& out) : out_(out) {}

  template <class... T>
  void operator()(const T&... values) {
    (One(values), ...);
  }
  void Text(const std::string& text, size_t bytes_max) {
    CHECK_LE(text.size(), bytes_max);
    out_.Bytes(text);
  }
  template <class T>
  void List(const std::vector<T>& values, size_t count_max) {
    CHECK_LE(values.size(), count_max);
    out_.Varint(values.size());
    for (const T& value : values) One(value);
  }

 private:
  template <class Tag>
  void One(const Tagged<Tag>& id) {
    out_.Varint(id.value);
  }
  void One(uint64_t value) { out_.Varint(value); }
  void One(uint32_t value) { out_.Varint(value); }
  void One(bool value) { out_.Fixed8(value ? 1 : 0); }
  template <class T>
  void One(const std::optional<T>& value) {
    One(value.has_value());
    if (value.has_value()) One(*value);
  }
  template <class... T>
  void One(const std::variant<T...>& value) {
    out_.Fixed8(static_cast<uint8_t>(value.index()));
    std::visit([this](const auto& one) { this->One(one); }, value);
  }
  template <class T>
  void One(const T& value) {
    if constexpr (std::is_enum_v<T>) {
      CHECK_LE(static_cast<uint8_t>(value), static_cast<uint8_t>(kLastOf<T>));
      out_.Fixed8(static_cast<uint8_t>(value));
    } else {
      Fields(*this, value);
    }
  }

  ByteWriter& out_;
};

class Loader {
 public:
  template <class T>
  using Of = T;

  explicit Loader(std::string_view bytes) : in_(bytes) {}

  template <class... T>
  void operator()(T&... values) {
    (One(values), ...);
  }
  void Text(std::string& text, size_t bytes_max) {
    const std::string_view bytes = in_.Bytes();
    if (bytes.size() > bytes_max) return Fail();
    text = std::string(bytes);
  }
  // Every item takes a byte at least, so a count beyond what is left is none.
  template <class T>
  void List(std::vector<T>& values, size_t count_max) {
    const uint64_t count = in_.Varint();
    if (!ok() || count > count_max || count > in_.remaining()) return Fail();
    for (uint64_t i = 0; i < count && ok(); ++i) {
      T value;
      One(value);
      values.push_back(std::move(value));
    }
  }
  void Fail() { failed_ = true; }
  bool ok() const { return in_.ok() && !failed_; }
  bool Finished() const { return ok() && in_.remaining() == 0; }

 private:
  template <class Tag>
  void One(Tagged<Tag>& id) {
    id = Tagged<Tag>(in_.Varint());
  }
  void One(uint64_t& value) { value = in_.Varint(); }
  void One(uint32_t& value) {
    const uint64_t wide = in_.Varint();
    if (wide > UINT32_MAX) return Fail();
    value = static_cast<uint32_t>(wide);
  }
  void One(bool& value) {
    const uint8_t byte = in_.Fixed8();
    if (byte > 1) return Fail();
    value = byte == 1;
  }
  template <class T>
  void One(std::optional<T>& value) {
    bool present = false;
    One(present);
    if (ok() && present) One(value.emplace());
  }
  template <class... T>
  void One(std::variant<T...>& value) {
    const uint8_t index = in_.Fixed8();
    if (!ok() || index >= sizeof...(T)) return Fail();
    Alternative(value, index, std::index_sequence_for<T...>());
  }
  template <class... T, size_t... I>
  void Alternative(std::variant<T...>& value, uint8_t index, std::index_sequence<I...>) {
    ((index == I ? One(value.template emplace<I>()) : void()), ...);
  }
  template <class T>
  void One(T& value) {
    if constexpr (std::is_enum_v<T>) {
      const uint8_t byte = in_.Fixed8();
      if (byte > static_cast<uint8_t>(kLastOf<T>)) return Fail();
      value = static_cast<T>(byte);
    } else {
      Fields(*this, value);
    }
  }

  ByteReader in_;
  bool failed_ = false;
};

// A value as the bytes of its fields.
template <class T>
std::string Bytes(const T& value) {
  ByteWriter out;
  Saver saver(out);
  saver(value);
  return out.Take();
}

}  // namespace ww::raft::meta
