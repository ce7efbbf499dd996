#include "scenarios/checks/search.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "sim/base/check.h"
#include "sim/base/hash.h"

namespace ww::checks {
namespace {

// Arithmetic modulo the prime 2^61 - 1.
constexpr uint64_t kPrime = (uint64_t{1} << 61) - 1;
constexpr uint64_t kBase = 0x1b873593cc9e2d51ULL % kPrime;

constexpr uint64_t Fold(unsigned __int128 x) {
  const uint64_t folded = static_cast<uint64_t>(x & kPrime) + static_cast<uint64_t>(x >> 61);
  return folded >= kPrime ? folded - kPrime : folded;
}
constexpr uint64_t Multiply(uint64_t a, uint64_t b) {
  return Fold(static_cast<unsigned __int128>(a) * b);
}

uint64_t BaseToThe(uint64_t exponent) {
  uint64_t result = 1;
  for (uint64_t power = kBase; exponent != 0; exponent >>= 1) {
    if ((exponent & 1) != 0) result = Multiply(result, power);
    power = Multiply(power, power);
  }
  return result;
}

constexpr uint32_t kNone = UINT32_MAX;

// A call or a return, in a doubly linked list ordered by time. A call knows its return.
struct Node {
  uint32_t operation = 0;
  uint32_t match = kNone;  // Of a call: the node of its return.
  uint32_t previous = kNone;
  uint32_t next = kNone;
  bool is_call = false;
};

// Whether the answer of an operation fits the state before it; the state after it.
std::pair<bool, ValueHash> Perform(const HistoryOperation& operation, const ValueHash& state) {
  const bool answered = operation.returned != HistoryOperation::kNever;
  switch (operation.kind) {
    case HistoryKind::kPut:
      return {!answered || operation.answer == state, operation.argument};
    case HistoryKind::kAppend: {
      const ValueHash after = state.Then(operation.argument);
      return {!answered || operation.length == after.size, after};
    }
    case HistoryKind::kGet:
      return {!answered || operation.answer == state, state};
  }
  UNREACHABLE();
}

// Whether the order of the places explains all answers and respects time.
bool PlacesExplain(const std::vector<HistoryOperation>& history) {
  std::vector<const HistoryOperation*> order;
  for (const HistoryOperation& operation : history) {
    if (operation.place != 0) {
      order.push_back(&operation);
    } else if (operation.returned != HistoryOperation::kNever) {
      return false;
    }
  }
  std::sort(order.begin(), order.end(), [](const HistoryOperation* a, const HistoryOperation* b) {
    if (a->place != b->place) return a->place < b->place;
    if (a->reads_state != b->reads_state) return b->reads_state;
    return a->invoked < b->invoked;
  });
  ValueHash state;
  uint64_t newest_call = 0;
  for (const HistoryOperation* operation : order) {
    newest_call = std::max(newest_call, operation->invoked);
    const auto [fits, after] = Perform(*operation, state);
    if (!fits || operation->returned < newest_call) return false;
    state = after;
  }
  return true;
}

class OrderSearch {
 public:
  OrderSearch(const std::vector<HistoryOperation>& history, uint64_t steps_max)
      : history_(history), steps_max_(steps_max) {
    Link();
  }

  SearchResult Run() {
    SearchResult result;
    uint32_t at = nodes_[0].next;
    size_t answered = answered_;
    while (answered > 0) {
      if (++result.steps > steps_max_) {
        result.verdict = SearchVerdict::kGaveUp;
        return result;
      }
      if (at != kNone && nodes_[at].is_call) {
        at = TryCall(at, answered);
        continue;
      }
      // A return whose call is not in the order, or nothing left to try: go back.
      if (at != kNone && order_.size() >= result.explained) {
        result.explained = order_.size();
        result.stuck_id = history_[nodes_[at].operation].id;
      }
      if (order_.empty()) {
        result.verdict = SearchVerdict::kNotLinearizable;
        return result;
      }
      at = GoBack(answered);
    }
    return result;
  }

 private:
  struct Chosen {
    uint32_t call = 0;
    ValueHash state_before;
  };

