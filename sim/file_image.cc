#include "sim/file_image.h"

#include <algorithm>
#include <cstring>

#include "sim/base/check.h"

namespace ww::sim {
namespace {

uint64_t SectorOf(uint64_t offset) { return offset / kSectorBytes; }
uint64_t SectorsUpTo(uint64_t size) { return (size + kSectorBytes - 1) / kSectorBytes; }

// Zeros what lies at and above `size` of a sector that begins at `begin`.
void Mask(char* bytes, uint64_t begin, uint64_t size) {
  if (size >= begin + kSectorBytes) return;
  const uint64_t kept = size <= begin ? 0 : size - begin;
  std::memset(bytes + kept, 0, kSectorBytes - kept);
}

}  // namespace

FileImage::~FileImage() {
  FreeSectors();
  for (char* page : pages_) {
    if (page != nullptr) pools_.pages.Give(page);
  }
}

// --- The image ---

void FileImage::Write(uint64_t offset, std::string_view bytes) {
  if (bytes.empty()) return;
  CHECK_LE(offset, kFileBytesMax);
  CHECK_LE(bytes.size(), kFileBytesMax - offset);
  const uint64_t end = offset + bytes.size();
  if (offset > size_) Fill(size_, offset);
  Protect(offset, end);
  Copy(offset, bytes);
  size_ = std::max(size_, end);
}

void FileImage::Truncate(uint64_t size) {
  CHECK_LE(size, kFileBytesMax);
  if (size > size_) Fill(size_, size);
  for (RunningSync& sync : running_) {
    sync.cut = std::max(sync.cut, size_);
    sync.lowest = std::min(sync.lowest, size);
  }
  size_ = size;
  lowest_size_ = std::min(lowest_size_, size);
  ReleasePages();
}

std::string FileImage::Read(uint64_t offset, uint64_t bytes) const {
  CHECK_LE(offset, size_);
  CHECK_LE(bytes, size_ - offset);
  std::string out(bytes, '\0');
  for (uint64_t done = 0; done < bytes;) {
    const uint64_t at = offset + done;
    const uint64_t chunk = std::min(bytes - done, kPageBytes - at % kPageBytes);
    if (const char* page = PageAt(at); page != nullptr) {
      std::memcpy(out.data() + done, page + at % kPageBytes, chunk);
    }
    done += chunk;
  }
  return out;
}

const char* FileImage::PageAt(uint64_t offset) const {
  const uint64_t index = offset / kPageBytes;
  return index < pages_.size() ? pages_[index] : nullptr;
}

char* FileImage::PageFor(uint64_t offset) {
  const uint64_t index = offset / kPageBytes;
  if (index >= pages_.size()) pages_.resize(index + 1, nullptr);
  if (pages_[index] == nullptr) {
    // Zeroed, because an absent page reads as zeros and only parts of this one may get written.
    pages_[index] = pools_.pages.Take();
    std::memset(pages_[index], 0, kPageBytes);
  }
  return pages_[index];
}

void FileImage::Copy(uint64_t offset, std::string_view bytes) {
  while (!bytes.empty()) {
    const uint64_t chunk = std::min<uint64_t>(bytes.size(), kPageBytes - offset % kPageBytes);
    std::memcpy(PageFor(offset) + offset % kPageBytes, bytes.data(), chunk);
    bytes.remove_prefix(chunk);
    offset += chunk;
  }
}

void FileImage::Fill(uint64_t offset, uint64_t end) {
  // An absent page is zeros already, and so is what is durable of it.
  const uint64_t stop = std::min<uint64_t>(end, pages_.size() * kPageBytes);
  while (offset < stop) {
    const uint64_t chunk = std::min(stop - offset, kPageBytes - offset % kPageBytes);
    if (PageAt(offset) != nullptr) {
      Protect(offset, offset + chunk);
      std::memset(PageFor(offset) + offset % kPageBytes, 0, chunk);
    }
    offset += chunk;
  }
}

void FileImage::ReleasePages() {
  const uint64_t used = std::max(size_, protected_size_);
  const uint64_t needed = (used + kPageBytes - 1) / kPageBytes;
  while (pages_.size() > needed) {
    if (pages_.back() != nullptr) pools_.pages.Give(pages_.back());
    pages_.pop_back();
  }
}

// --- What a write must keep ---

// The common case, an append to a file without old contents, ends at the first line.
void FileImage::Protect(uint64_t offset, uint64_t end) {
  if (offset >= protected_size_ && sectors_.empty()) return;
  for (uint64_t sector = SectorOf(offset); sector * kSectorBytes < end; ++sector) {
    ProtectSector(sector, std::max(offset, sector * kSectorBytes));
  }
}

void FileImage::ProtectSector(uint64_t sector, uint64_t from) {
  const auto found = sectors_.find(sector);
  if (found != sectors_.end()) {
    KeepVersion(sector, found->second);
    found->second.written = next_label_;
    found->second.forgotten = false;
    return;
  }
  if (from >= protected_size_) return;
  Sector added{.old_bytes = ImageCopy(sector, durable_size_), .written = next_label_};
  if (!running_.empty()) {
    // Nothing of it below the running syncs' sizes was overwritten since they started, or it would
    // be here already: one version serves them all, each up to its own size.
    added.versions.push_back(
        {.label = running_.back().label, .bytes = ImageCopy(sector, kFileBytesMax)});
  }
  sectors_.emplace(sector, std::move(added));
}

void FileImage::KeepVersion(uint64_t number, Sector& sector) {
  if (running_.empty() || sector.forgotten) return;
  const uint64_t label = running_.back().label;
  if (sector.written > label) return;
  sector.versions.push_back(
      {.label = label, .written = sector.written, .bytes = ImageCopy(number, kFileBytesMax)});
}

char* FileImage::ImageCopy(uint64_t sector, uint64_t size) {
  const uint64_t begin = sector * kSectorBytes;
  char* copy = pools_.sectors.Take();
  if (const char* page = PageAt(begin); page != nullptr) {
    std::memcpy(copy, page + begin % kPageBytes, kSectorBytes);
  } else {
    std::memset(copy, 0, kSectorBytes);
  }
  Mask(copy, begin, size);
  return copy;
}

void FileImage::Free(Sector& sector) {
  pools_.sectors.Give(sector.old_bytes);
  for (const Version& version : sector.versions) pools_.sectors.Give(version.bytes);
  sector.versions.clear();
}

void FileImage::FreeSectors() {
  for (auto& [number, sector] : sectors_) Free(sector);
  sectors_.clear();
}

void FileImage::DropVersions(Sector& sector, uint64_t label) {
  while (!sector.versions.empty() && sector.versions.front().label <= label) {
    pools_.sectors.Give(sector.versions.front().bytes);
    sector.versions.erase(sector.versions.begin());
  }
}

void FileImage::UpdateProtected() {
  protected_size_ = durable_size_;
  for (const RunningSync& sync : running_) protected_size_ = std::max(protected_size_, sync.size);
}

// --- Sync ---

uint64_t FileImage::StartSync() {
  running_.push_back({.label = next_label_, .size = size_, .lowest = size_, .cut = size_});
  UpdateProtected();
  return next_label_++;
}

// Returns true when the image is now what is durable of the sector.
bool FileImage::MakeDurable(Sector& sector, uint64_t label) {
  if (sector.forgotten) return false;
  if (sector.written <= label) return true;
  for (const Version& version : sector.versions) {
    if (version.label < label) continue;
    // Written after the sync started, before a later one did: this sync saw it clean.
    if (version.written <= label) std::memcpy(sector.old_bytes, version.bytes, kSectorBytes);
    break;
  }
  return false;
}

uint64_t FileImage::FinishSync(uint64_t label) {
  const auto found = std::find_if(running_.begin(), running_.end(),
                                  [label](const RunningSync& s) { return s.label == label; });
  if (found == running_.end()) return durable_size_;  // A later one covered it.
  const RunningSync sync = *found;
  if (sectors_.empty()) {  // Nothing was overwritten: appends alone.
    EndSyncsUpTo(sync);
    ReleasePages();
    return durable_size_;
  }
  for (auto at = sectors_.begin(); at != sectors_.end();) {
    if (MakeDurable(at->second, label)) {
      Free(at->second);
      at = sectors_.erase(at);
      continue;
    }
    DropVersions(at->second, label);
    ++at;
  }
  SetDurable(sync);
  return durable_size_;
}

// What the sync saw is durable; those that began before it have nothing left to do.
void FileImage::EndSyncsUpTo(const RunningSync& sync) {
  MoveDurableSize(sync.size, true);
  lowest_size_ = sync.lowest;
  CHECK_LE(lowest_size_, durable_size_);
  if (running_.back().label == sync.label) {  // Labels only grow: it is the newest.
    running_.clear();
    protected_size_ = durable_size_;
    return;
  }
  running_.erase(std::remove_if(running_.begin(), running_.end(),
                                [&](const RunningSync& s) { return s.label <= sync.label; }),
                 running_.end());
  UpdateProtected();
}

// What a crash left of unsynced bytes is not at rest: its writer may not know of it.
void FileImage::MoveDurableSize(uint64_t size, bool by_sync) {
  if (size > durable_size_) {
    if (by_sync) bytes_at_rest_ = grew_durably_ ? durable_size_ : size;
    grew_durably_ = true;
  }
  durable_size_ = size;
  bytes_at_rest_ = std::min(bytes_at_rest_, size);
}

void FileImage::SetDurable(const RunningSync& sync) {
  EndSyncsUpTo(sync);
  const uint64_t used = SectorsUpTo(std::max(size_, protected_size_));
  for (auto at = sectors_.lower_bound(used); at != sectors_.end();) {
    Free(at->second);
    at = sectors_.erase(at);
  }
  for (auto at = sectors_.lower_bound(SectorOf(durable_size_)); at != sectors_.end(); ++at) {
    Mask(at->second.old_bytes, at->first * kSectorBytes, durable_size_);
  }
  ReleasePages();
}

void FileImage::FailSync(uint64_t label) {
  const auto found = std::find_if(running_.begin(), running_.end(),
                                  [label](const RunningSync& s) { return s.label == label; });
  if (found == running_.end()) return;  // What it covered is durable by a later one.
  const RunningSync sync = *found;
  for (auto& [number, sector] : sectors_) {
    if (number >= SectorsUpTo(sync.size)) break;  // Cut off before the sync.
    if (sector.written > label) continue;         // Dirty again.
    sector.forgotten = true;
    DropVersions(sector, UINT64_MAX);
  }
  ForgetTail(sync);
  running_.erase(found);
  UpdateProtected();
  ReleasePages();
}

// The appended tail needs old contents of its own now, because the next sync will move the durable
// size over it without making it durable.
void FileImage::ForgetTail(const RunningSync& sync) {
  if (protected_size_ == durable_size_) return;  // No running sync saw a tail.
  const uint64_t highest = std::max(size_, sync.cut);
  for (uint64_t sector = SectorOf(durable_size_); sector < SectorsUpTo(sync.size); ++sector) {
    const bool appended_since = std::min((sector + 1) * kSectorBytes, highest) > sync.size;
    if (appended_since || sectors_.contains(sector)) continue;
    sectors_.emplace(sector, Sector{.old_bytes = ImageCopy(sector, durable_size_),
                                    .written = next_label_,
                                    .forgotten = true});
  }
}

void FileImage::AbandonSync(uint64_t label) {
  const auto found = std::find_if(running_.begin(), running_.end(),
                                  [label](const RunningSync& s) { return s.label == label; });
  if (found == running_.end()) return;
  running_.erase(found);
  UpdateProtected();
  ReleasePages();
}

void FileImage::AbandonSyncs() {
  running_.clear();
  for (auto& [number, sector] : sectors_) DropVersions(sector, UINT64_MAX);
  UpdateProtected();
  ReleasePages();
}

// --- Crash ---

std::vector<uint64_t> FileImage::UnsyncedSectors() const {
  std::vector<uint64_t> unsynced;
  const uint64_t end = SectorsUpTo(std::max(size_, durable_size_));
  for (const auto& [number, sector] : sectors_) {
    if (number < end) unsynced.push_back(number);
  }
  if (size_ > durable_size_) {
    for (uint64_t sector = SectorOf(durable_size_); sector < end; ++sector) {
      if (!sectors_.contains(sector)) unsynced.push_back(sector);
    }
  }
  std::sort(unsynced.begin(), unsynced.end());
  return unsynced;
}

SizeChoices FileImage::CrashSizes() const {
  return {.as_seen = size_, .durable = durable_size_, .lowest = lowest_size_};
}

void FileImage::Settle(uint64_t sector, SectorFate fate) {
  CHECK_LE(fate.cut, kSectorBytes);
  if (fate.cut == kSectorBytes) return;
  const uint64_t begin = sector * kSectorBytes;
  char* bytes = PageFor(begin) + begin % kPageBytes;
  const auto found = sectors_.find(sector);
  if (found != sectors_.end()) {
    std::memcpy(bytes + fate.cut, found->second.old_bytes + fate.cut, kSectorBytes - fate.cut);
    return;
  }
  // A tail: below the durable size old and new are the same.
  Mask(bytes, begin, std::max(durable_size_, begin + fate.cut));
}

void FileImage::EndCrash(uint64_t size) {
  CHECK(size == durable_size_ || size <= size_);
  CHECK_GE(size, lowest_size_);
  FreeSectors();
  running_.clear();
  size_ = size;
  MoveDurableSize(size, false);
  lowest_size_ = size;
  UpdateProtected();
  ReleasePages();
}

void FileImage::DropUnsynced() {
  for (const uint64_t sector : UnsyncedSectors()) Settle(sector, {.cut = 0});
  EndCrash(durable_size_);
}

// --- Durable bytes ---

void FileImage::FlipBit(uint64_t offset, uint32_t bit) {
  CHECK_LT(offset, durable_size_);
  CHECK_LT(bit, 8u);
  const auto flip = [bit](char& byte) { byte = static_cast<char>(byte ^ (1 << bit)); };
  flip(PageFor(offset)[offset % kPageBytes]);
  const auto found = sectors_.find(SectorOf(offset));
  if (found == sectors_.end()) return;
  flip(found->second.old_bytes[offset % kSectorBytes]);
  for (const Version& version : found->second.versions) {
    flip(version.bytes[offset % kSectorBytes]);
  }
}

void FileImage::Replace(uint64_t offset, std::string_view bytes) {
  CHECK(!bytes.empty());
  CHECK_LE(offset + bytes.size(), durable_size_);
  CHECK_EQ(SectorOf(offset), SectorOf(offset + bytes.size() - 1));
  Copy(offset, bytes);
  const auto found = sectors_.find(SectorOf(offset));
  if (found == sectors_.end()) return;
  std::memcpy(found->second.old_bytes + offset % kSectorBytes, bytes.data(), bytes.size());
  for (const Version& version : found->second.versions) {
    std::memcpy(version.bytes + offset % kSectorBytes, bytes.data(), bytes.size());
  }
}

std::string FileImage::DurableBytes() const {
  std::string out(durable_size_, '\0');
  for (uint64_t begin = 0; begin < durable_size_; begin += kSectorBytes) {
    const uint64_t bytes = std::min(kSectorBytes, durable_size_ - begin);
    const auto found = sectors_.find(SectorOf(begin));
    if (found != sectors_.end()) {
      std::memcpy(out.data() + begin, found->second.old_bytes, bytes);
    } else if (const char* page = PageAt(begin); page != nullptr) {
      std::memcpy(out.data() + begin, page + begin % kPageBytes, bytes);
    }
  }
  return out;
}

}  // namespace ww::sim
