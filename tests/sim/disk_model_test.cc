// The disk against a simple reference: random calls, failed syncs, writes during syncs, crashes in
// the middle, restarts. What is read always equals the reference; what a crash leaves must be one
// of the outcomes that the reference allows, sector by sector and name by name.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/detail/TestMetadata.h>
#include <rapidcheck/detail/TestParams.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/sim/disk_rig.h"

namespace ww::sim {
namespace {

constexpr uint64_t kBytesMax = 12 * kSectorBytes;
constexpr size_t kWaitingMax = 7;  // Subsets of lost names are enumerated.

// A file in full. `image` holds what is seen and, above the size, what was cut off and may come
// back; both strings are zeros above what was ever written.
struct ModelFile {
  std::string image = std::string(kBytesMax, '\0');
  std::string durable = std::string(kBytesMax, '\0');
  uint64_t size = 0;
  uint64_t durable_size = 0;
  uint64_t lowest = 0;
  std::set<uint64_t> written;    // Sectors written since the last sync started.
  std::set<uint64_t> forgotten;  // Dropped by a failed sync and not written since.

  std::string Seen() const { return image.substr(0, size); }

  void Resize(uint64_t to) {
    for (uint64_t i = size; i < to; ++i) Put(i, '\0');
    lowest = std::min(lowest, to);
    size = to;
  }
  void Write(uint64_t offset, const std::string& bytes) {
    if (offset > size) Resize(offset);
    for (uint64_t i = 0; i < bytes.size(); ++i) Put(offset + i, bytes[i]);
    size = std::max(size, offset + bytes.size());
  }
  void Put(uint64_t at, char byte) {
    image[at] = byte;
    written.insert(at / kSectorBytes);
    forgotten.erase(at / kSectorBytes);
  }
  // `then` is this file when the sync started.
  void EndSync(const ModelFile& then) {
    for (uint64_t i = 0; i < kBytesMax; ++i) {
      if (!then.forgotten.contains(i / kSectorBytes)) durable[i] = then.image[i];
      if (i >= then.size) durable[i] = '\0';
    }
    durable_size = then.size;
    lowest = std::min(then.size, lowest_since);
  }
  void FailSync(const ModelFile& then) {
    for (uint64_t s = 0; s * kSectorBytes < then.size; ++s) {
      const uint64_t begin = s * kSectorBytes;
      const bool dirty = image.compare(begin, kSectorBytes, durable, begin, kSectorBytes) != 0;
      if (dirty && !written.contains(s)) forgotten.insert(s);
    }
  }
  uint64_t lowest_since = 0;  // The smallest size since the running sync started.

  // Whether a crash may leave `left`.
  bool Allows(const std::string& left) const {
    const bool size_allowed =
        left.size() == durable_size || (left.size() >= lowest && left.size() <= size);
    if (!size_allowed) return false;
    for (uint64_t begin = 0; begin < left.size(); begin += kSectorBytes) {
      if (!SectorAllowed(begin, left.substr(begin, kSectorBytes))) return false;
    }
    return true;
  }
  // New bytes, then old ones.
  bool SectorAllowed(uint64_t begin, const std::string& left) const {
    const auto same = [&](const std::string& content, uint64_t from, uint64_t to) {
      return content.compare(begin + from, to - from, left, from, to - from) == 0;
    };
    for (uint64_t cut = 0; cut <= left.size(); ++cut) {
      if (same(image, 0, cut) && same(durable, cut, left.size())) return true;
    }
    return false;
  }
  void Settle(const std::string& left) {
    *this = ModelFile();
    std::copy(left.begin(), left.end(), image.begin());
    durable = image;
    size = durable_size = lowest = left.size();
  }
};

using Names = std::map<std::string, uint32_t>;

// The file gets that name, or none.
struct NameChange {
  uint32_t file = 0;
  std::string to;
};

void Apply(const NameChange& change, Names& names) {
  for (auto at = names.begin(); at != names.end();) {
    at = at->second == change.file ? names.erase(at) : std::next(at);
  }
  if (!change.to.empty()) names[change.to] = change.file;
}

struct Step {
  uint32_t kind = 0;
  uint32_t a = 0;
  uint32_t b = 0;
};

void showValue(const Step& step, std::ostream& os) {
  os << "{" << step.kind << "," << step.a << "," << step.b << "}";
}

// What the steps did, so that a test that never got to a crash or a failed sync is noticed.
struct Tally {
  uint64_t crashes = 0;
  uint64_t losses = 0;  // Crashes that left something else than what was seen.
  uint64_t names_lost = 0;
  uint64_t torn_syncs = 0;  // A crash in the middle of a sync.
  uint64_t failed_syncs = 0;
};

class Trial {
 public:
  Trial(Tally& tally, uint64_t seed) : tally_(tally), rig_({}, SiteBase::kSeeded, seed) {
    rig_.SetFates(1, 1, 1);
    Start();
  }

