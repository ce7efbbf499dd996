// Trace records as text: one line each, with named fields formatted by their types.
//
//    0.001500000s h2   net.send from=h2 to=h1 kind=4 digest=00000000deadbeef size=17bytes
//
// A record of the harness has "-" for its host. Texts are quoted and escaped, so a line is a line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "sim/trace/reader.h"
#include "sim/trace/schema.h"

namespace ww {

// The value of one field, without its name.
std::string FormatField(const FieldSpec& field, uint64_t word, std::string_view text);

// Without a line end. Requires: the record is of this schema.
std::string FormatRecord(const Schema& schema, const TraceRecord& record);

// Hands every line of a trace to `sink`, oldest first.
absl::Status RenderTrace(std::string_view trace, absl::FunctionRef<void(std::string_view)> sink);

}  // namespace ww
