#include "sim/base/payload.h"

#include <cstring>
#include <new>

#include "sim/base/block_cache.h"
#include "sim/base/bytes.h"
#include "sim/base/check.h"

namespace ww {

Payload Payload::Join(std::initializer_list<std::string_view> pieces) {
  size_t size = 0;
  for (const std::string_view piece : pieces) size += piece.size();
  Payload payload;
  if (size == 0) return payload;
  CHECK_LE(size, size_t{UINT32_MAX});
  void* memory = TakeBlock(sizeof(Block) + size);
  payload.block_ = new (memory) Block{1, static_cast<uint32_t>(size), 0};
  char* end = payload.block_->bytes();
  for (const std::string_view piece : pieces) {
    if (!piece.empty()) std::memcpy(end, piece.data(), piece.size());
    end += piece.size();
  }
  payload.block_->digest = HashBytes(payload.view());
  return payload;
}

void Payload::Free(Block* block) { GiveBlock(block, sizeof(Block) + block->size); }

}  // namespace ww
