#include "raft/store/disk_id.h"

#include "raft/env/sites.h"
#include "sim/base/check.h"

namespace ww::raft {
namespace {

// From the top: the host, the life of its process, and what is drawn.
constexpr uint32_t kHostShift = 48;
constexpr uint32_t kIncarnationShift = 16;
constexpr uint64_t kDrawn = uint64_t{1} << kIncarnationShift;

}  // namespace

// The drawn part keeps anybody from taking the number apart again.
DiskId NewDiskId(Env& env) {
  const uint64_t host = env.host().value;
  const uint64_t incarnation = env.incarnation().value;
  CHECK_LT(host, uint64_t{1} << (64 - kHostShift));
  CHECK_LT(incarnation, uint64_t{1} << (kHostShift - kIncarnationShift));
  const DrawHandle stream = env.draws().Open(sites::kDiskId, {});
  const uint64_t drawn = env.draws().Uniform(stream, kDrawn);
  return DiskId((host << kHostShift) + (incarnation << kIncarnationShift) + drawn);
}

}  // namespace ww::raft
