// Memberships and changes as bytes (raft/store/FORMAT.md, "Membership"): in log entries, snapshots
// and bootstrap records.
//
// Invariants: what was encoded decodes to an equal value; equal values have equal bytes. Decoding
// never over-reads, and accepts only what is valid (Defect, by whatever rules: replica id 0 is
// refused where changes are judged, not here): hostile bytes are refused and cost no more than
// their length.
#pragma once

#include <optional>
#include <string_view>

#include "raft/core/membership.h"
#include "sim/base/bytes.h"
#include "sim/base/payload.h"

namespace ww::raft {

// What every profile takes for a valid membership.
Rules LaxestRules();

// Requires: valid.
void EncodeMembership(const Membership& membership, ByteWriter& out);
// Reads one membership and leaves what follows it. Nothing when it is none; the reader is then of
// no further use.
std::optional<Membership> DecodeMembership(ByteReader& in);

void EncodeChange(const ChangeRequest& change, ByteWriter& out);
// Any request that can be encoded, also one that will be refused.
std::optional<ChangeRequest> DecodeChange(ByteReader& in);

// What an entry of EntryType::kMembership holds: the change, and the membership that it leads to,
// which a replica that joined later could not work out from the change alone.
struct MembershipEntry {
  ChangeRequest change;
  Membership result;
  friend bool operator==(const MembershipEntry&, const MembershipEntry&) = default;
};
Payload EncodeMembershipEntry(const MembershipEntry& entry);
// The bytes must be all of it.
std::optional<MembershipEntry> DecodeMembershipEntry(std::string_view bytes);

}  // namespace ww::raft
