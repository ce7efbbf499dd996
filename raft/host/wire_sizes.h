// Sizes of the fixed parts of encoded messages (raft/store/FORMAT.md, "Messages").
//
// Fixed, so that encoded_size() is a sum and not a second encoder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <variant>

#include "raft/core/messages.h"

namespace ww::raft {

inline constexpr uint32_t kPeerKinds = std::variant_size_v<MessageBody>;
inline constexpr size_t kPeerHeaderBytes = 4 + 5 * 8;
// By MessageKind; an append request's entries come on top.
inline constexpr size_t kPeerBodyBytes[] = {
    4 + 4 + 16, 4 + 4 + 8 + 16, 16 + 8 + 4, 4 + 8 + 8 + 16, 8 + 8 + 8, 8 + 8, 16, 8, 8 + 8, 16 + 8};
static_assert(std::size(kPeerBodyBytes) == kPeerKinds);
inline constexpr size_t kHostBeatBytes = 4 + 8 + 8 + 8 + 4;
inline constexpr size_t kClientRequestBytes = 4 + 8 + 8 + 4;
inline constexpr size_t kClientQueryBytes = 4 + 8 + 8 + 4 + 4;
inline constexpr size_t kClientReplyBytes = 4 + 8 + 8 + 4 + 8 + 8 + 4;

}  // namespace ww::raft
