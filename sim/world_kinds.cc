#include <utility>

#include "sim/base/check.h"
#include "sim/world.h"

namespace ww::sim {
namespace {

FieldSpec Number(const char* name, const char* unit = "") {
  return {.name = name, .type = FieldType::kNumber, .unit = unit, .names = {}};
}
FieldSpec HostField(const char* name) {
  return {.name = name, .type = FieldType::kHost, .unit = {}, .names = {}};
}
FieldSpec Digest() {
  return {.name = "digest", .type = FieldType::kDigest, .unit = {}, .names = {}};
}
FieldSpec Text(const char* name) {
  return {.name = name, .type = FieldType::kText, .unit = {}, .names = {}};
}
FieldSpec Named(const char* name, std::vector<std::string> names) {
  return {.name = name, .type = FieldType::kName, .unit = {}, .names = std::move(names)};
}
// In the order of EventClass.
FieldSpec ClassField() { return Named("class", {"task", "timer", "delivery", "io", "control"}); }
// In the order of DropReason.
FieldSpec ReasonField() {
  return Named("reason",
               {"loss", "cut", "queue_full", "reset", "kind_rule", "no_process", "damaged"});
}
// In the order of IoOperation.
FieldSpec OperationField() {
  return Named("operation", {"open", "append", "write", "read", "sync", "sync_directory", "rename",
                             "remove", "truncate", "list"});
}

struct NamedKind {
  KindId WorldKinds::*id;
  const char* name;
};
constexpr NamedKind kKinds[] = {
    {&WorldKinds::event, "world.event"},     {&WorldKinds::order, "world.order"},
    {&WorldKinds::host_start, "host.start"}, {&WorldKinds::host_crash, "host.crash"},
    {&WorldKinds::host_pause, "host.pause"}, {&WorldKinds::host_resume, "host.resume"},
    {&WorldKinds::net_send, "net.send"},     {&WorldKinds::net_deliver, "net.deliver"},
    {&WorldKinds::net_drop, "net.drop"},     {&WorldKinds::disk_call, "disk.call"},
    {&WorldKinds::disk_crash, "disk.crash"}, {&WorldKinds::task_spawn, "task.spawn"},
    {&WorldKinds::task_end, "task.end"},
};

}  // namespace

WorldKinds AddWorldKinds(Schema& schema, std::vector<std::string> message_names) {
  CHECK_EQ(schema.size(), size_t{0});
  const FieldSpec from = HostField("from");
  const FieldSpec to = HostField("to");
  const FieldSpec kind =
      message_names.empty() ? Number("kind") : Named("kind", std::move(message_names));
  using Role = DisplayRole;
  schema.Add({"world.event", Role::kHidden, {ClassField(), Number("number")}});
  schema.Add({"world.order", Role::kHidden, {ClassField(), Number("offset")}});
  schema.Add({"host.start", Role::kPoint, {Number("incarnation")}});
  schema.Add({"host.crash", Role::kPoint, {Number("incarnation")}});
  schema.Add({"host.pause", Role::kPoint, {}});
  schema.Add({"host.resume", Role::kPoint, {}});
  schema.Add({"net.send", Role::kArrowStart, {from, to, kind, Digest(), Number("size", "bytes")}});
  schema.Add({"net.deliver", Role::kArrowEnd, {from, to, kind, Digest()}});
  schema.Add({"net.drop", Role::kPoint, {from, to, kind, Digest(), ReasonField()}});
  schema.Add({"disk.call",
              Role::kHidden,
              {Number("number"), OperationField(), Number("file"), Number("offset", "bytes"),
               Number("length", "bytes"), Number("status"), Digest()}});
  schema.Add({"disk.crash",
              Role::kPoint,
              {Number("file"), Number("kept", "sectors"), Number("old", "sectors"),
               Number("torn", "sectors"), Number("size", "bytes")}});
  schema.Add({"task.spawn", Role::kHidden, {Number("task"), Text("name")}});
  schema.Add({"task.end", Role::kHidden, {Number("task")}});
  return FindWorldKinds(schema);
}

WorldKinds FindWorldKinds(const Schema& schema) {
  WorldKinds kinds;
  uint16_t number = 0;
  CHECK_LE(std::size(kKinds), schema.size());
  for (const NamedKind& named : kKinds) {
    kinds.*named.id = KindId{number++};
    CHECK_EQ(schema.kind(kinds.*named.id).name, named.name);
  }
  return kinds;
}

}  // namespace ww::sim
