#include "sim/trace/schema.h"

#include <utility>

#include "sim/base/check.h"

namespace ww {

KindId Schema::Add(KindSpec spec) {
  CHECK(!spec.name.empty());
  CHECK_LT(kinds_.size(), kKindsMax);
  CHECK_LE(spec.fields.size(), kFieldsMax);
  const KindId id{static_cast<uint16_t>(kinds_.size())};
  const bool fresh = ids_.emplace(spec.name, id).second;
  CHECK(fresh, "event kind {} is registered twice", spec.name);
  kinds_.push_back(std::move(spec));
  return id;
}

const KindSpec& Schema::kind(KindId id) const {
  CHECK_LT(id.value, kinds_.size());
  return kinds_[id.value];
}

const KindId* Schema::Find(std::string_view name) const {
  const auto found = ids_.find(name);
  return found == ids_.end() ? nullptr : &found->second;
}

bool operator==(const Schema& a, const Schema& b) { return a.kinds_ == b.kinds_; }

}  // namespace ww
