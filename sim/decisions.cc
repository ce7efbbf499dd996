#include "sim/decisions.h"

#include <algorithm>
#include <deque>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "sim/base/check.h"

namespace ww::sim {
namespace {

constexpr uint64_t MultiplyHigh(uint64_t a, uint64_t b) {
  return static_cast<uint64_t>((static_cast<unsigned __int128>(a) * b) >> 64);
}

}  // namespace

std::string StreamKey::ToString() const {
  size_t used = parts.size();
  while (used > 1 && parts[used - 1] == 0) --used;
  std::string text = absl::StrCat(parts[0]);
  for (size_t i = 1; i < used; ++i) absl::StrAppend(&text, "/", parts[i]);
  return text;
}

absl::StatusOr<StreamKey> StreamKey::Parse(std::string_view text) {
  const std::vector<absl::string_view> fields =
      absl::StrSplit(absl::string_view(text.data(), text.size()), '/');
  StreamKey key;
  bool good = fields.size() <= key.parts.size();
  for (size_t i = 0; good && i < fields.size(); ++i) {
    const bool digits =
        !fields[i].empty() && fields[i].find_first_not_of("0123456789") == absl::string_view::npos;
    good = digits && absl::SimpleAtoi(fields[i], &key.parts[i]);
  }
  if (good) return key;
  return absl::InvalidArgumentError(
      absl::StrCat("found '", absl::string_view(text.data(), text.size()),
                   "', expected a stream key of one to four numbers such as 3/1"));
}

struct Decisions::Registry {
  struct Entry {
    const Site* site;
    StreamKey key;
    std::vector<uint32_t> overrides;  // Those that may name this stream, in the order added.
    Stream stream;
  };
  using Name = std::pair<uint64_t, StreamKey>;  // Hash of the site's name, key.

  std::deque<Entry> entries;  // Addresses of streams are stable.
  absl::btree_map<Name, Entry*> by_name;
  // The most specific base that was set wins, whatever the order of the calls.
  SiteBase base = SiteBase::kSeeded;
  std::array<std::optional<SiteBase>, 2> class_base;
  absl::btree_map<std::string, SiteBase> site_base;
  std::vector<Override> overrides;
  std::vector<bool> met;
  bool recording = false;
  std::vector<Decision> recorded;

  SiteBase BaseOf(const Site& site) const {
    const auto by_site = site_base.find(std::string(site.name));
    if (by_site != site_base.end()) return by_site->second;
    return class_base[static_cast<size_t>(site.site_class)].value_or(base);
  }

  void Refresh(Entry& entry) const {
    entry.stream.benign = BaseOf(*entry.site) == SiteBase::kBenign;
    entry.stream.special = recording || !entry.overrides.empty();
  }

