// CHECK: assertions that stay on in every build.
//
// "We may be wrong" is a CHECK; "the world may fail" is an absl::Status. A failed CHECK hands file,
// line, the condition and both operands to the failure handler of the current run (context.h),
// which names the case's token, and then aborts. A handler that returns does not prevent the abort.
//
// Invariants: operands are evaluated exactly once; a CHECK never draws, suspends or changes state.
#pragma once

#include <fmt/format.h>

#include <concepts>
#include <string>
#include <type_traits>

namespace ww {

// Where a CHECK stands and what it said. Strings live for the whole program.
struct CheckSite {
  const char* file;
  int line;
  const char* condition;
};

// Reports the failure through the current run's handler, then aborts.
[[noreturn, gnu::cold]] void CheckFailed(const CheckSite& site, const std::string& detail);

namespace check_internal {

template <class T>
std::string Describe(const T& value) {
  if constexpr (std::is_enum_v<T>) {
    return fmt::format("{}", static_cast<long long>(value));
  } else if constexpr (requires {
                         value.value;
                         requires std::integral<decltype(value.value)>;
                       }) {
    return fmt::format("{}", value.value);
  } else if constexpr (fmt::is_formattable<T>::value) {
    return fmt::format("{}", value);
  } else {
    return "<unprintable>";
  }
}

// Operands that fit in registers are handed over by value: a reference would force each compared
// variable into memory on the path where nothing fails.
template <class T>
using Operand = std::conditional_t<std::is_trivially_copyable_v<T> && !std::is_array_v<T> &&
                                       sizeof(T) <= 2 * sizeof(void*),
                                   T, const T&>;

template <class A, class B>
[[noreturn, gnu::cold, gnu::noinline]] void FailComparison(const CheckSite& site, Operand<A> a,
                                                           Operand<B> b) {
  CheckFailed(site, Describe<A>(a) + " versus " + Describe<B>(b));
}

[[noreturn, gnu::cold]] void FailCondition(const CheckSite& site);
template <class... Args>
[[noreturn, gnu::cold, gnu::noinline]] void FailCondition(const CheckSite& site,
                                                          fmt::format_string<const Args&...> format,
                                                          const Args&... args) {
  CheckFailed(site, fmt::format(format, args...));
}

}  // namespace check_internal
}  // namespace ww

// CHECK(condition) or CHECK(condition, "format {}", args...).
#define CHECK(condition, ...)                                                             \
  do {                                                                                    \
    if (!(condition)) [[unlikely]] {                                                      \
      ::ww::check_internal::FailCondition({__FILE__, __LINE__, #condition} __VA_OPT__(, ) \
                                              __VA_ARGS__);                               \
    }                                                                                     \
  } while (false)

// The parentheses keep the comma of the template from other macros.
#define WW_CHECK_COMPARE(a, op, b)                                                               \
  do {                                                                                           \
    const auto& ww_check_a = (a);                                                                \
    const auto& ww_check_b = (b);                                                                \
    if (!(ww_check_a op ww_check_b)) [[unlikely]] {                                              \
      (::ww::check_internal::FailComparison<                                                     \
          ::std::remove_cvref_t<decltype(ww_check_a)>,                                           \
          ::std::remove_cvref_t<decltype(ww_check_b)>>)({__FILE__, __LINE__, #a " " #op " " #b}, \
                                                        ww_check_a, ww_check_b);                 \
    }                                                                                            \
  } while (false)

#define CHECK_EQ(a, b) WW_CHECK_COMPARE(a, ==, b)
#define CHECK_NE(a, b) WW_CHECK_COMPARE(a, !=, b)
#define CHECK_LT(a, b) WW_CHECK_COMPARE(a, <, b)
#define CHECK_LE(a, b) WW_CHECK_COMPARE(a, <=, b)
#define CHECK_GT(a, b) WW_CHECK_COMPARE(a, >, b)
#define CHECK_GE(a, b) WW_CHECK_COMPARE(a, >=, b)

// A place that no execution may reach.
#define UNREACHABLE(...)                                                                 \
  ::ww::check_internal::FailCondition({__FILE__, __LINE__, "unreachable"} __VA_OPT__(, ) \
                                          __VA_ARGS__)