  void Run(const Step& step) {
    Do(step);
    Compare();
  }

 private:
  void Do(const Step& step) {
    const std::string name(1, static_cast<char>('a' + step.a % 4));
    switch (step.kind % 16) {
      case 0:
      case 1:
        return Open(name);
      case 2:
        return Remove(name);
      case 3:
        return Rename(name, std::string(1, static_cast<char>('a' + step.b % 4)));
      case 4:
        return SyncDirectory();
      case 5:
        return Crash();
      case 6:
      case 7:
        return Sync(name, step.b);
      default:
        return Change(name, step);
    }
  }

  void Start() {
    rig_.host->SetMain([](Process&) {});
    rig_.host->Start();
    Settle();
  }
  void Settle() {
    while (rig_.world.Step()) {
    }
  }
  Process& process() { return *rig_.host->process(); }
  Disk& disk() { return *rig_.disk; }

  void Record(const NameChange& change) {
    Apply(change, names_);
    waiting_.push_back(change);
    if (waiting_.size() >= kWaitingMax) SyncDirectory();
  }
  void Open(const std::string& name) {
    const uint32_t number = rig_.Create(process(), name).value;
    if (names_.contains(name)) {
      RC_ASSERT(names_[name] == number);
      return;
    }
    RC_ASSERT(!files_.contains(number));
    files_[number] = ModelFile();
    Record({.file = number, .to = name});
  }
  void Remove(const std::string& name) {
    const bool exists = names_.contains(name);
    RC_ASSERT(disk().Remove(process(), name).ok() == exists);
    if (exists) Record({.file = names_[name], .to = {}});
  }
  void Rename(const std::string& from, const std::string& to) {
    const bool exists = names_.contains(from);
    RC_ASSERT(disk().Rename(process(), from, to).ok() == exists);
    if (exists && from != to) Record({.file = names_[from], .to = to});
  }
  void SyncDirectory() {
    RC_ASSERT(disk().SyncDirectory(process()).ok());
    waiting_.clear();
    durable_names_ = names_;
  }

  std::string Content(uint64_t bytes) {
    std::string content(bytes, '\0');
    for (char& byte : content) byte = static_cast<char>(1 + next_byte_++ % 251);
    return content;
  }
  void Change(const std::string& name, const Step& step) {
    if (!names_.contains(name)) return;
    const FileNumber number{names_[name]};
    ModelFile& file = files_[number.value];
    const uint64_t kind = step.kind % 16;
    if (kind == 8) {
      const uint64_t size = step.b % 2 == 0 ? step.b % (file.size + 1) : step.b % kBytesMax;
      RC_ASSERT(disk().Truncate(process(), number, size).ok());
      return file.Resize(size);
    }
    const uint64_t offset = kind < 11 ? step.b % (file.size + 300) : file.size;
    const uint64_t bytes = 1 + step.a % 900;
    if (offset + bytes > kBytesMax) return;
    const std::string content = Content(bytes);
    if (kind < 11) {
      RC_ASSERT(disk().Write(process(), number, offset, content).ok());
    } else {
      RC_ASSERT(disk().Append(process(), number, content).value() == offset);
    }
    file.Write(offset, content);
  }

  // A sync that takes time: it may fail, others write meanwhile, the host may crash meanwhile.
  void Sync(const std::string& name, uint32_t fate) {
    if (!names_.contains(name)) return;
    const FileNumber number{names_[name]};
    ModelFile& file = files_[number.value];
    file.written.clear();
    file.lowest_since = file.size;
    const ModelFile then = file;
    const bool fails = fate % 5 == 0;
    if (fails) rig_.oracle.verdicts[disk().io_points() + 1].action = IoAction::kFail;
    disk().rules().sync.base = Microseconds(10);
    bool ended = false;
    bool succeeded = false;
    process().Spawn("sync", [&, number] {
      succeeded = disk().Sync(process(), number).ok();
      ended = true;
    });
    rig_.world.RunUntil(rig_.world.now() + Microseconds(5));
    disk().rules().sync.base = Duration{};
    RC_ASSERT(!ended);
    if (fate % 3 == 0) ChangeDuringSync(number, file, fate);
    if (fate % 7 == 0) {
      ++tally_.torn_syncs;
      return Crash();
    }
    Settle();
    RC_ASSERT(ended);
    RC_ASSERT(succeeded == !fails);
    tally_.failed_syncs += fails ? 1 : 0;
    fails ? file.FailSync(then) : file.EndSync(then);
  }
  void ChangeDuringSync(FileNumber number, ModelFile& file, uint32_t fate) {
    if (fate % 2 == 0) {
      const uint64_t size = file.size / 2;
      RC_ASSERT(disk().Truncate(process(), number, size).ok());
      file.Resize(size);
      file.lowest_since = size;
    }
    const uint64_t offset = fate % 4 == 0 ? file.size : fate % (file.size + 1);
    if (offset + 200 > kBytesMax) return;
    const std::string content = Content(200);
    RC_ASSERT(disk().Write(process(), number, offset, content).ok());
    file.Write(offset, content);
  }

