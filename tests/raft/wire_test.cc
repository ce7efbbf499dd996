#include "raft/host/wire.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <memory>
#include <set>
#include <vector>

#include "raft/failover/lease_message.h"
#include "raft/host/admin.h"
#include "raft/host/founding.h"
#include "raft/host/frame.h"
#include "raft/host/log_query.h"
#include "raft/host/notices.h"
#include "raft/host/snapshot_messages.h"

namespace ww::raft {
namespace {

std::string Encoded(const WireMessage& message) {
  ByteWriter out;
  message.Encode(out);
  return out.Take();
}

PeerMessage Peer(MessageBody body) {
  PeerMessage peer;
  peer.shard = ShardId(3);
  peer.from_host = HostId(2);
  peer.message = Message{ReplicaId(21), ReplicaId(22), Term(9), std::move(body)};
  return peer;
}

AppendRequest AppendOf(const std::vector<std::string>& payloads) {
  AppendRequest append{{Index(4), Term(2)}, Index(3), {}};
  for (const std::string& payload : payloads) {
    append.entries.push_back(Entry{Term(5), EntryType::kCommand, Payload::Copy(payload)});
  }
  return append;
}

std::vector<std::unique_ptr<WireMessage>> OneOfEachAdminKind() {
  std::vector<std::unique_ptr<WireMessage>> all;
  AdminRequest request;
  request.request = 12;
  request.shard = ShardId(3);
  const std::vector<Member> members = {{ReplicaId(20), HostId(1)},
                                       {ReplicaId(27), HostId(4), "host:4"}};
  const std::vector<AdminAction> actions = {
      StartReplica{ReplicaId(20), false, MemberRole::kVoter, members},
      StartReplica{ReplicaId(34), true, MemberRole::kNonVoting, {}},
      StartReplica{ReplicaId(34), true, MemberRole::kVoter, {}, {HostId(1), HostId(4)}, DiskId(9)},
      StopReplica{ReplicaId(20)},
      Describe{},
      RemoveReplicaData{ReplicaId(20)},
      TransferLeadership{ReplicaId(5)},
      TakeSnapshot{ReplicaId(5)},
      DescribeHost{},
  };
  for (const AdminAction& action : actions) {
    request.action = action;
    request.stamp = {};
    all.push_back(request.Clone());
    request.stamp = {Term(6), 71};
    all.push_back(request.Clone());
  }
  AdminReply reply;
  reply.request = 12;
  reply.shard = ShardId(3);
  reply.outcome = AdminOutcome::kRefused;
  reply.reason = AdminReason::kAlreadyExists;
  reply.leader_host = HostId(2);
  reply.index = Index(9);
  reply.text = "why";
  all.push_back(reply.Clone());
  all.push_back(RemovalQuestion(ShardId(3), ReplicaId(20), HostId(2)).Clone());
  all.push_back(RemovalNotice(ShardId(3), ReplicaId(20), ReplicaId(21),
                              InitialMembership({{ReplicaId(21), HostId(2), "h2"}}))
                    .Clone());
  ShardDescription& shard = reply.description.emplace();
  shard.replica = ReplicaId(20);
  shard.role = Role::kLeader;
  shard.term = Term(4);
  shard.leader = ReplicaId(20);
  shard.commit = Index(8);
  shard.applied = Index(7);
  shard.incarnation = Incarnation(3);
  shard.recorded = {ReplicaId(27)};
  shard.tombstones = {ReplicaId(13)};
  shard.disk = DiskId(9);
  all.push_back(reply.Clone());  // Who joined knows no member at first.
  shard.membership = InitialMembership(members);
  all.push_back(reply.Clone());
  reply.description.reset();
  reply.host = HostDescription{
      DiskId(9), Incarnation(3), {{ShardId(3), ReplicaId(20), true}, {ShardId(4), ReplicaId(21)}}};
  all.push_back(reply.Clone());
  FoundingClaim claim;
  claim.from_host = HostId(2);
  claim.disk = DiskId(9);
  claim.claimed = {{ShardId(3), ReplicaId(20)}, {ShardId(4), ReplicaId(21)}};
  all.push_back(claim.Clone());
  FoundingVerdict verdict;
  verdict.from_host = HostId(1);
  verdict.disk = DiskId(9);
  verdict.judged = {{{ShardId(3), ReplicaId(20)}, Verdict::kGranted, DiskId(9)},
                    {{ShardId(4), ReplicaId(21)}, Verdict::kOtherDisk, DiskId(8)},
                    {{ShardId(5), ReplicaId(22)}, Verdict::kRemoved, DiskId()}};
  all.push_back(verdict.Clone());
  return all;
}

SnapshotChunk ChunkOf(const std::string& bytes) {
  SnapshotChunk chunk;
  chunk.shard = ShardId(3);
  chunk.from_host = HostId(2);
  chunk.from = ReplicaId(21);
  chunk.to = ReplicaId(22);
  chunk.term = Term(9);
  chunk.transfer = 4;
  chunk.number = 6;
  chunk.content = {{Index(40), Term(8)}, 9000, 0x1234567890abcdef};
  chunk.offset = 512;
  chunk.checksum = HashBytes(bytes);
  chunk.bytes = Payload::Copy(bytes);
  return chunk;
}

SnapshotAnswer AnswerOf(TransferState state) {
  SnapshotAnswer answer;
  answer.shard = ShardId(3);
  answer.from_host = HostId(3);
  answer.from = ReplicaId(22);
  answer.to = ReplicaId(21);
  answer.transfer = 4;
  answer.number = 6;
  answer.state = state;
  answer.offset = 1024;
  return answer;
}

std::vector<std::unique_ptr<WireMessage>> OneOfEachKind() {
  std::vector<std::unique_ptr<WireMessage>> all;
  const std::vector<MessageBody> bodies = {
      VoteRequest{true, {Index(8), Term(7)}, false},
      VoteRequest{false, {Index(8), Term(7)}, true},
      VoteReply{false, true, Term(9)},
      VoteReply{true, false, Term(9), {Index(8), Term(7)}},
      AppendOf({"", "payload", std::string(700, 'x')}),
      AppendReply{true, Index(6), Index(), {Index(2), Term(1)}},
      Quiesce{{Index(79), Term(80)}},
      Heartbeat{Index(5), 77, 3},
      HeartbeatReply{78, 4},
      ReadRequest{ReadContext(9)},
      ReadReply{ReadContext(9), Index(10)},
      TimeoutNow{{Index(11), Term(12)}, 13},
  };
  for (const MessageBody& body : bodies) all.push_back(Peer(body).Clone());
  ClientRequest request;
  request.request = 11;
  request.shard = ShardId(3);
  request.command = Payload::Copy("command");
  all.push_back(request.Clone());
  ClientQuery query;
  query.request = 12;
  query.shard = ShardId(4);
  query.consistency = Consistency::kStale;
  query.key = "key";
  all.push_back(query.Clone());
  ClientReply reply;
  reply.request = 11;
  reply.shard = ShardId(3);
  reply.outcome = Outcome::kNotLeader;
  reply.leader_host = HostId(2);
  reply.index = 12;
  reply.response = "response";
  all.push_back(reply.Clone());
  LogQuery log_query;
  log_query.request = 13;
  log_query.shard = ShardId(4);
  log_query.first = Index(5);
  log_query.end = Index(9);
  log_query.payload_bytes_max = 1000;
  all.push_back(log_query.Clone());
  LogAnswer told;
  told.request = 13;
  told.shard = ShardId(4);
  told.outcome = LogAnswerOutcome::kEntries;
  told.available = Index(2);
  told.available_end = Index(8);
  told.first = Index(5);
  told.entries = AppendOf({"one", "", "three"}).entries;
  all.push_back(told.Clone());
  for (std::unique_ptr<WireMessage>& admin : OneOfEachAdminKind()) all.push_back(std::move(admin));
  all.push_back(ChunkOf("").Clone());
  all.push_back(ChunkOf(std::string(512, 'c')).Clone());
  all.push_back(AnswerOf(TransferState::kWants).Clone());
  all.push_back(AnswerOf(TransferState::kUnusable).Clone());
  failover::LeaseMessage grant;
  grant.step = failover::LeaseStep::kGrant;
  grant.request = 14;
  grant.shard = ShardId(3);
  grant.fence = {CoordinatorTerm(2), 9};
  grant.grant = {Incarnation(3), Term(4), LocalTime{Seconds(5).ns}, Seconds(6)};
  all.push_back(grant.Clone());
  failover::LeaseMessage how;
  how.step = failover::LeaseStep::kAnswer;
  how.state = {true, Incarnation(3), LocalTime{Seconds(5).ns}, ReplicaId(7), Term(4), true, true};
  all.push_back(how.Clone());
  return all;
}

TEST(Wire, EveryKindSurvivesEncodingWithSizeAndDigest) {
  for (const std::unique_ptr<WireMessage>& message : OneOfEachKind()) {
    const std::string bytes = Encoded(*message);
    EXPECT_EQ(bytes.size(), message->encoded_size());
    const absl::StatusOr<std::unique_ptr<WireMessage>> back = DecodeWire(bytes);
    ASSERT_TRUE(back.ok()) << back.status();
    EXPECT_EQ((*back)->kind(), message->kind());
    EXPECT_EQ((*back)->digest(), message->digest()) << NameOfWireKind(message->kind());
    EXPECT_EQ(Encoded(**back), bytes);
  }
}

TEST(Wire, AFrameBringsItsMessageBack) {
  for (const std::unique_ptr<WireMessage>& message : OneOfEachKind()) {
    const absl::StatusOr<std::unique_ptr<WireMessage>> back = DecodeFrame(EncodeFrame(*message));
    ASSERT_TRUE(back.ok()) << back.status();
    EXPECT_EQ((*back)->digest(), message->digest());
  }
}

TEST(Wire, AFrameIsRefusedWithAnyBitWrongAndWithoutAnyPartOfItsEnd) {
  for (const std::unique_ptr<WireMessage>& message : OneOfEachKind()) {
    const std::string frame = EncodeFrame(*message);
    for (size_t at = 0; at < frame.size(); ++at) {
      std::string other = frame;
      other[at] = static_cast<char>(other[at] ^ (1 << at % 8));
      EXPECT_EQ(DecodeFrame(other).status().code(), absl::StatusCode::kDataLoss) << at;
      EXPECT_EQ(DecodeFrame(frame.substr(0, at)).status().code(), absl::StatusCode::kDataLoss);
    }
    EXPECT_EQ(DecodeFrame(frame + '\0').status().code(), absl::StatusCode::kDataLoss);
  }
}

TEST(Wire, EveryByteThatMattersChangesTheDigest) {
  for (const std::unique_ptr<WireMessage>& message : OneOfEachKind()) {
    const std::string bytes = Encoded(*message);
    for (size_t at = 4; at < bytes.size(); ++at) {
      std::string other = bytes;
      other[at] = static_cast<char>(other[at] ^ 1);
      const absl::StatusOr<std::unique_ptr<WireMessage>> back = DecodeWire(other);
      if (!back.ok()) continue;  // A flag or a length.
      EXPECT_NE((*back)->digest(), message->digest())
          << NameOfWireKind(message->kind()) << " at " << at;
    }
  }
}

TEST(Wire, RefusesEveryPrefixAndAnythingLeftOver) {
  for (const std::unique_ptr<WireMessage>& message : OneOfEachKind()) {
    const std::string bytes = Encoded(*message);
    for (size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_FALSE(DecodeWire(std::string_view(bytes).substr(0, size)).ok()) << size;
    }
    EXPECT_FALSE(DecodeWire(bytes + "x").ok());
  }
}

TEST(Wire, RefusesUnknownKindsAndHostileCounts) {
  EXPECT_FALSE(DecodeWire(std::string("\x63\0\0\0", 4)).ok());
  std::string bytes = Encoded(Peer(AppendOf({})));
  bytes.replace(bytes.size() - 4, 4, "\xff\xff\xff\xff");
  EXPECT_FALSE(DecodeWire(bytes).ok());
}

TEST(Wire, RefusesLeasesThatNoClockCanAddUp) {
  failover::LeaseMessage grant;
  grant.step = failover::LeaseStep::kGrant;
  grant.grant.from = LocalTime{INT64_MAX};
  grant.grant.length = Nanoseconds(1);
  EXPECT_FALSE(DecodeWire(Encoded(grant)).ok());
  grant.grant.from = LocalTime{-1};
  EXPECT_FALSE(DecodeWire(Encoded(grant)).ok());
  grant.grant = {{}, {}, LocalTime{1}, Nanoseconds(-1)};
  EXPECT_FALSE(DecodeWire(Encoded(grant)).ok());
}

TEST(Wire, RefusesChunksThatNoSenderSends) {
  SnapshotChunk beyond = ChunkOf(std::string(512, 'c'));
  beyond.offset = beyond.content.bytes - 511;
  EXPECT_FALSE(DecodeWire(Encoded(beyond)).ok());
  SnapshotChunk behind = ChunkOf("");
  behind.offset = behind.content.bytes + 1;
  EXPECT_FALSE(DecodeWire(Encoded(behind)).ok());
  SnapshotChunk later = ChunkOf("c");
  later.content.position.term = later.term.next();
  EXPECT_FALSE(DecodeWire(Encoded(later)).ok()) << "of a term that its sender has not reached";
  SnapshotChunk nothing = ChunkOf("c");
  nothing.content.position = {};
  EXPECT_FALSE(DecodeWire(Encoded(nothing)).ok());
}

TEST(Admin, NamesOfReasonsDiffer) {
  std::set<std::string> names;
  for (uint32_t i = 0; i <= static_cast<uint32_t>(kLastAdminReason); ++i) {
    EXPECT_TRUE(names.insert(NameOf(static_cast<AdminReason>(i))).second) << i;
  }
}

RC_GTEST_PROP(Wire, SurvivesHostileBytes, (const std::vector<uint8_t>& noise)) {
  std::string bytes(noise.begin(), noise.end());
  (void)DecodeWire(bytes);
  for (const std::unique_ptr<WireMessage>& message : OneOfEachKind()) {
    std::string damaged = Encoded(*message);
    for (size_t i = 0; i + 1 < noise.size(); i += 2) {
      damaged[noise[i] % damaged.size()] = static_cast<char>(noise[i + 1]);
    }
    const absl::StatusOr<std::unique_ptr<WireMessage>> back = DecodeWire(damaged);
    if (back.ok()) RC_ASSERT(Encoded(**back) == damaged);
  }
}

RC_GTEST_PROP(Wire, AppendsSurviveEncoding, (const std::vector<std::string>& payloads)) {
  const PeerMessage peer = Peer(AppendOf(payloads));
  const absl::StatusOr<std::unique_ptr<WireMessage>> back = DecodeWire(Encoded(peer));
  RC_ASSERT(back.ok());
  RC_ASSERT((*back)->digest() == peer.digest());
  const auto& append =
      std::get<AppendRequest>(static_cast<const PeerMessage&>(**back).message.body);
  RC_ASSERT(append.entries.size() == payloads.size());
  for (size_t i = 0; i < payloads.size(); ++i) {
    RC_ASSERT(append.entries[i].payload.view() == payloads[i]);
  }
}

}  // namespace
}  // namespace ww::raft
