#include "sim/base/block_cache.h"

namespace ww {

BlockCache::~BlockCache() {
  for (Shelf& shelf : shelves_) {
    while (shelf.first != nullptr) {
      Idle* const block = shelf.first;
      shelf.first = block->next;
      ::operator delete(block);
    }
  }
}

}  // namespace ww
