// FileImage against a reference that keeps whole copies, under random writes, overlapping syncs
// that end, fail or are abandoned in any order, and crashes.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/detail/TestMetadata.h>
#include <rapidcheck/detail/TestParams.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "sim/base/hash.h"
#include "sim/file_image.h"

namespace ww::sim {
namespace {

constexpr uint64_t kBytesMax = 5 * kPageBytes;
constexpr uint64_t kSectors = kBytesMax / kSectorBytes;

// What a sync that starts now would make durable of a sector.
enum class Covered { kImage, kDurable };

// Everything in full: an image that is never cut (data beyond the size may come back), the durable
// bytes, and for each sector when it was last written and whether a failed sync forgot it.
class Reference {
 public:
  struct RunningSync {
    std::string image;
    uint64_t size = 0;
    uint64_t lowest = 0;
    uint64_t started = 0;
    std::vector<Covered> covered{};
  };

  void Write(uint64_t offset, const std::string& bytes) {
    Grow(offset);
    for (uint64_t i = 0; i < bytes.size(); ++i) image_[offset + i] = bytes[i];
    Touch(offset, offset + bytes.size());
    size_ = std::max(size_, offset + bytes.size());
  }
  void Truncate(uint64_t size) {
    Grow(size);
    size_ = size;
    lowest_ = std::min(lowest_, size);
    for (auto& [label, sync] : running_) sync.lowest = std::min(sync.lowest, size);
  }
  void Start(uint64_t label) {
    RunningSync sync{.image = image_, .size = size_, .lowest = size_, .started = ++now_};
    for (const bool forgotten : forgotten_) {
      sync.covered.push_back(forgotten ? Covered::kDurable : Covered::kImage);
    }
    running_[label] = std::move(sync);
  }
  void Finish(uint64_t label) {
    const auto found = running_.find(label);
    if (found == running_.end()) return;
    const RunningSync sync = found->second;
    for (uint64_t i = 0; i < kBytesMax; ++i) {
      if (sync.covered[i / kSectorBytes] == Covered::kImage) durable_[i] = sync.image[i];
      if (i >= sync.size) durable_[i] = '\0';
    }
    for (uint64_t s = 0; s < kSectors; ++s) {
      if (written_[s] < sync.started && !forgotten_[s]) dirty_[s] = false;
    }
    durable_size_ = sync.size;
    lowest_ = sync.lowest;
    running_.erase(running_.begin(), std::next(found));
  }
  void Fail(uint64_t label) {
    const auto found = running_.find(label);
    if (found == running_.end()) return;
    for (uint64_t s = 0; s * kSectorBytes < found->second.size; ++s) {
      if (written_[s] > found->second.started || !dirty_[s]) continue;
      forgotten_[s] = true;
      for (auto& [other, sync] : running_) sync.covered[s] = Covered::kDurable;
    }
    running_.erase(found);
  }
  void Abandon(uint64_t label) { running_.erase(label); }

  // The fate of a sector, in full: which bytes a crash leaves.
  void Settle(uint64_t sector, uint64_t cut) {
    for (uint64_t i = cut; i < kSectorBytes; ++i) {
      const uint64_t at = sector * kSectorBytes + i;
      image_[at] = durable_[at];
    }
  }
  void EndCrash(uint64_t size) {
    size_ = durable_size_ = lowest_ = size;
    for (uint64_t i = size; i < kBytesMax; ++i) image_[i] = '\0';
    durable_ = image_;
    forgotten_.assign(kSectors, false);
    dirty_.assign(kSectors, false);
    running_.clear();
  }

  // Some byte of it that a crash might show differs from the durable one.
  bool Dirty(uint64_t sector) const {
    const uint64_t begin = sector * kSectorBytes;
    const uint64_t end = std::min(begin + kSectorBytes, std::max(size_, durable_size_));
    for (uint64_t i = begin; i < end; ++i) {
      if (image_[i] != durable_[i]) return true;
    }
    return false;
  }

  std::string Seen() const { return image_.substr(0, size_); }
  std::string Durable() const { return durable_.substr(0, durable_size_); }
  uint64_t size() const { return size_; }
  uint64_t durable_size() const { return durable_size_; }
  uint64_t lowest() const { return lowest_; }

 private:
  void Touch(uint64_t begin, uint64_t end) {
    for (uint64_t s = begin / kSectorBytes; s * kSectorBytes < end; ++s) {
      written_[s] = ++now_;
      dirty_[s] = true;
      forgotten_[s] = false;
    }
  }
  void Grow(uint64_t size) {
    if (size <= size_) return;
    for (uint64_t i = size_; i < size; ++i) image_[i] = '\0';
    Touch(size_, size);
  }