  // Node 0 is the head of the list. Calls come before returns at equal times: then they overlap,
  // which allows more orders, never fewer.
  void Link() {
    struct Moment {
      uint64_t time;
      bool is_return;
      uint32_t operation;
    };
    std::vector<Moment> moments;
    for (uint32_t i = 0; i < history_.size(); ++i) {
      const HistoryOperation& operation = history_[i];
      CHECK_LT(operation.invoked, operation.returned);
      moments.push_back({operation.invoked, false, i});
      if (operation.returned == HistoryOperation::kNever) continue;
      moments.push_back({operation.returned, true, i});
      ++answered_;
    }
    std::sort(moments.begin(), moments.end(), [](const Moment& a, const Moment& b) {
      if (a.time != b.time) return a.time < b.time;
      if (a.is_return != b.is_return) return b.is_return;
      return a.operation < b.operation;
    });
    nodes_.resize(moments.size() + 1);
    std::vector<uint32_t> calls(history_.size(), kNone);
    for (uint32_t i = 0; i < moments.size(); ++i) {
      Node& node = nodes_[i + 1];
      node.operation = moments[i].operation;
      node.is_call = !moments[i].is_return;
      node.previous = i;
      nodes_[i].next = i + 1;
      if (node.is_call) {
        calls[node.operation] = i + 1;
      } else {
        nodes_[calls[node.operation]].match = i + 1;
      }
    }
  }

  // Puts the call next in the order if it fits and leads somewhere new; returns where to go on.
  uint32_t TryCall(uint32_t at, size_t& answered) {
    const HistoryOperation& operation = history_[nodes_[at].operation];
    const auto [fits, after] = Perform(operation, state_);
    const uint64_t set = set_ ^ Mix64(nodes_[at].operation + 1);
    if (!fits || !visited_.insert({set, Absorb(after.hash, after.size)}).second) {
      return nodes_[at].next;
    }
    order_.push_back({at, state_});
    state_ = after;
    set_ = set;
    Unlink(at);
    if (nodes_[at].match != kNone) {
      Unlink(nodes_[at].match);
      --answered;
    }
    return nodes_[0].next;
  }

  // Takes the newest operation out of the order again; returns the node after its call.
  uint32_t GoBack(size_t& answered) {
    const Chosen chosen = order_.back();
    order_.pop_back();
    state_ = chosen.state_before;
    set_ ^= Mix64(nodes_[chosen.call].operation + 1);
    if (nodes_[chosen.call].match != kNone) {
      Relink(nodes_[chosen.call].match);
      ++answered;
    }
    Relink(chosen.call);
    return nodes_[chosen.call].next;
  }

  void Unlink(uint32_t at) {
    const Node& node = nodes_[at];
    nodes_[node.previous].next = node.next;
    if (node.next != kNone) nodes_[node.next].previous = node.previous;
  }
  void Relink(uint32_t at) {
    const Node& node = nodes_[at];
    nodes_[node.previous].next = at;
    if (node.next != kNone) nodes_[node.next].previous = at;
  }

  const std::vector<HistoryOperation>& history_;
  const uint64_t steps_max_;
  std::vector<Node> nodes_;
  size_t answered_ = 0;
  ValueHash state_;   // Empty: a key that was never written reads as the empty value.
  uint64_t set_ = 0;  // Hash of the set of ordered operations.
  std::vector<Chosen> order_;
  absl::flat_hash_set<std::pair<uint64_t, uint64_t>> visited_;  // Looked up, never iterated.
};

}  // namespace

ValueHash ValueHash::Of(std::string_view value) {
  ValueHash result;
  for (const char c : value) {
    // One more than the byte, so that leading zeros count.
    const uint64_t digit = uint64_t{static_cast<unsigned char>(c)} + 1;
    result.hash = Fold(static_cast<unsigned __int128>(Multiply(result.hash, kBase)) + digit);
  }
  result.size = value.size();
  return result;
}

ValueHash ValueHash::Then(const ValueHash& more) const {
  const uint64_t shifted = Multiply(hash, BaseToThe(more.size));
  return {Fold(static_cast<unsigned __int128>(shifted) + more.hash), size + more.size};
}

SearchResult SearchOrder(const std::vector<HistoryOperation>& history, uint64_t steps_max) {
  if (PlacesExplain(history)) return {};
  return OrderSearch(history, steps_max).Run();
}

}  // namespace ww::checks
