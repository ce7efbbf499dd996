#include "scenarios/measure/load.h"

#include <array>
#include <cstring>
#include <memory>
#include <utility>

#include "raft/machine/command.h"
#include "sim/base/check.h"
#include "sim/world.h"

namespace ww::measure {
namespace {

constexpr size_t kCommandBytes = 64;
constexpr std::array<std::string_view, 8> kKeys = {"k00", "k01", "k02", "k03",
                                                   "k04", "k05", "k06", "k07"};
// operation, client, series, responded_to and the key's length, then the key (machine/command.h).
constexpr size_t kValueBytes = kCommandBytes - 29 - 3;

}  // namespace

Load::Load(sim::Process& process, scenarios::RunObserver& observer, const LoadSpec& spec)
    : process_(process), observer_(observer), spec_(spec), leaders_(spec.shards + 1, HostId(1)) {
  CHECK_GT(spec.outstanding, 0u);
  for (uint64_t shard = 1; shard <= spec.shards; ++shard) {
    for (uint32_t i = 0; i < spec.outstanding; ++i) places_.push_back({ShardId(shard), 0, {}, 0});
  }
  value_.resize(kValueBytes, '.');
  process_.world().network().Listen(process_, *this);
}

void Load::Begin() {
  CHECK_EQ(requests_, 0u);
  for (size_t place = 0; place < places_.size(); ++place) SendNext(place);
}

ClientId Load::ClientOf(const Place& place) const {
  if (!spec_.sessions) return {};
  return ClientId(place.request % places_.size() + 1);
}

// The value is unique in the run: it begins with the number of the request.
Payload Load::NextCommand(const Place& place) {
  raft::Command command;
  command.client = ClientOf(place);
  auto does = checks::Operation::kPut;
  if (spec_.sessions && place.series == 0) {
    command.operation = raft::Operation::kRegister;
    does = checks::Operation::kRegister;
  } else {
    std::memcpy(value_.data(), &place.request, sizeof place.request);
    command.key = kKeys[requests_ % kKeys.size()];
    command.value = value_;
    if (spec_.sessions) {
      command.series = place.series;
      command.responded_to = place.series - 1;
    }
  }
  observer_.Invoked(process_.host().id(),
                    {place.request,
                     place.shard,
                     {does, command.client, command.series, command.key, command.value}});
  Payload payload = raft::EncodeCommand(command);
  if (command.operation == raft::Operation::kPut) CHECK_EQ(payload.size(), kCommandBytes);
  return payload;
}

void Load::SendNext(uint64_t number) {
  Place& place = places_[number];
  place.request = ++requests_ * places_.size() + number;
  place.command = NextCommand(place);
  Send(place);
}

void Load::Send(const Place& place) {
  const HostId leader = leaders_[place.shard.value];
  observer_.Attempted(process_.host().id(), ClientOf(place), place.request, leader, place.request);
  auto message = std::make_unique<raft::ClientRequest>();
  message->request = place.request;
  message->shard = place.shard;
  message->command = place.command;
  process_.world().network().Send(process_, leader, std::move(message));
}

void Load::Deliver(sim::Arrival arrival) {
  CHECK_EQ(arrival.message->kind(), raft::kClientReplyKind);
  const auto& reply = static_cast<const raft::ClientReply&>(*arrival.message);
  const uint64_t number = reply.request % places_.size();
  Place& place = places_[number];
  CHECK_EQ(place.request, reply.request);
  if (reply.outcome == raft::Outcome::kNotLeader) {
    HostId& leader = leaders_[reply.shard.value];
    leader =
        reply.leader_host.none() ? HostId(arrival.from.value % spec_.hosts + 1) : reply.leader_host;
    return Send(place);
  }
  CHECK(reply.outcome == raft::Outcome::kCompleted, "a calm run ends a command as {}",
        static_cast<int>(reply.outcome));
  observer_.Returned(process_.host().id(), ClientOf(place),
                     {reply.request, reply.shard, checks::Outcome::kCompleted,
                      checks::Index(reply.index), reply.response});
  ++completed_;
  ++place.series;
  SendNext(number);
}

}  // namespace ww::measure
