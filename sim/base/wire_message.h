// WireMessage: what the network carries, without knowing what it says.
//
// A message travels as a typed value. The network asks it for its kind (per-kind rules), its
// encoded size (bandwidth), a copy (duplication) and its bytes (fingerprint of what was sent, wire
// mode).
#pragma once

#include <cstdint>
#include <memory>

#include "sim/base/block_cache.h"
#include "sim/base/bytes.h"

namespace ww {

class WireMessage {
 public:
  virtual ~WireMessage() = default;
  static void* operator new(size_t bytes) { return TakeBlock(bytes); }
  static void operator delete(void* block, size_t bytes) { GiveBlock(block, bytes); }

  // A small number with a name in the engine's message table; stable within a trace.
  virtual uint32_t kind() const = 0;
  // Bytes on the wire. Must be cheap: it is asked once a send.
  virtual size_t encoded_size() const = 0;
  // A digest of the contents, for the fingerprint. Must be cheap and equal for equal contents.
  virtual uint64_t digest() const = 0;
  virtual std::unique_ptr<WireMessage> Clone() const = 0;
  virtual void Encode(ByteWriter& out) const = 0;
};

}  // namespace ww