  std::string image_ = std::string(kBytesMax, '\0');
  std::string durable_ = std::string(kBytesMax, '\0');
  uint64_t size_ = 0;
  uint64_t durable_size_ = 0;
  uint64_t lowest_ = 0;
  uint64_t now_ = 0;
  std::vector<uint64_t> written_ = std::vector<uint64_t>(kSectors, 0);
  std::vector<bool> dirty_ = std::vector<bool>(kSectors, false);
  std::vector<bool> forgotten_ = std::vector<bool>(kSectors, false);
  std::map<uint64_t, RunningSync> running_;
};

// One random step; how its words are read depends on its kind.
struct Step {
  uint32_t kind = 0;
  uint32_t a = 0;
  uint32_t b = 0;
};

void showValue(const Step& step, std::ostream& os) {
  os << "{" << step.kind << "," << step.a << "," << step.b << "}";
}

// Where two contents differ first; short enough to print.
constexpr int64_t kNone = -1;
int64_t FirstDifference(const std::string& a, const std::string& b) {
  const auto [at_a, at_b] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  return at_a == a.end() && at_b == b.end() ? kNone : at_a - a.begin();
}

class Pair {
 public:
  void Run(const Step& step) {
    switch (step.kind % 12) {
      case 0:
      case 1:
      case 2:
        return Write(image_.size(), 1 + step.a % 700);
      case 3:
      case 4:
        return Write(step.a % (image_.size() + 600), 1 + step.b % 1500);
      case 5:
        return Truncate(step.a % (image_.size() + 1));
      case 6:
        return step.a % 4 == 0 ? Truncate(step.b % kBytesMax) : Start();
      case 7:
        return Start();
      case 8:
      case 9:
        return End(step, &FileImage::FinishSync, &Reference::Finish);
      case 10:
        return step.b % 3 == 0 ? End(step, &FileImage::AbandonSync, &Reference::Abandon)
                               : End(step, &FileImage::FailSync, &Reference::Fail);
      default:
        return step.a % 3 == 0 ? Crash(step.b) : Start();
    }
  }

  void Compare() {
    RC_ASSERT(FirstDifference(image_.Read(0, image_.size()), reference_.Seen()) == kNone);
    RC_ASSERT(FirstDifference(image_.DurableBytes(), reference_.Durable()) == kNone);
    const SizeChoices sizes = image_.CrashSizes();
    RC_ASSERT(sizes.as_seen == reference_.size());
    RC_ASSERT(sizes.durable == reference_.durable_size());
    RC_ASSERT(sizes.lowest == reference_.lowest());
    const std::vector<uint64_t> unsynced = image_.UnsyncedSectors();
    for (uint64_t s = 0; s < kSectors; ++s) {
      if (!reference_.Dirty(s)) continue;
      RC_ASSERT(std::binary_search(unsynced.begin(), unsynced.end(), s));
    }
  }

 private:
  void Write(uint64_t offset, uint64_t bytes) {
    if (offset >= kBytesMax) return;
    bytes = std::min(bytes, kBytesMax - offset);
    // Never the same twice, so that a stale byte can't pass for a new one.
    std::string content(bytes, '\0');
    for (char& byte : content) byte = static_cast<char>(1 + next_byte_++ % 251);
    image_.Write(offset, content);
    reference_.Write(offset, content);
  }
  void Truncate(uint64_t size) {
    image_.Truncate(size);
    reference_.Truncate(size);
  }
  void Start() {
    if (running_.size() >= 4) return;
    running_.push_back(image_.StartSync());
    reference_.Start(running_.back());
  }
  template <class A, class B>
  void End(const Step& step, A on_image, B on_reference) {
    if (running_.empty()) return;
    const auto chosen = running_.begin() + static_cast<int64_t>(step.a % running_.size());
    (image_.*on_image)(*chosen);
    (reference_.*on_reference)(*chosen);
    running_.erase(chosen);
  }
  void Crash(uint64_t fates) {
    for (const uint64_t sector : image_.UnsyncedSectors()) {
      constexpr uint64_t kCuts[] = {kSectorBytes, 0, 100};
      const uint64_t cut = kCuts[fates % 3];
      fates = Mix64(fates);
      image_.Settle(sector, {.cut = cut});
      reference_.Settle(sector, cut);
    }
    const SizeChoices sizes = image_.CrashSizes();
    const uint64_t between = sizes.lowest + fates % (sizes.as_seen - sizes.lowest + 1);
    const uint64_t choices[] = {sizes.as_seen, sizes.durable, between};
    image_.EndCrash(choices[fates % 3]);
    reference_.EndCrash(choices[fates % 3]);
    running_.clear();
  }

  FilePools pools_;
  FileImage image_{pools_};
  Reference reference_;
  std::vector<uint64_t> running_;
  uint32_t next_byte_ = 0;
};

TEST(FileImageModel, AgreesWithWholeCopiesAfterEveryStep) {
  const auto property = [] {
    const auto number =
        rc::gen::resize(rc::kNominalSize, rc::gen::noShrink(rc::gen::arbitrary<uint32_t>()));
    const auto step =
        rc::gen::build<Step>(rc::gen::set(&Step::kind, number), rc::gen::set(&Step::a, number),
                             rc::gen::set(&Step::b, number));
    const auto steps = *rc::gen::container<std::vector<Step>>(step);
    Pair pair;
    for (const Step& next : steps) {
      pair.Run(next);
      pair.Compare();
    }
  };
  rc::detail::TestParams params;
  params.seed = 20;
  params.maxSuccess = 3000;
  params.maxSize = 120;
  const auto result = rc::detail::checkTestable(property, rc::detail::TestMetadata(), params);
  if (!result.template is<rc::detail::SuccessResult>()) {
    std::ostringstream text;
    rc::detail::printResultMessage(result, text);
    FAIL() << text.str();
  }
}

}  // namespace
}  // namespace ww::sim
