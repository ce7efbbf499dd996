#include "scenarios/bind/kinds.h"

#include <utility>
#include <vector>

#include "raft/host/events.h"

namespace ww::scenarios {
namespace {

FieldSpec Field(std::string name, FieldType type = FieldType::kNumber, std::string unit = "") {
  return {std::move(name), type, std::move(unit), {}};
}

FieldSpec Names(std::string name, std::vector<std::string> names) {
  return {std::move(name), FieldType::kName, "", std::move(names)};
}

// Every kind of a replica begins with who it is.
KindSpec OfReplica(std::string name, DisplayRole role, std::vector<FieldSpec> fields) {
  KindSpec spec{std::move(name),
                role,
                {Field("shard", FieldType::kShard), Field("replica", FieldType::kReplica)}};
  for (FieldSpec& field : fields) spec.fields.push_back(std::move(field));
  return spec;
}

void AddReplicaKinds(Schema& schema, EngineKinds& kinds) {
  using enum DisplayRole;
  kinds.create = schema.Add(
      OfReplica("raft.create", kPoint, {Field("joins", FieldType::kFlag), Field("voters")}));
  kinds.start = schema.Add(OfReplica("raft.start", kPoint,
                                     {Field("term"), Field("vote", FieldType::kReplica),
                                      Field("last"), Field("log", FieldType::kDigest)}));
  kinds.term = schema.Add(
      OfReplica("raft.term", kHidden, {Field("term"), Field("vote", FieldType::kReplica)}));
  kinds.role = schema.Add(
      OfReplica("raft.role", kBand,
                {Names("role", {"follower", "pre-candidate", "candidate", "leader"}), Field("term"),
                 Field("leader", FieldType::kReplica), Field("electors"), Field("last")}));
  kinds.leader = schema.Add(OfReplica("raft.leader", kPoint, {Field("term")}));
  kinds.append = schema.Add(
      OfReplica("raft.append", kPoint,
                {Field("first"), Field("entries"), Field("digest", FieldType::kDigest),
                 Field("truncates", FieldType::kFlag), Field("created", FieldType::kFlag)}));
  kinds.write = schema.Add(
      OfReplica("raft.write", kHidden,
                {Names("record", {"hard-state", "entries", "commit", "snapshot", "bootstrap",
                                  "tombstone", "data-removed"}),
                 Field("file"), Field("offset"), Field("length", FieldType::kNumber, "bytes"),
                 Field("digest", FieldType::kDigest)}));
  kinds.durable = schema.Add(OfReplica("raft.durable", kHidden, {Field("last")}));
  kinds.commit = schema.Add(OfReplica(
      "raft.commit", kPoint,
      {Field("index"), Field("term"), Field("leads", FieldType::kFlag), Field("counted")}));
  kinds.apply =
      schema.Add(OfReplica("raft.apply", kHidden,
                           {Field("index"), Field("term"), Field("state", FieldType::kDigest),
                            Field("duplicate", FieldType::kFlag)}));
  kinds.member = schema.Add(OfReplica(
      "raft.member", kPoint,
      {Field("index"), Field("members", FieldType::kText), Field("digest", FieldType::kDigest)}));
  kinds.deny = schema.Add(OfReplica("raft.deny", kPoint, {Field("why", FieldType::kText)}));
  kinds.rest = schema.Add(OfReplica("raft.rest", kPoint, {Field("rests", FieldType::kFlag)}));
  kinds.reads = schema.Add(OfReplica(
      "raft.reads", kPoint,
      {Field("term"), Field("index"), Field("lease", FieldType::kFlag), Field("counted")}));
  kinds.lease = schema.Add(OfReplica(
      "raft.lease", kHidden,
      {Field("term"), Field("end", FieldType::kNumber, "ns of its clock"), Field("counted")}));
  kinds.transfer = schema.Add(
      OfReplica("raft.transfer", kPoint,
                {Field("target", FieldType::kReplica), Field("term"),
                 Names("event", {"started", "completed", "aborted", "refused"}),
                 Names("reason", {"none", "not-leader", "target-leads", "target-no-voter",
                                  "in-progress", "timeout", "other-leader", "successor-unseen"})}));
  kinds.stop = schema.Add(OfReplica("raft.stop", kPoint, {Field("reason", FieldType::kText)}));
  kinds.unload = schema.Add(OfReplica("raft.unload", kPoint, {}));
  kinds.destroy = schema.Add(OfReplica("raft.destroy", kPoint, {}));
  kinds.refuse = schema.Add(
      OfReplica("raft.refuse", kHidden,
                {Field("from", FieldType::kReplica), Field("host", FieldType::kHost),
                 Names("why", {"not-here", "tombstoned", "from-removed", "wrong-host"})}));
}

void AddSnapshotKinds(Schema& schema, EngineKinds& kinds) {
  using enum DisplayRole;
  kinds.snapshot = schema.Add(OfReplica(
      "raft.snapshot", kPoint,
      {Field("index"), Field("term"), Field("state", FieldType::kDigest),
       Field("length", FieldType::kNumber, "bytes"), Field("received", FieldType::kFlag)}));
  kinds.snapshot_failed = schema.Add(OfReplica(
      "raft.snapshot_failed", kPoint, {Field("index"), Field("reason", FieldType::kText)}));
  kinds.install =
      schema.Add(OfReplica("raft.install", kPoint,
                           {Field("index"), Field("term"), Field("state", FieldType::kDigest),
                            Field("applied_before"), Field("at_start", FieldType::kFlag)}));
  kinds.compact =
      schema.Add(OfReplica("raft.compact", kPoint, {Field("snapshot"), Field("first")}));
  kinds.snapshot_transfer =
      schema.Add(OfReplica("raft.snapshot_transfer", kPoint,
                           {Names("end", {"sent", "not-sent", "received", "not-received"}),
                            Field("peer", FieldType::kReplica), Field("index")}));
}

void AddListenerKinds(Schema& schema, EngineKinds& kinds) {
  using enum DisplayRole;
  kinds.told_leader = schema.Add(OfReplica(
      "listener.leader", kHidden,
      {Field("listener"), Field("term"), Field("leader", FieldType::kReplica), Field("skipped")}));
  std::vector<std::string> names;
  for (size_t kind = 0; kind < raft::kSystemEventKinds; ++kind) {
    names.emplace_back(NameOf(static_cast<raft::SystemEventKind>(kind)));
  }
  kinds.told_event =
      schema.Add(OfReplica("listener.event", kHidden,
                           {Field("listener"), Names("what", std::move(names)),
                            Field("peer", FieldType::kHost), Field("term"), Field("skipped")}));
}

void AddOperatorKinds(Schema& schema, EngineKinds& kinds) {
  using enum DisplayRole;
  kinds.operate =
      schema.Add({"operator.begin", kPoint, {Field("item"), Field("what", FieldType::kText)}});
  kinds.ask = schema.Add({"operator.ask",
                          kPoint,
                          {Field("host", FieldType::kHost), Field("shard", FieldType::kShard),
                           Field("request"), Field("action", FieldType::kText)}});
  kinds.told = schema.Add(
      {"operator.told",
       kPoint,
       {Field("host", FieldType::kHost), Field("shard", FieldType::kShard), Field("request"),
        Field("outcome", FieldType::kText), Field("reason", FieldType::kText)}});
  kinds.operated =
      schema.Add({"operator.end",
                  kPoint,
                  {Field("item"), Names("ending", {"done", "nothing-to-do", "given-up"})}});
}

void AddControlKinds(Schema& schema, EngineKinds& kinds) {
  using enum DisplayRole;
  kinds.command = schema.Add({"control.command",
                              kPoint,
                              {Field("shard", FieldType::kShard), Field("term"), Field("version"),
                               Field("action", FieldType::kText), Field("heeded")}});
  kinds.control_taken =
      schema.Add({"control.taken", kPoint, {Field("by", FieldType::kHost), Field("term")}});
  kinds.control_shard = schema.Add(
      {"control.shard",
       kPoint,
       {Field("shard", FieldType::kShard), Field("voters"), Field("what", FieldType::kText)}});
  kinds.control_host = schema.Add({"control.host",
                                   kPoint,
                                   {Field("of", FieldType::kHost), Field("what", FieldType::kText),
                                    Field("on", FieldType::kFlag)}});
  kinds.control_id = schema.Add(OfReplica("control.id", kPoint, {Field("migration")}));
  kinds.control_migration = schema.Add(
      {"control.migration",
       kPoint,
       {Field("shard", FieldType::kShard), Field("migration"), Field("what", FieldType::kText),
        Field("move"), Field("detail", FieldType::kText)}});
  kinds.control_cleanup =
      schema.Add(OfReplica("control.cleanup", kPoint, {Field("what", FieldType::kText)}));
}

void AddFailoverKinds(Schema& schema, EngineKinds& kinds) {
  using enum DisplayRole;
  kinds.coordinate = schema.Add(
      {"failover.coordinate",
       kPoint,
       {Field("shard", FieldType::kShard),
        Names("does",
              {"takes-lock", "gives-up", "probes", "appoints", "grants", "takes-lease", "alarms"}),
        Field("coordinator"), Field("instance", FieldType::kHost), Field("live", FieldType::kFlag),
        Field("leads", FieldType::kFlag), Field("writable", FieldType::kFlag),
        Names("cause", {"first", "not-live", "lost-leadership", "switch"})}});
  kinds.obey = schema.Add(OfReplica("failover.obey", kPoint,
                                    {Names("does", {"refuses", "answers", "takes-lease",
                                                    "leaves-lease", "steps-down", "hands-over"}),
                                     Field("coordinator"), Field("number"), Field("term"),
                                     Field("until", FieldType::kNumber, "ns of its clock")}));
  kinds.stateboard = schema.Add({"failover.stateboard",
                                 kPoint,
                                 {Field("shard", FieldType::kShard), Field("coordinator"),
                                  Field("of", FieldType::kHost), Field("what", FieldType::kText)}});
}

}  // namespace

EngineKinds AddEngineKinds(Schema& schema) {
  using enum DisplayRole;
  EngineKinds kinds;
  AddReplicaKinds(schema, kinds);
  AddSnapshotKinds(schema, kinds);
  AddListenerKinds(schema, kinds);
  kinds.corrupt = schema.Add({"raft.corrupt",
                              kPoint,
                              {Field("file"), Field("offset"), Field("detail", FieldType::kText)}});
  kinds.exit = schema.Add({"raft.exit", kPoint, {Field("status", FieldType::kText)}});
  kinds.vote = schema.Add(
      OfReplica("raft.vote", kPoint,
                {Names("claim", {"asks", "asks-before", "grants", "would-grant", "refuses"}),
                 Field("peer", FieldType::kReplica), Field("term")}));
  kinds.invoke = schema.Add(
      {"client.invoke",
       kPoint,
       {Field("client", FieldType::kClient), Field("operation"), Field("shard", FieldType::kShard),
        Names("what", {"register", "put", "append", "get", "unregister"}), Field("series"),
        Field("key", FieldType::kText), Names("via", {"log", "confirmed", "stale"})}});
  kinds.attempt = schema.Add({"client.attempt",
                              kHidden,
                              {Field("client", FieldType::kClient), Field("operation"),
                               Field("host", FieldType::kHost), Field("request")}});
  kinds.answer = schema.Add(
      {"client.answer",
       kPoint,
       {Field("client", FieldType::kClient), Field("operation"), Field("shard", FieldType::kShard),
        Names("outcome", {"completed", "rejected", "unknown"}), Field("index")}});
  AddOperatorKinds(schema, kinds);
  kinds.phase =
      schema.Add({"run.phase",
                  kBand,
                  {Names("phase", {"bootstrap", "chaos", "heal", "converge", "verify", "done"})}});
  kinds.log_answer = schema.Add(
      {"raft.log-answer",
       kHidden,
       {Field("shard", FieldType::kShard),
        Names("outcome", {"entries", "bad-range", "out-of-range", "no-replica", "no-payloads"}),
        Field("begins"), Field("ends"), Field("count"), Field("digest", FieldType::kDigest)}});
  AddControlKinds(schema, kinds);
  kinds.configured = schema.Add(
      {"failover.configured", kHidden, {Field("shard", FieldType::kShard), Field("instances")}});
  kinds.bootstrap = schema.Add(
      {"failover.bootstrap",
       kPoint,
       {Field("shard", FieldType::kShard),
        Names("does", {"recalls", "waits", "promises", "starts-over", "creates", "joins"}),
        Field("creator", FieldType::kHost), Field("identity"), Field("agreed")}});
  AddFailoverKinds(schema, kinds);
  return kinds;
}

}  // namespace ww::scenarios
