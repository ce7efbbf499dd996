// EngineKinds: the trace kinds of the bound engine and of the harness around it.
//
// They come after the world's and the faults' kinds in the schema, so that traces, reports and the
// fingerprint know what the engine said without knowing the engine.
#pragma once

#include "sim/trace/schema.h"

namespace ww::scenarios {

struct EngineKinds {
  // The engine's own words.
  KindId create;             // A replica id comes to a host for the first time.
  KindId start;              // A replica read back its state.
  KindId term;               // Term or vote in memory.
  KindId role;               // A band a replica: follower, candidate, leader.
  KindId leader;             // The same moment, for leaders alone: a point.
  KindId append;             // Entries joined a log.
  KindId write;              // A record was handed to the disk.
  KindId durable;            // What the engine takes for durable.
  KindId commit;             // The commit index moved.
  KindId apply;              // An entry had its effect.
  KindId member;             // Who belongs to the shard changed for a replica.
  KindId deny;               // A leader refused a change of that.
  KindId reads;              // Reads were confirmed by a quorum or a lease.
  KindId lease;              // A lease was prolonged or given back.
  KindId transfer;           // A transfer of leadership began or ended.
  KindId snapshot;           // A snapshot was published, its own or a received one.
  KindId snapshot_failed;    // One could not be written, or is unusable.
  KindId install;            // The machine became that of a snapshot.
  KindId compact;            // A log forgot its beginning.
  KindId snapshot_transfer;  // Sending or receiving a snapshot ended.
  KindId rest;               // A replica rests, or no longer.
  KindId stop;               // A replica gave up, with its reason.
  KindId unload;             // Nothing of it is under way any more.
  KindId destroy;            // Its id is fenced on its host for ever.
  KindId refuse;             // A message to it changes nothing.
  KindId corrupt;            // Damage was found and reported.
  KindId exit;               // The engine's Run returned.
  // What it tells the program around it.
  KindId told_leader;
  KindId told_event;
  // What it says to others, as far as it is a claim.
  KindId vote;  // A vote was asked for or answered.
  // Clients and phases.
  KindId invoke;
  KindId attempt;
  KindId answer;
  KindId operate;   // An operator begins an item of its plan,
  KindId ask;       // asks a host,
  KindId told;      // hears its answer,
  KindId operated;  // and is done with the item.
  KindId phase;
  KindId log_answer;  // A host told somebody what is in its log.
  // The control plane.
  KindId command;  // A controller asked a host for something.
  // What the metadata came to say, when the first of their replicas applied it.
  KindId control_taken;
  KindId control_shard;
  KindId control_host;
  KindId control_id;
  KindId control_migration;
  KindId control_cleanup;
  KindId bootstrap;  // What an instance does until its replicaset has a shard.
  // Supervised failover.
  KindId coordinate;  // What a coordinator does.
  KindId obey;        // What an instance does that it commands.
  KindId stateboard;  // What the metadata came to say of it.
  KindId configured;  // An instance has this configuration of its replicaset from now on.
};
EngineKinds AddEngineKinds(Schema& schema);

}  // namespace ww::scenarios
