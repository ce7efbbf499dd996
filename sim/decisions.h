// Decision streams: every choice that a run makes on its own, named, counted and replaceable.
//
// A stream is named by a static site and a key of stable ids. Its n-th draw is a pure hash of
// (seed, site, key, n). The value drawn is the *offset from the default*: 0 is the benign choice,
// so an all-zero run is a healthy run. Streams are owned by the Decisions of a world; opening a
// stream again continues its n, so no value is used twice, also across crash and restart. What
// lives and dies with a process has its incarnation in the key.
//
// A case can replace draws: a base per site (seeded or benign) and overrides. An override holds the
// mapped value (what was chosen, not the raw hash) and the tag of the draw it stands for; it is met
// only by a draw with the same tag, otherwise the draw keeps its own value and the override counts
// as missed. Fidelity is met / all.
//
// Invariants: a draw in one stream moves no other; an exact override is met at most once.
#pragma once

#include <array>
#include <bit>
#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/status/statusor.h"
#include "sim/base/check.h"
#include "sim/base/hash.h"
#include "sim/base/ratio.h"
#include "sim/base/site.h"
#include "sim/base/time.h"
#include "sim/trace/journal.h"

namespace ww::sim {

// The ids that tell the streams of one site apart; unused parts are 0. Written "3/1/0/0" -> "3/1".
struct StreamKey {
  std::array<uint64_t, 4> parts{};

  constexpr StreamKey() = default;
  constexpr StreamKey(uint64_t a, uint64_t b = 0, uint64_t c = 0, uint64_t d = 0)
      : parts{a, b, c, d} {}
  auto operator<=>(const StreamKey&) const = default;
  std::string ToString() const;
  static absl::StatusOr<StreamKey> Parse(std::string_view text);
};

// What a draw was for: its event or message kind, and its bound.
struct DrawTag {
  uint32_t kind = 0;
  uint64_t bound = 0;
  friend bool operator==(const DrawTag&, const DrawTag&) = default;
};

enum class SiteBase : uint8_t { kSeeded, kBenign };

// Replaces draws first..last of a stream, or of all streams of a site when `key` is empty.
struct Override {
  std::string site;
  std::optional<StreamKey> key;
  uint64_t first = 0;
  uint64_t last = 0;
  DrawTag tag;
  uint64_t value = 0;  // Mapped: in [0, tag.bound).
};

// One draw as it was made; produced when recording.
struct Decision {
  const Site* site = nullptr;
  StreamKey key;
  uint64_t n = 0;
  DrawTag tag;
  uint64_t value = 0;
};

struct Fidelity {
  uint64_t met = 0;
  uint64_t all = 0;
  bool complete() const { return met == all; }
};

// A stream's hot state. Owners hold a pointer to it (its address is stable); no lookup per draw.
struct Stream {
  uint64_t base = 0;   // Hash of seed, site and key.
  uint64_t n = 0;      // Draws made so far.
  uint32_t index = 0;  // In the registry: site, key, overrides.
  bool benign = false;
  bool special = false;  // Some override names it, or recording is on: take the slow path.

  static constexpr uint64_t kGamma = 0x9e3779b97f4a7c15ULL;
  uint64_t RawAt(uint64_t at) const { return Mix64(base + (at + 1) * kGamma); }
};

// Heavy-tailed delay: usually base..base+spread, with probability 1/4 per octave above it.
struct DelayDistribution {
  Duration base;             // The default and the minimum.
  Duration spread;           // Uniform part, exclusive.
  uint32_t octaves_max = 0;  // 0: no tail. k: below spread * 2^k. At most 12.
};

class Decisions {
 public:
  // `journal` receives every decision (fingerprint); it outlives this.
  Decisions(uint64_t seed, Journal& journal);
  ~Decisions();
  Decisions(const Decisions&) = delete;
  Decisions& operator=(const Decisions&) = delete;

  // Which sites are benign, before or after they are opened. The most specific setting wins: of a
  // site, of its class, of all.
  void SetBase(SiteBase all);
  void SetSiteBase(std::string_view site, SiteBase base);
  void SetClassBase(SiteClass site_class, SiteBase base);
  // Requires: no stream is open yet; first <= last; value < tag.bound. Of several overrides that
  // fit a draw the one added first is met.
  void AddOverride(Override replacement);
  void StartRecording();

