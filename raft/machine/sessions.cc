#include "raft/machine/sessions.h"

#include <algorithm>
#include <utility>

#include "sim/base/bytes.h"
#include "sim/base/check.h"
#include "sim/base/context.h"
#include "sim/base/hash.h"

namespace ww::raft {
namespace {

bool BySeries(const Answer& answer, uint64_t series) { return answer.series < series; }

}  // namespace

Sessions::Sessions(uint32_t sessions_max) : sessions_max_(sessions_max) {
  CHECK_GT(sessions_max, 0u);
  CHECK_LT(sessions_max, kNone);
}

uint64_t Sessions::Share(const Answer& answer) {
  return Absorb(Absorb(answer.series, answer.index.value), HashBytes(answer.response));
}

uint64_t Sessions::Share(const Session& session) {
  uint64_t share = Absorb(session.client.value, session.responded_to);
  share = Absorb(share, session.touched.value);
  return Absorb(share, session.answers_digest);
}

void Sessions::Unlink(uint32_t slot) {
  Session& session = slots_[slot];
  uint32_t& from_newer = session.newer == kNone ? newest_ : slots_[session.newer].older;
  uint32_t& from_older = session.older == kNone ? oldest_ : slots_[session.older].newer;
  CHECK_EQ(from_newer, slot);
  CHECK_EQ(from_older, slot);
  from_newer = session.older;
  from_older = session.newer;
  session.newer = session.older = kNone;
}

void Sessions::LinkNewest(uint32_t slot) {
  Session& session = slots_[slot];
  CHECK_EQ(session.newer, kNone);
  CHECK_NE(newest_, slot);
  session.older = newest_;
  (newest_ == kNone ? oldest_ : slots_[newest_].newer) = slot;
  newest_ = slot;
}

void Sessions::Touch(uint32_t slot, Index index) {
  Session& session = slots_[slot];
  CHECK_LE(session.touched, index);
  session.touched = index;
  if (newest_ == slot) return;
  Unlink(slot);
  LinkNewest(slot);
}

void Sessions::Drop(uint32_t slot) {
  CHECK_NE(slot, kNone);
  Unlink(slot);
  digest_ -= Share(slots_[slot]);
  CHECK_EQ(by_client_.erase(slots_[slot].client), 1u);
  slots_[slot] = Session{};
  free_.push_back(slot);
}

bool Sessions::Register(ClientId client, uint64_t responded_to, Index index) {
  CHECK(!client.none());
  CHECK(!index.none());
  if (const auto at = by_client_.find(client); at != by_client_.end()) {
    digest_ -= Share(slots_[at->second]);
    Touch(at->second, index);
    digest_ += Share(slots_[at->second]);
    return true;
  }
  if (by_client_.size() == sessions_max_) {
    COVER("session.evicted");
    Drop(oldest_);
  }
  if (free_.empty()) {
    free_.push_back(static_cast<uint32_t>(slots_.size()));
    slots_.emplace_back();
  }
  const uint32_t slot = free_.back();
  free_.pop_back();
  slots_[slot].client = client;
  slots_[slot].responded_to = responded_to;
  slots_[slot].touched = index;
  LinkNewest(slot);
  by_client_.emplace(client, slot);
  digest_ += Share(slots_[slot]);
  CHECK_LE(by_client_.size(), size_t{sessions_max_});
  return false;
}

bool Sessions::Unregister(ClientId client) {
  CHECK(!client.none());
  const auto at = by_client_.find(client);
  if (at == by_client_.end()) {
    COVER("session.closed_before");
    return false;
  }
  Drop(at->second);
  CHECK(!by_client_.contains(client));
  return true;
}

void Sessions::Trim(Session& session, uint64_t responded_to) {
  if (responded_to <= session.responded_to) return;
  session.responded_to = responded_to;
  auto keep = session.answers.begin();
  for (; keep != session.answers.end() && keep->series <= responded_to; ++keep) {
    session.answers_digest -= Share(*keep);
  }
  session.answers.erase(session.answers.begin(), keep);
  CHECK(session.answers.empty() || session.answers.front().series > responded_to);
}

Sessions::Verdict Sessions::Judge(ClientId client, uint64_t series, uint64_t responded_to,
                                  Index index) {
  CHECK(!client.none());
  const auto at = by_client_.find(client);
  if (at == by_client_.end()) {
    COVER("session.unknown");
    return Verdict::kUnknown;
  }
  Session& session = slots_[at->second];
  digest_ -= Share(session);
  Touch(at->second, index);
  Trim(session, responded_to);
  digest_ += Share(session);
  if (series <= session.responded_to) {
    COVER("session.forgotten");
    return Verdict::kForgotten;
  }
  if (Find(client, series) != nullptr) {
    COVER("session.duplicate");
    return Verdict::kDuplicate;
  }
  if (session.answers.size() >= kAnswersMax) {
    COVER("session.full");
    return Verdict::kFull;
  }
  return Verdict::kNew;
}

const Answer& Sessions::Remember(ClientId client, Answer answer) {
  const auto at = by_client_.find(client);
  CHECK(at != by_client_.end());
  Session& session = slots_[at->second];
  CHECK_GT(answer.series, session.responded_to);
  const auto place =
      std::lower_bound(session.answers.begin(), session.answers.end(), answer.series, BySeries);
  CHECK(place == session.answers.end() || place->series != answer.series);
  digest_ -= Share(session);
  session.answers_digest += Share(answer);
  digest_ += Share(session);
  return *session.answers.insert(place, std::move(answer));
}

const Answer* Sessions::Find(ClientId client, uint64_t series) const {
  const auto at = by_client_.find(client);
  if (at == by_client_.end()) return nullptr;
  const std::vector<Answer>& answers = slots_[at->second].answers;
  const auto place = std::lower_bound(answers.begin(), answers.end(), series, BySeries);
  return place == answers.end() || place->series != series ? nullptr : &*place;
}

// --- Images ---

void Sessions::Save(ByteWriter& out) const {
  out.Fixed32(static_cast<uint32_t>(by_client_.size()));
  size_t saved = 0;
  for (uint32_t slot = oldest_; slot != kNone; slot = slots_[slot].newer) {
    const Session& session = slots_[slot];
    out.Fixed64(session.client.value);
    out.Fixed64(session.responded_to);
    out.Fixed64(session.touched.value);
    out.Fixed32(static_cast<uint32_t>(session.answers.size()));
    for (const Answer& answer : session.answers) {
      out.Fixed64(answer.series);
      out.Fixed64(answer.index.value);
      out.Fixed32(static_cast<uint32_t>(answer.response.size()));
      out.Raw(answer.response);
    }
    ++saved;
  }
  CHECK_EQ(saved, by_client_.size());
}

bool Sessions::Load(ByteReader& in, Index applied) {
  CHECK(by_client_.empty());
  const uint32_t count = in.Fixed32();
  if (!in.ok() || count > sessions_max_) return false;
  for (uint32_t i = 0; i < count; ++i) {
    if (!LoadSession(in, applied)) return false;
  }
  return true;
}

// An entry uses one session, so no two were used last at the same index.
bool Sessions::LoadSession(ByteReader& in, Index applied) {
  Session session;
  session.client = ClientId(in.Fixed64());
  session.responded_to = in.Fixed64();
  session.touched = Index(in.Fixed64());
  const uint32_t answers = in.Fixed32();
  if (!in.ok() || session.client.none() || by_client_.contains(session.client)) return false;
  const Index before = newest_ == kNone ? Index() : slots_[newest_].touched;
  if (session.touched <= before || session.touched > applied || answers > kAnswersMax) return false;
  for (uint32_t i = 0; i < answers; ++i) {
    if (!LoadAnswer(in, session)) return false;
  }
  const auto slot = static_cast<uint32_t>(slots_.size());
  digest_ += Share(session);
  by_client_.emplace(session.client, slot);
  slots_.push_back(std::move(session));
  LinkNewest(slot);
  return true;
}

bool Sessions::LoadAnswer(ByteReader& in, Session& session) {
  Answer answer;
  answer.series = in.Fixed64();
  answer.index = Index(in.Fixed64());
  answer.response = in.Raw(in.Fixed32());
  const uint64_t before =
      session.answers.empty() ? session.responded_to : session.answers.back().series;
  if (!in.ok() || answer.series <= before) return false;
  if (answer.index.none() || answer.index > session.touched) return false;
  session.answers_digest += Share(answer);
  session.answers.push_back(std::move(answer));
  return true;
}

}  // namespace ww::raft
