// What a disk suffers: the crash of its host, rot, sectors that can't be read, a wipe, an older
// state.
#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/base/check.h"
#include "sim/disk_state.h"
#include "sim/sites.h"

namespace ww::sim {
namespace {

// The draws of one stream by their kind.
enum class CrashDraw : uint32_t { kFate, kCut, kSizeChoice, kSizeBetween, kName };

constexpr uint64_t kFates = 3;  // Kept, old, torn.
enum class SizeChoice : uint64_t { kAsSeen, kDurable, kBetween };
constexpr uint64_t kSizeChoices = 3;

constexpr uint32_t KindOf(CrashDraw draw) { return static_cast<uint32_t>(draw); }

// What a crash left of the sectors of a file.
struct CrashCounts {
  uint64_t kept = 0;
  uint64_t old = 0;
  uint64_t torn = 0;
};

class SectorDraws {
 public:
  SectorDraws(Decisions& decisions, const CrashRules& rules, StreamKey key)
      : decisions_(decisions),
        stream_(decisions.Open(sites::kDiskCrashSector, key)),
        weights_{rules.kept_weight, rules.old_weight, rules.torn_weight} {
    CHECK_EQ(weights_.size(), kFates);
  }

  SectorFate Next() {
    switch (decisions_.Weighted(stream_, weights_, KindOf(CrashDraw::kFate))) {
      case 0:
        ++counts_.kept;
        return {.cut = kSectorBytes};
      case 1:
        ++counts_.old;
        return {.cut = 0};
      case 2:
        break;
      default:
        UNREACHABLE("a fourth fate");
    }
    ++counts_.torn;
    // Zero is the smallest harm: only the last byte is old.
    const uint64_t harm = decisions_.Uniform(stream_, kSectorBytes - 1, KindOf(CrashDraw::kCut));
    return {.cut = kSectorBytes - 1 - harm};
  }
  const CrashCounts& counts() const { return counts_; }