  // The stream of (site, key); a first opening creates it. `site` must outlive this.
  Stream& Open(const Site& site, StreamKey key);

  // Each draws once. All bounds >= 1. `kind` tells draws of one stream apart (message kind, I/O
  // operation); it becomes part of the tag.
  uint64_t Uniform(Stream& stream, uint64_t bound, uint32_t kind = 0);  // Offset in [0, bound).
  bool Chance(Stream& stream, Ratio ratio, uint32_t kind = 0);          // A draw also at ratio 0.
  Duration Delay(Stream& stream, const DelayDistribution& distribution, uint32_t kind = 0) {
    CHECK(distribution.spread.ns >= 0);
    CHECK(distribution.octaves_max <= kOctavesMax);
    const uint64_t spread = static_cast<uint64_t>(distribution.spread.ns);
    CHECK(spread <= (uint64_t{1} << (62 - distribution.octaves_max)));
    const uint64_t n = stream.n++;
    uint64_t offset =
        stream.benign ? 0 : HeavyTail(stream.RawAt(n), spread, distribution.octaves_max);
    if (stream.special) [[unlikely]] {
      const uint64_t bound = spread << distribution.octaves_max;
      offset = Resolve(stream, n, {kind, bound == 0 ? 1 : bound}, offset);
    }
    Note(stream, n, offset);
    return distribution.base + Duration{static_cast<int64_t>(offset)};
  }
  // Index into weights. 0 is the default: a benign stream chooses it also if its weight is 0.
  // Requires: the sum of weights is positive.
  size_t Weighted(Stream& stream, const std::vector<uint32_t>& weights, uint32_t kind = 0);
  // The value of draw `n` that was taken earlier by `++stream.n`, without taking another.
  uint64_t UniformAt(Stream& stream, uint64_t n, uint64_t bound, uint32_t kind = 0);

  uint64_t count() const { return count_; }
  // Decisions with a value other than 0, in the order they were made. Requires recording.
  const std::vector<Decision>& recorded() const;
  Fidelity fidelity() const;
  std::vector<const Override*> missed() const;
  uint64_t seed() const { return seed_; }

 private:
  struct Registry;
  static constexpr uint32_t kOctavesMax = 12;
  // The top bits of a raw value choose the octave, the low ones the place in it, so that one draw
  // serves both and raw 0 is the default.
  static constexpr uint32_t kPlaceBits = 40;
  static_assert(2 * kOctavesMax + kPlaceBits <= 64);

  static uint64_t HeavyTail(uint64_t raw, uint64_t spread, uint32_t octaves_max) {
    // Two leading ones an octave: 4^-k. With one (2^-k) every octave would add equally to the mean.
    const uint32_t ones = static_cast<uint32_t>(std::countl_one(raw)) / 2;
    const uint32_t octave = ones < octaves_max ? ones : octaves_max;
    const uint64_t start = octave == 0 ? 0 : spread << (octave - 1);
    const uint64_t width = octave == 0 ? spread : start;
    const uint64_t place = raw & ((uint64_t{1} << kPlaceBits) - 1);
    return start +
           static_cast<uint64_t>((static_cast<unsigned __int128>(place) * width) >> kPlaceBits);
  }
  // Every draw is counted and in the fingerprint. Base and n name it, so one word says all of it.
  void Note(const Stream& stream, uint64_t n, uint64_t value) {
    ++count_;
    journal_.MixOnly((stream.base ^ n) + value * Stream::kGamma);
  }
  // What draw `n` came to, after overrides; counted, recorded and in the fingerprint.
  uint64_t Settle(Stream& stream, uint64_t n, const DrawTag& tag, uint64_t drawn);
  uint64_t Resolve(Stream& stream, uint64_t n, const DrawTag& tag, uint64_t drawn);

  uint64_t seed_;
  uint64_t count_ = 0;
  Journal& journal_;
  std::unique_ptr<Registry> registry_;
};

}  // namespace ww::sim
