// Plants what no second run of one build can see: two draws in one argument list. g++ evaluates
// them from right to left, clang++ from left to right, so only traces of two compilers differ.
//
// usage: argument_order write FILE     runs the planted program and writes its trace
//        argument_order diff A B       prints the first difference; status 1 when there is one
#include <fmt/format.h>

#include <fstream>
#include <sstream>
#include <string>

#include "sim/base/check.h"
#include "sim/decisions.h"
#include "sim/trace/diff.h"
#include "sim/trace/journal.h"
#include "sim/trace/schema.h"

namespace {

using ww::FieldType;
using ww::HostId;
using ww::Journal;
using ww::KindId;
using ww::Schema;
using ww::Site;
using ww::TrueTime;
using ww::sim::Decisions;
using ww::sim::Stream;

constexpr Site kSite{"planted.argument", ww::SiteClass::kNoise, "two draws in one argument list"};

uint64_t Combine(uint64_t a, uint64_t b) { return a * 1000 + b; }

std::string PlantedTrace() {
  Schema schema;
  const KindId step =
      schema.Add({"planted.step",
                  ww::DisplayRole::kPoint,
                  {{"n", FieldType::kNumber, "", {}}, {"value", FieldType::kNumber, "", {}}}});
  Journal journal(schema);
  journal.StartTrace();
  Decisions decisions(1, journal);
  Stream& stream = decisions.Open(kSite, {1});
  for (uint64_t n = 0; n < 20; ++n) {
    uint64_t value = n;
    if (n == 12) {
      value = Combine(decisions.Uniform(stream, 1000), decisions.Uniform(stream, 1000));
    }
    journal.Record(step, TrueTime{static_cast<int64_t>(n)}, HostId(1), n, value);
  }
  return journal.TraceBytes();
}

std::string ReadAll(const char* path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << in.rdbuf();
  CHECK(in.good(), "cannot read {}", path);
  return bytes.str();
}

}  // namespace

int main(int count, char** words) {
  const std::string command = count > 1 ? words[1] : "";
  if (command == "write" && count == 3) {
    std::ofstream out(words[2], std::ios::binary);
    out << PlantedTrace();
    return out.good() ? 0 : 2;
  }
  if (command != "diff" || count != 4) {
    fmt::print(stderr, "usage: argument_order write FILE | diff A B\n");
    return 2;
  }
  const std::string first = ReadAll(words[2]);
  const std::string second = ReadAll(words[3]);
  const auto difference = ww::DiffTraces(first, second);
  CHECK(difference.ok(), "{}", difference.status().ToString());
  if (!difference->has_value()) return 0;
  fmt::print("{}", (*difference)->ToText());
  return 1;
}
