# One test program a room, from tests/<room>/*_test.cc; benchmarks from tests/bench/*_bench.cc.

# ww_tests(NAME folders... LINK libraries...)
function(ww_tests name)
  cmake_parse_arguments(TESTS "" "" "LINK" ${ARGN})
  set(patterns)
  foreach(folder ${TESTS_UNPARSED_ARGUMENTS})
    list(APPEND patterns ${CMAKE_SOURCE_DIR}/tests/${folder}/*.cc)
  endforeach()
  file(GLOB sources CONFIGURE_DEPENDS ${patterns})
  if(NOT sources)
    return()
  endif()
  add_executable(${name} ${sources})
  target_link_libraries(${name} PRIVATE ${TESTS_LINK} GTest::gtest GTest::gmock GTest::gtest_main
                        ${RAPIDCHECK})
  target_compile_definitions(${name} PRIVATE
    WHITEWATER_SOURCE_DIR="${CMAKE_SOURCE_DIR}" WHITEWATER_BINARY_DIR="${CMAKE_BINARY_DIR}")
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST PROPERTIES TIMEOUT 600 LABELS ${name})
endfunction()

ww_tests(base_test sim/base LINK ww_base)
ww_tests(trace_test sim/trace LINK ww_trace)
ww_tests(sim_test sim LINK ww_sim)
ww_tests(raft_core_test raft/core LINK ww_raft)
ww_tests(meta_test raft/meta LINK ww_meta)
ww_tests(failover_test raft/failover LINK ww_config)
ww_tests(raft_test raft LINK ww_raft ww_sim ww_scenarios)
ww_tests(faults_test faults LINK ww_faults)
ww_tests(checks_test scenarios/checks LINK ww_checks)
ww_tests(scenarios_test scenarios scenarios/bind scenarios/config support LINK ww_scenarios)
ww_tests(sequences_test scenarios/fuzz LINK ww_fuzz)
ww_tests(reports_test reports LINK ww_reports)
ww_tests(cli_test cli LINK ww_cli)
ww_tests(style_test style LINK ww_base)

# One benchmark program a file: tests/bench/core_bench.cc is core_bench. Run by hand, not by ctest.
file(GLOB bench_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/bench/*_bench.cc)
foreach(source ${bench_sources})
  get_filename_component(bench ${source} NAME_WE)
  add_executable(${bench} ${source})
  target_link_libraries(${bench} PRIVATE ww_scenarios ww_raft ww_sim benchmark::benchmark)
  if(bench STREQUAL cluster_bench)
    ww_program(${bench})
  endif()
endforeach()

# One libFuzzer target a file; programs with the preset `fuzz` alone, but compiled by all.
file(GLOB fuzz_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/fuzz/*_fuzz.cc)
add_library(fuzz_targets OBJECT ${fuzz_sources})
target_link_libraries(fuzz_targets PRIVATE ww_raft ww_meta ww_trace)
if(WHITEWATER_FUZZ)
  add_custom_target(fuzzers)
  foreach(source ${fuzz_sources})
    get_filename_component(fuzzer ${source} NAME_WE)
    add_executable(${fuzzer} ${source})
    target_link_libraries(${fuzzer} PRIVATE ww_raft ww_meta ww_trace)
    target_link_options(${fuzzer} PRIVATE -fsanitize=fuzzer)
    add_dependencies(fuzzers ${fuzzer})
  endforeach()
endif()

# What the figures are compared with.
add_executable(floor ${CMAKE_SOURCE_DIR}/tests/bench/floor.cc)
target_link_libraries(floor PRIVATE ww_base Boost::context)
target_compile_options(floor PRIVATE -O2)
ww_program(floor)

# The program as a user meets it.
add_test(NAME cli.malformed COMMAND ${CMAKE_SOURCE_DIR}/tests/cli/malformed.sh
         $<TARGET_FILE:whitewater>)
add_test(NAME cli.contract COMMAND ${CMAKE_SOURCE_DIR}/tests/cli/contract.sh
         $<TARGET_FILE:whitewater>)
# A smoke campaign: every scenario, a few seeds, everything judged that the scenarios declare.
add_test(NAME campaign.smoke COMMAND whitewater run --seeds 1..40 --jobs 2 --require-judged
         --out ${CMAKE_BINARY_DIR}/campaign-out)
add_test(NAME campaign.determinism COMMAND whitewater run --runs 18 --jobs 2 --check-determinism
         --out ${CMAKE_BINARY_DIR}/campaign-out)
# Generated sequences on the grounds of four scenarios.
foreach(ground migration/replace bootstrap/priority membership-churn failover/switch)
  string(REPLACE / - ground_name ${ground})
  add_test(NAME campaign.fuzz.${ground_name} COMMAND whitewater fuzz ${ground} --runs 80 --jobs 2
           --out ${CMAKE_BINARY_DIR}/campaign-out)
endforeach()
# Cases that failed once; built by another source, they may also have diverged.
add_test(NAME corpus COMMAND ${CMAKE_SOURCE_DIR}/tests/corpus/replay.sh $<TARGET_FILE:whitewater>)
set_tests_properties(cli.malformed cli.contract campaign.smoke campaign.determinism corpus
                     PROPERTIES TIMEOUT 900 LABELS program)

# Planted nondeterminism that only two compilers show; run by tests/determinism/argument_order.sh.
add_executable(argument_order tests/determinism/argument_order.cc)
target_link_libraries(argument_order PRIVATE ww_sim)