 private:
  Decisions& decisions_;
  Stream& stream_;
  std::vector<uint32_t> weights_;
  CrashCounts counts_;
};

}  // namespace

// Names are decided before the data, because the data of a file without a name needs no decision.
void Disk::Crash() {
  State& state = *state_;
  std::vector<bool> was_named;
  for (const auto& file : state.files) was_named.push_back(file != nullptr && file->named);
  if (state.crash_rules.loses_unsynced) state.CrashNames();
  state.bytes_used = 0;
  for (size_t i = 0; i < state.files.size(); ++i) {
    const FileNumber number{static_cast<uint32_t>(i + 1)};
    State::File* file = state.Find(number);
    if (file == nullptr) continue;
    state.CrashFile(number, *file, was_named[i]);
    if (file->named) state.bytes_used += file->image.size();
  }
  DiskObserver* observer = state.world.disk_observer();
  if (observer != nullptr) observer->OnCrash(state.host.id());
}

void Disk::State::CrashNames() {
  std::vector<bool> kept(directory.waiting(), true);
  if (crash_rules.loses_names && !kept.empty()) {
    Stream& stream = decisions.Open(sites::kDiskCrashName, StreamKey(host.id().value));
    for (size_t i = 0; i < kept.size(); ++i) {
      kept[i] = decisions.Uniform(stream, 2, KindOf(CrashDraw::kName)) == 0;
    }
  }
  directory.Crash(kept);
  nameless.clear();
  for (auto& file : files) {
    if (file != nullptr) file->named = false;
  }
  for (const auto& [name, number] : directory.Names()) {
    File* file = Find(number);
    CHECK(file != nullptr, "a name without data");
    file->named = true;
  }
  for (auto& file : files) {
    if (file != nullptr && !file->named) file.reset();
  }
}

void Disk::State::CrashFile(FileNumber number, File& file, bool was_named) {
  const StreamKey key(host.id().value, number.value);
  const std::vector<uint64_t> unsynced = file.image.UnsyncedSectors();
  CrashCounts counts;
  if (!crash_rules.loses_unsynced) {
    file.image.AbandonSyncs();
    counts.kept = unsynced.size();
  } else if (!was_named) {
    // Its removal was lost. Nobody wrote back what only the removed file's cache held.
    file.image.DropUnsynced();
    counts.old = unsynced.size();
  } else {
    if (!unsynced.empty()) {
      SectorDraws draws(decisions, crash_rules, key);
      for (const uint64_t sector : unsynced) file.image.Settle(sector, draws.Next());
      counts = draws.counts();
    }
    file.image.EndCrash(DrawSize(number, file.image.CrashSizes()));
  }
  world.journal().Record(world.kinds().disk_crash, world.now(), host.id(), number, counts.kept,
                         counts.old, counts.torn, file.image.size());
}

uint64_t Disk::State::DrawSize(FileNumber number, const SizeChoices& sizes) {
  if (!sizes.open()) return sizes.as_seen;
  Stream& stream = decisions.Open(sites::kDiskCrashSize, StreamKey(host.id().value, number.value));
  const auto choice = static_cast<SizeChoice>(
      decisions.Uniform(stream, kSizeChoices, KindOf(CrashDraw::kSizeChoice)));
  switch (choice) {
    case SizeChoice::kAsSeen:
      return sizes.as_seen;
    case SizeChoice::kDurable:
      return sizes.durable;
    case SizeChoice::kBetween:
      break;
  }
  CHECK_LE(sizes.lowest, sizes.as_seen);
  const uint64_t range = sizes.as_seen - sizes.lowest + 1;
  return sizes.as_seen - decisions.Uniform(stream, range, KindOf(CrashDraw::kSizeBetween));
}

void Disk::State::Damaged(FileNumber number, uint64_t offset, uint64_t bytes) {
  DiskObserver* observer = world.disk_observer();
  if (observer != nullptr) observer->OnDamaged(host.id(), number, offset, bytes);
}

bool Disk::Rot(FileNumber number, uint64_t offset, uint32_t bit) {
  State::File* file = state_->Find(number);
  if (file == nullptr || offset >= file->image.durable_size()) return false;
  file->image.FlipBit(offset, bit);
  state_->Damaged(number, offset, 1);
  return true;
}

std::optional<Disk::State::Place> Disk::State::DrawPlaceAtRest(Stream& stream) {
  std::vector<FileNumber> candidates;
  for (const auto& [name, number] : directory.Names()) {
    const File* file = Find(number);
    CHECK(file != nullptr);
    if (file->image.bytes_at_rest() > 0) candidates.push_back(number);
  }
  if (candidates.empty()) return std::nullopt;
  const FileNumber number = candidates[decisions.Uniform(stream, candidates.size())];
  return Place{number, decisions.Uniform(stream, Find(number)->image.bytes_at_rest()), 1};
}

uint64_t Disk::RotAtRest(uint64_t bits) {
  State& state = *state_;
  Stream& stream = state.decisions.Open(sites::kDiskDamage, StreamKey(state.host.id().value));
  for (uint64_t i = 0; i < bits; ++i) {
    const std::optional<State::Place> place = state.DrawPlaceAtRest(stream);
    if (!place.has_value()) return i;
    const auto bit = static_cast<uint32_t>(state.decisions.Uniform(stream, 8));
    CHECK(Rot(place->file, place->offset, bit));
  }
  return bits;
}

bool Disk::LoseSectorAtRest() {
  State& state = *state_;
  Stream& stream = state.decisions.Open(sites::kDiskDamage, StreamKey(state.host.id().value));
  const std::optional<State::Place> place = state.DrawPlaceAtRest(stream);
  if (!place.has_value()) return false;
  const uint64_t sector = place->offset / kSectorBytes;
  std::vector<uint64_t>& unreadable = state.Find(place->file)->unreadable;
  const auto at = std::lower_bound(unreadable.begin(), unreadable.end(), sector);
  if (at == unreadable.end() || *at != sector) unreadable.insert(at, sector);
  state.Damaged(place->file, sector * kSectorBytes, kSectorBytes);
  return true;
}

bool Disk::MisdirectAtRest() {
  State& state = *state_;
  Stream& stream = state.decisions.Open(sites::kDiskDamage, StreamKey(state.host.id().value));
  const std::optional<State::Place> meant = state.DrawPlaceAtRest(stream);
  const std::optional<State::Place> hit = state.DrawPlaceAtRest(stream);
  if (!meant.has_value()) return false;
  const State::Place from = state.SectorAtRest(*meant);
  const State::Place to = state.SectorAtRest(*hit);
  if (from.file == to.file && from.offset == to.offset) return false;
  const std::string written = state.Find(from.file)->image.Read(from.offset, from.bytes);
  const uint64_t bytes = std::min(from.bytes, to.bytes);
  state.Find(to.file)->image.Replace(to.offset, std::string_view(written).substr(0, bytes));
  state.Find(from.file)->image.Replace(from.offset, std::string(from.bytes, '\0'));
  state.Damaged(from.file, from.offset, from.bytes);
  state.Damaged(to.file, to.offset, bytes);
  return true;
}

Disk::State::Place Disk::State::SectorAtRest(const Place& place) const {
  const uint64_t begin = place.offset - place.offset % kSectorBytes;
  const uint64_t end = std::min(begin + kSectorBytes, Find(place.file)->image.bytes_at_rest());
  return {place.file, begin, end - begin};
}

bool Disk::State::Readable(const File& file, uint64_t offset, uint64_t bytes) {
  const auto first =
      std::lower_bound(file.unreadable.begin(), file.unreadable.end(), offset / kSectorBytes);
  return first == file.unreadable.end() || bytes == 0 || *first * kSectorBytes >= offset + bytes;
}

void Disk::State::BecomeReadable(File& file, uint64_t offset, uint64_t bytes) {
  std::erase_if(file.unreadable, [offset, bytes](uint64_t sector) {
    const uint64_t begin = sector * kSectorBytes;
    return begin < offset + bytes && offset < begin + kSectorBytes;
  });
}

Disk::Image Disk::DurableImage() const {
  Image image;
  image.names = state_->directory.DurableNames();
  for (const auto& [name, number] : image.names) {
    image.contents.emplace_back(number, DurableBytes(number));
  }
  std::sort(image.contents.begin(), image.contents.end());
  return image;
}

// Numbers are never used twice, so what the image names is where it was.
void Disk::Restore(const Image& image) {
  State& state = *state_;
  CHECK(!state.host.up());
  state.directory.Clear();
  state.nameless.clear();
  state.bytes_used = 0;
  for (auto& file : state.files) file.reset();
  for (const auto& [number, bytes] : image.contents) {
    CHECK_LE(number.value, state.files.size());
    auto file = std::make_unique<State::File>(state.pools);
    file->image.Write(0, bytes);
    file->image.FinishSync(file->image.StartSync());
    state.bytes_used += bytes.size();
    state.files[number.value - 1] = std::move(file);
  }
  for (const auto& [name, number] : image.names) state.directory.Create(name, number);
  state.directory.MakeDurable(state.directory.next_operation());
}

void Disk::Wipe() {
  State& state = *state_;
  state.directory.Clear();
  state.nameless.clear();
  state.bytes_used = 0;
  for (size_t i = 0; i < state.files.size(); ++i) {
    if (state.files[i] == nullptr) continue;
    state.files[i].reset();
  }
  DiskObserver* observer = state.world.disk_observer();
  if (observer != nullptr) observer->OnWiped(state.host.id());
}

}  // namespace ww::sim