  void Crash() {
    ++tally_.crashes;
    const Names before = names_;
    rig_.host->Crash();
    Names left;
    for (const auto& [name, file] : disk().Names()) left[name] = file.value;
    RC_ASSERT(NamesAllowed(left));
    if (left != before) ++tally_.names_lost;
    std::map<uint32_t, ModelFile> files;
    for (const auto& [name, number] : left) {
      ModelFile& file = files_[number];
      const std::string bytes = disk().VolatileBytes(FileNumber{number});
      const bool was_seen = std::any_of(before.begin(), before.end(),
                                        [n = number](const auto& e) { return e.second == n; });
      const bool allowed =
          was_seen ? file.Allows(bytes) : bytes == file.durable.substr(0, file.durable_size);
      RC_ASSERT(allowed);
      if (bytes != file.Seen()) ++tally_.losses;
      file.Settle(bytes);
      files[number] = file;
    }
    files_ = files;
    names_ = durable_names_ = left;
    waiting_.clear();
    Start();
  }
  bool NamesAllowed(const Names& left) const {
    for (uint32_t lost = 0; lost < (1u << waiting_.size()); ++lost) {
      Names names = durable_names_;
      for (size_t i = 0; i < waiting_.size(); ++i) {
        if ((lost >> i & 1) == 0) Apply(waiting_[i], names);
      }
      if (names == left) return true;
    }
    return false;
  }

  void Compare() {
    uint64_t used = 0;
    std::vector<std::string> names;
    for (const auto& [name, number] : names_) {
      const ModelFile& file = files_[number];
      const FileNumber id{number};
      RC_ASSERT(disk().Size(process(), id).value() == file.size);
      RC_ASSERT(disk().Read(process(), id, 0, file.size).value() == file.Seen());
      RC_ASSERT(disk().DurableBytes(id) == file.durable.substr(0, file.durable_size));
      used += file.size;
      names.push_back(name);
    }
    RC_ASSERT(disk().List(process()).value() == names);
    RC_ASSERT(disk().bytes_used() == used);
  }

  Tally& tally_;
  Rig rig_;
  std::map<uint32_t, ModelFile> files_;
  Names names_;
  Names durable_names_;
  std::vector<NameChange> waiting_;
  uint32_t next_byte_ = 0;
};

TEST(DiskModel, EveryCrashLeavesALegalDiskAndReadsSeeTheLastWrite) {
  Tally tally;
  const auto property = [&tally] {
    const auto number =
        rc::gen::resize(rc::kNominalSize, rc::gen::noShrink(rc::gen::arbitrary<uint32_t>()));
    const auto step =
        rc::gen::build<Step>(rc::gen::set(&Step::kind, number), rc::gen::set(&Step::a, number),
                             rc::gen::set(&Step::b, number));
    const auto steps = *rc::gen::container<std::vector<Step>>(step);
    Trial trial(tally, *number);
    for (const Step& next : steps) trial.Run(next);
  };
  rc::detail::TestParams params;
  params.seed = 30;
  params.maxSuccess = 6000;
  params.maxSize = 120;
  const auto result = rc::detail::checkTestable(property, rc::detail::TestMetadata(), params);
  if (!result.template is<rc::detail::SuccessResult>()) {
    std::ostringstream text;
    rc::detail::printResultMessage(result, text);
    FAIL() << text.str();
  }
  EXPECT_GT(tally.crashes, 10000u);
  EXPECT_GT(tally.losses, 5000u);
  EXPECT_GT(tally.names_lost, 2000u);
  EXPECT_GT(tally.torn_syncs, 500u);
  EXPECT_GT(tally.failed_syncs, 500u);
}

}  // namespace
}  // namespace ww::sim
