// NoSuspend: marks a section that decides and mutates, and therefore must not give control away.
//
// While one is open, Env::may_suspend() is false and a binding fails a CHECK at any suspension.
#pragma once

#include "raft/env/env.h"

namespace ww::raft {

class NoSuspend {
 public:
  explicit NoSuspend(Env& env) : env_(env) { ++env_.no_suspend_depth_; }
  ~NoSuspend() { --env_.no_suspend_depth_; }
  NoSuspend(const NoSuspend&) = delete;
  NoSuspend& operator=(const NoSuspend&) = delete;

 private:
  Env& env_;
};

}  // namespace ww::raft
