#include "sim/directory.h"

#include <algorithm>

#include "sim/base/check.h"

namespace ww::sim {

FileNumber Directory::Find(std::string_view name) const {
  const auto found = seen_.find(name);
  return found == seen_.end() ? FileNumber{} : found->second;
}

std::vector<std::pair<std::string, FileNumber>> Directory::Names() const {
  return {seen_.begin(), seen_.end()};
}

std::vector<std::pair<std::string, FileNumber>> Directory::DurableNames() const {
  return {durable_.begin(), durable_.end()};
}

void Directory::Create(std::string_view name, FileNumber file) {
  CHECK_NE(file.value, 0u);
  CHECK_EQ(Find(name).value, 0u);
  Add(file, name);
}

FileNumber Directory::Rename(std::string_view from, std::string_view to) {
  const FileNumber file = Find(from);
  const FileNumber replaced = Find(to);
  CHECK_NE(file.value, 0u);
  if (file == replaced) return {};
  Add(file, to);
  return replaced;
}

FileNumber Directory::Remove(std::string_view name) {
  const FileNumber file = Find(name);
  CHECK_NE(file.value, 0u);
  Add(file, {});
  return file;
}

void Directory::Add(FileNumber file, std::string_view to) {
  waiting_.push_back({.number = next_operation_++, .file = file, .to = std::string(to)});
  Apply(waiting_.back(), seen_);
}

// By file, not by old name: after a lost operation the file may still have an earlier name.
void Directory::Apply(const Operation& operation, Map& names) {
  const auto named = std::find_if(names.begin(), names.end(), [&](const auto& entry) {
    return entry.second == operation.file;
  });
  if (named != names.end()) names.erase(named);
  if (!operation.to.empty()) names[operation.to] = operation.file;
}

void Directory::MakeDurable(uint64_t end) {
  auto at = waiting_.begin();
  for (; at != waiting_.end() && at->number < end; ++at) Apply(*at, durable_);
  waiting_.erase(waiting_.begin(), at);
}

void Directory::Crash(const std::vector<bool>& kept) {
  CHECK_EQ(kept.size(), waiting_.size());
  for (size_t i = 0; i < kept.size(); ++i) {
    if (kept[i]) Apply(waiting_[i], durable_);
  }
  waiting_.clear();
  seen_ = durable_;
}

void Directory::Clear() {
  seen_.clear();
  durable_.clear();
  waiting_.clear();
}

bool Directory::Refers(FileNumber file) const {
  const auto names_it = [file](const auto& entry) { return entry.second == file; };
  return std::any_of(seen_.begin(), seen_.end(), names_it) ||
         std::any_of(durable_.begin(), durable_.end(), names_it) ||
         std::any_of(waiting_.begin(), waiting_.end(),
                     [file](const Operation& operation) { return operation.file == file; });
}

}  // namespace ww::sim
