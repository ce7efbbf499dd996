#include "sim/base/payload.h"

#include <cstring>
#include <new>

#include "sim/base/bytes.h"
#include "sim/base/check.h"

namespace ww {

Payload Payload::Copy(std::string_view bytes) {
  Payload payload;
  if (bytes.empty()) return payload;
  CHECK_LE(bytes.size(), size_t{UINT32_MAX});
  void* memory = ::operator new(sizeof(Block) + bytes.size());
  payload.block_ = new (memory) Block{1, static_cast<uint32_t>(bytes.size()), HashBytes(bytes)};
  std::memcpy(payload.block_->bytes(), bytes.data(), bytes.size());
  return payload;
}

void Payload::Free(Block* block) {
  block->~Block();
  ::operator delete(block);
}

}  // namespace ww