  void RefreshAll() {
    for (Entry& entry : entries) Refresh(entry);
  }
};

Decisions::Decisions(uint64_t seed, Journal& journal)
    : seed_(seed), journal_(journal), registry_(std::make_unique<Registry>()) {}

Decisions::~Decisions() = default;

void Decisions::SetBase(SiteBase all) {
  registry_->base = all;
  registry_->RefreshAll();
}

void Decisions::SetSiteBase(std::string_view site, SiteBase base) {
  registry_->site_base[std::string(site)] = base;
  registry_->RefreshAll();
}

void Decisions::SetClassBase(SiteClass site_class, SiteBase base) {
  registry_->class_base[static_cast<size_t>(site_class)] = base;
  registry_->RefreshAll();
}

void Decisions::AddOverride(Override replacement) {
  CHECK(registry_->entries.empty(), "overrides are added before the first stream is opened");
  CHECK_LE(replacement.first, replacement.last);
  CHECK_LT(replacement.value, replacement.tag.bound);
  registry_->overrides.push_back(std::move(replacement));
  registry_->met.push_back(false);
}

void Decisions::StartRecording() {
  registry_->recording = true;
  registry_->RefreshAll();
}

Stream& Decisions::Open(const Site& site, StreamKey key) {
  const uint64_t site_hash = site.hash();
  const auto [at, inserted] =
      registry_->by_name.try_emplace(Registry::Name(site_hash, key), nullptr);
  if (!inserted) {
    CHECK(at->second->site->name == site.name, "two sites have one hash: {} and {}",
          at->second->site->name, site.name);
    return at->second->stream;
  }
  Registry::Entry& entry = registry_->entries.emplace_back();
  at->second = &entry;
  entry.site = &site;
  entry.key = key;
  uint64_t base = Absorb(Mix64(seed_), site_hash);
  for (const uint64_t part : key.parts) base = Absorb(base, part);
  entry.stream.base = Mix64(base);
  entry.stream.index = static_cast<uint32_t>(registry_->entries.size() - 1);
  for (size_t i = 0; i < registry_->overrides.size(); ++i) {
    const Override& candidate = registry_->overrides[i];
    if (candidate.site != site.name || candidate.key.value_or(key) != key) continue;
    entry.overrides.push_back(static_cast<uint32_t>(i));
  }
  registry_->Refresh(entry);
  return entry.stream;
}

// The slow path: overrides and recording.
uint64_t Decisions::Resolve(Stream& stream, uint64_t n, const DrawTag& tag, uint64_t drawn) {
  CHECK_LT(stream.index, registry_->entries.size());
  const Registry::Entry& entry = registry_->entries[stream.index];
  uint64_t value = drawn;
  for (const uint32_t at : entry.overrides) {
    const Override& candidate = registry_->overrides[at];
    if (n < candidate.first || n > candidate.last || !(candidate.tag == tag)) continue;
    registry_->met[at] = true;
    value = candidate.value;
    break;
  }
  if (registry_->recording && value != 0) {
    registry_->recorded.push_back({entry.site, entry.key, n, tag, value});
  }
  return value;
}

inline uint64_t Decisions::Settle(Stream& stream, uint64_t n, const DrawTag& tag, uint64_t drawn) {
  uint64_t value = drawn;
  if (stream.special) [[unlikely]]
    value = Resolve(stream, n, tag, drawn);
  Note(stream, n, value);
  return value;
}

uint64_t Decisions::Uniform(Stream& stream, uint64_t bound, uint32_t kind) {
  CHECK(bound >= 1);
  const uint64_t n = stream.n++;
  const uint64_t drawn = stream.benign ? 0 : MultiplyHigh(stream.RawAt(n), bound);
  return Settle(stream, n, {kind, bound}, drawn);
}

uint64_t Decisions::UniformAt(Stream& stream, uint64_t n, uint64_t bound, uint32_t kind) {
  CHECK(bound >= 1);
  CHECK(n < stream.n, "draw {} was not taken", n);
  const uint64_t drawn = stream.benign ? 0 : MultiplyHigh(stream.RawAt(n), bound);
  return Settle(stream, n, {kind, bound}, drawn);
}

bool Decisions::Chance(Stream& stream, Ratio ratio, uint32_t kind) {
  const uint64_t n = stream.n++;
  // The top of the range, so that raw 0 is benign.
  const uint64_t place = stream.benign ? 0 : MultiplyHigh(stream.RawAt(n), ratio.denominator());
  const bool hit = !stream.benign && place >= ratio.denominator() - ratio.numerator();
  return Settle(stream, n, {kind, 2}, hit ? 1 : 0) != 0;
}

size_t Decisions::Weighted(Stream& stream, const std::vector<uint32_t>& weights, uint32_t kind) {
  uint64_t total = 0;
  for (const uint32_t weight : weights) total += weight;
  CHECK(total > 0);
  const uint64_t n = stream.n++;
  uint64_t index = 0;
  if (!stream.benign) {
    uint64_t place = MultiplyHigh(stream.RawAt(n), total);
    while (place >= weights[index]) place -= weights[index++];
  }
  return Settle(stream, n, {kind, weights.size()}, index);
}

const std::vector<Decision>& Decisions::recorded() const {
  CHECK(registry_->recording);
  return registry_->recorded;
}

Fidelity Decisions::fidelity() const {
  const auto met = std::count(registry_->met.begin(), registry_->met.end(), true);
  return {static_cast<uint64_t>(met), registry_->overrides.size()};
}

std::vector<const Override*> Decisions::missed() const {
  std::vector<const Override*> missed;
  for (size_t i = 0; i < registry_->overrides.size(); ++i) {
    if (!registry_->met[i]) missed.push_back(&registry_->overrides[i]);
  }
  return missed;
}

}  // namespace ww::sim
