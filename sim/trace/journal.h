// Journal: the one place where a run says what happened. Fingerprint always, trace when asked.
//
// The fingerprint is a 64-bit mix over canonical field values of every executed event, world call
// with its result, observer event and decision. It does not depend on whether a trace is written.
// Trace bytes stay in memory; whoever runs the world writes them out.
//
// Cost: below 1 ns a word without a trace.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "sim/base/hash.h"
#include "sim/base/ids.h"
#include "sim/base/time.h"
#include "sim/trace/schema.h"

namespace ww {

class TraceWriter;

class Journal {
 public:
  // `schema` outlives the journal and grows only before the first Record.
  explicit Journal(const Schema& schema);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  // `host` is where it happened (none: in the harness). One argument a field of the kind, in order.
  template <class... Fields>
  void Record(KindId kind, TrueTime now, HostId host, const Fields&... fields) {
    const uint64_t words[] = {(uint64_t{kind.value} << 48) ^ host.value,
                              static_cast<uint64_t>(now.ns), Word(fields)...};
    fingerprint_ =
        Absorb(fingerprint_, MixWords(words, std::make_index_sequence<2 + sizeof...(fields)>()));
    ++records_;
    if (writer_ != nullptr) [[unlikely]]
      Write(kind, now, host, Carried(fields)...);
  }
  // For what the fingerprint holds already in a cheaper form; call only when tracing.
  template <class... Fields>
  void TraceOnly(KindId kind, TrueTime now, HostId host, const Fields&... fields) {
    Write(kind, now, host, Carried(fields)...);
  }
  // For decisions, which are too many to trace one by one.
  void MixOnly(uint64_t word) { fingerprint_ = Absorb(fingerprint_, word); }

  uint64_t fingerprint() const { return fingerprint_; }
  uint64_t records() const { return records_; }

  // Starts an in-memory trace that keeps at most `bytes_max` of newest records (0: all).
  void StartTrace(size_t bytes_max = 0);
  bool tracing() const { return writer_ != nullptr; }
  // The trace file's bytes: schema, then records. Requires tracing.
  std::string TraceBytes() const;

 private:
  // One word for all words of a record: their sum, each times an odd constant of its place
  // (multilinear hashing; Carter and Wegman, JCSS 1979). Only the sum joins the chain of the
  // fingerprint: a chain through every word took twice as long, as each step waits for the
  // multiplication before, and 128-bit products of pairs took twice as many instructions.
  template <size_t... kWord>
  [[gnu::always_inline]] static uint64_t MixWords(const uint64_t* words,
                                                  std::index_sequence<kWord...>) {
    return ((words[kWord] * (Mix64(kWord + 1) | 1)) + ...);
  }
  template <class F>
  static uint64_t Word(const F& field) {
    if constexpr (std::is_convertible_v<const F&, std::string_view>) {
      return TextWord(field);
    } else if constexpr (std::is_enum_v<F>) {
      return static_cast<uint64_t>(field);
    } else if constexpr (requires { field.value; }) {
      return static_cast<uint64_t>(field.value);
    } else if constexpr (requires { field.ns; }) {
      return static_cast<uint64_t>(field.ns);
    } else {
      static_assert(std::integral<F>);
      return static_cast<uint64_t>(field);
    }
  }
  // A field by value: texts as views, all else as words. The trace takes its fields so, or every
  // record would keep its words in memory for it.
  template <class F>
  static auto Carried(const F& field) {
    if constexpr (std::is_convertible_v<const F&, std::string_view>) {
      return std::string_view(field);
    } else {
      return Word(field);
    }
  }
  static std::string_view TextOf(std::string_view text) { return text; }
  static std::string_view TextOf(uint64_t) { return {}; }
  template <class... Words>
  [[gnu::cold, gnu::noinline]] void Write(KindId kind, TrueTime now, HostId host, Words... fields) {
    const uint64_t words[] = {Word(fields)..., 0};
    const std::string_view texts[] = {TextOf(fields)..., {}};
    WriteRecord(kind, now, host, words, texts, sizeof...(fields));
  }
  static uint64_t TextWord(std::string_view text);
  void WriteRecord(KindId kind, TrueTime now, HostId host, const uint64_t* words,
                   const std::string_view* texts, size_t fields);

  const Schema& schema_;
  uint64_t fingerprint_ = 0x57a7e4a7e25eedULL;
  uint64_t records_ = 0;
  std::unique_ptr<TraceWriter> writer_;
};

}  // namespace ww
