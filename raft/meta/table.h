// Table: records by id, in the order of their ids, with a digest that is kept up.
//
// Records are only changed through Change, which brings the digest along: the sum over all records,
// so a change costs one record and not the table.
//
// Invariants: ids rise; equal tables have equal digests.
#pragma once

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "sim/base/check.h"

namespace ww::raft::meta {

template <class Record>
class Table {
 public:
  using Id = decltype(Record::id);

  // Nothing when the ids do not rise.
  static std::optional<Table> Of(std::vector<Record> records) {
    Table table;
    for (Record& record : records) {
      if (!table.records_.empty() && record.id <= table.records_.back().id) return std::nullopt;
      table.digest_ += DigestOf(record);
      table.records_.push_back(std::move(record));
    }
    return table;
  }

  // Null when there is none. Borrowed until the next change.
  const Record* Find(const Id& id) const {
    const auto at = At(id);
    return at == records_.end() || at->id != id ? nullptr : &*at;
  }
  // Requires: there is one.
  const Record& Get(const Id& id) const {
    const Record* record = Find(id);
    CHECK(record != nullptr);
    return *record;
  }

  // Requires: there is none of this id.
  void Add(Record record) {
    const auto at = At(record.id);
    CHECK(at == records_.end() || at->id != record.id);
    digest_ += DigestOf(record);
    records_.insert(at, std::move(record));
  }
  // Requires: there is one; `change` leaves its id alone.
  template <class F>
  void Change(const Id& id, F&& change) {
    Record& record = records_[static_cast<size_t>(&Get(id) - records_.data())];
    digest_ -= DigestOf(record);
    change(record);
    digest_ += DigestOf(record);
    CHECK(record.id == id);
  }
  // Requires: there is one.
  void Erase(const Id& id) {
    digest_ -= DigestOf(Get(id));
    records_.erase(At(id));
    CHECK(Find(id) == nullptr);
  }

  size_t size() const { return records_.size(); }
  bool empty() const { return records_.empty(); }
  auto begin() const { return records_.begin(); }
  auto end() const { return records_.end(); }
  const std::vector<Record>& records() const { return records_; }
  uint64_t digest() const { return digest_; }

  friend bool operator==(const Table& a, const Table& b) { return a.records_ == b.records_; }

 private:
  typename std::vector<Record>::const_iterator At(const Id& id) const {
    return std::lower_bound(
        records_.begin(), records_.end(), id,
        [](const Record& record, const Id& wanted) { return record.id < wanted; });
  }

  std::vector<Record> records_;
  uint64_t digest_ = 0;
};

}  // namespace ww::raft::meta
