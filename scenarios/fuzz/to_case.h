// From a sequence to a case: what a scenario settles stays as it is (hosts, shards, network, disks,
// judging); what it would draw (faults, operations) is what the sequence says.
//
// Operations become items of the operator's plan, each waiting for those before it. Faults hang on
// events: on the begin or end of an item, on a step that is recorded, on a call to a disk. So the
// order of things is that of the sequence, however long each takes.
//
// Pure: the same base and sequence give the same case.
#pragma once

#include "scenarios/case.h"
#include "scenarios/fuzz/sequence.h"

namespace ww::scenarios::fuzz {

// Requires: the sequence is valid on the ground of `base`, which is resolved.
Case ToCase(const Case& base, const Sequence& sequence);

}  // namespace ww::scenarios::fuzz
