// A full disk. The log waits until there is room again, and everything that is owed for what it
// holds waits with it: acknowledgements, votes, answers. Meanwhile the host takes no commands, but
// hears and says all the rest; reads are answered, because what they tell is durable elsewhere.
#include "raft/host/host_state.h"
#include "sim/base/check.h"
#include "sim/base/context.h"

namespace ww::raft {
namespace {

// The disk is looked at so many times in an election timeout.
constexpr int64_t kLooksPerTimeout = 8;

}  // namespace

// False when it is not to be tried again.
bool Host::State::AwaitRoom(const absl::Status& status) {
  if (!absl::IsResourceExhausted(status)) return false;
  if (!full_) {
    COVER("host.disk_full");
    events_.Publish(SystemEvent{SystemEventKind::kDiskFull});
  }
  full_ = true;
  const LocalTime next = env_.clock().Now() + config_.election_timeout / kLooksPerTimeout;
  return room_->WaitUntil(next) != Wake::kCancelled && failure_.ok();
}

void Host::State::FoundRoom() {
  if (!full_) return;
  full_ = false;
  events_.Publish(SystemEvent{SystemEventKind::kDiskHasRoom});
}

}  // namespace ww::raft
