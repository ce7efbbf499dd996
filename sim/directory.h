// Directory: the names of a disk's files, as its program sees them and as a crash may leave them.
//
// An entry operation (create, rename, remove) takes effect at once in what is seen and waits in a
// list until a sync of the directory. At a crash each waiting operation is kept or lost by its own;
// those kept are applied, in order, to the durable names. An operation on a file first takes away
// whatever name the file has, so a file never has two names, whichever operations were lost.
//
// Invariants: a file has at most one name, seen or durable.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "sim/oracle.h"

namespace ww::sim {

class Directory {
 public:
  // Number 0 when there is no such name.
  FileNumber Find(std::string_view name) const;
  std::vector<std::pair<std::string, FileNumber>> Names() const;         // Sorted by name.
  std::vector<std::pair<std::string, FileNumber>> DurableNames() const;  // Likewise.

  // Requires: the name is free.
  void Create(std::string_view name, FileNumber file);
  // Returns the file whose name was taken over; 0 if none. Requires: `from` exists.
  FileNumber Rename(std::string_view from, std::string_view to);
  // Returns the file that lost its name. Requires: the name exists.
  FileNumber Remove(std::string_view name);

  // What a sync that starts now covers: operations below this number.
  uint64_t next_operation() const { return next_operation_; }
  // Operations below `end` are durable.
  void MakeDurable(uint64_t end);

  size_t waiting() const { return waiting_.size(); }
  // The host crashed: operation i of those waiting is kept if kept[i]. Afterwards nothing waits.
  void Crash(const std::vector<bool>& kept);
  void Clear();

  // Some name or waiting operation, durable or not, may lead to the file.
  bool Refers(FileNumber file) const;

 private:
  // The file gets the name `to`; none when it is empty.
  struct Operation {
    uint64_t number = 0;
    FileNumber file;
    std::string to;
  };
  using Map = absl::btree_map<std::string, FileNumber, std::less<>>;

  void Add(FileNumber file, std::string_view to);
  static void Apply(const Operation& operation, Map& names);

  Map seen_;
  Map durable_;
  std::vector<Operation> waiting_;
  uint64_t next_operation_ = 1;
};

}  // namespace ww::sim
